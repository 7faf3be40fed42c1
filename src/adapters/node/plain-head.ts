import { hashed, PlainFields } from "./plain-fields.ts";

/** A head that nobody could read in two ways. */
export interface PlainHead {
  /** What was asked for. */
  readonly target: string;
  readonly fields: PlainFields;
  /** All of it. */
  readonly text: string;
}

/** Bytes of a head. Few are longer, and none of those is in a hurry. */
const MOST_BYTES = 8192;
const MOST_FIELDS = 100;

// What a byte may be a part of.
const TARGET = 1;
const NAME = 2;
const VALUE = 4;
const SPACE = 8;

/** What each byte may be a part of. */
const PARTS: Uint8Array = new Uint8Array(256).map((_, byte) => {
  const character = String.fromCharCode(byte);
  const is = (pattern: RegExp, part: number) => (pattern.test(character) ? part : 0);
  const target = is(/[\w\-./~%&=?+,:;@!$()*]/, TARGET);
  return target | is(/[A-Za-z\d-]/, NAME) | is(/[\t\x20-\x7e]/, VALUE) | is(/[\t ]/, SPACE);
});

const [CR, LF, COLON] = [13, 10, 58] as const;
const METHOD = Buffer.from("GET /");
const VERSION = Buffer.from(" HTTP/1.1\r\n");
const END = Buffer.from("\r\n\r\n");

/** Most handshakes with a server ask for the same. */
let lastTarget = "";

/**
 * A whole head, and nothing behind it: GET of a path, HTTP/1.1, one line for each field, names of letters, digits and hyphens, values
 * of visible ASCII, at most a hundred of them, each name once. Undefined for all else. Node's own parser reads the same in it.
 */
export function readPlainHead(bytes: Uint8Array): PlainHead | undefined {
  if (bytes.length > MOST_BYTES || !isAt(bytes, 0, METHOD) || !isAt(bytes, bytes.length - END.length, END))
    return undefined;
  const end = after(bytes, METHOD.length, TARGET);
  if (!isAt(bytes, end, VERSION)) return undefined;
  const text = (bytes as Buffer).toString("latin1");
  const fields = fieldsOf(bytes, text, end + VERSION.length);
  return fields && { target: targetOf(bytes, text, end), fields, text };
}

/** Not a part of the text, which would be kept for as long as the socket is open. */
function targetOf(bytes: Uint8Array, text: string, end: number): string {
  const from = METHOD.length - 1;
  if (text.slice(from, end) !== lastTarget) lastTarget = (bytes as Buffer).toString("latin1", from, end);
  return lastTarget;
}

/** Of bytes whose end is that of a head: nothing here can run over it. */
function fieldsOf(bytes: Uint8Array, text: string, from: number): PlainFields | undefined {
  const fields = new PlainFields();
  for (let at = from; at < bytes.length - 2; ) {
    let hash = 0;
    let colon = at;
    for (let byte = bytes[at]!; (PARTS[byte]! & NAME) !== 0; byte = bytes[++colon]!) hash = hashed(hash, byte);
    if (colon === at || bytes[colon] !== COLON) return undefined;
    const end = after(bytes, colon + 1, VALUE);
    if (bytes[end] !== CR || bytes[end + 1] !== LF) return undefined;
    if (!fields.add(bytes, at, colon, hash, trimmed(bytes, text, colon + 1, end))) return undefined;
    at = end + 2;
  }
  return fields.size > 0 && fields.size <= MOST_FIELDS ? fields : undefined;
}

/** Without the spaces and tabs around it (RFC 9112 §5.1). */
function trimmed(bytes: Uint8Array, text: string, from: number, to: number): string {
  const start = after(bytes, from, SPACE);
  let end = to;
  while (end > start && (PARTS[bytes[end - 1]!]! & SPACE) !== 0) end--;
  return text.slice(start, end);
}

/** Where the first byte is that can't be such a part. */
function after(bytes: Uint8Array, from: number, part: number): number {
  let at = from;
  while ((PARTS[bytes[at]!]! & part) !== 0) at++;
  return at;
}

function isAt(bytes: Uint8Array, from: number, expected: Uint8Array): boolean {
  if (from < 0 || from + expected.length > bytes.length) return false;
  for (let at = 0; at < expected.length; at++) if (bytes[from + at] !== expected[at]) return false;
  return true;
}
