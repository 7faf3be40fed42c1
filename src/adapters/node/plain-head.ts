import { isAt, type KeptLine, keptLine, type Line } from "./kept-line.ts";
import { PlainFields } from "./plain-fields.ts";

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
/** Lines that are not those which are kept, before others are. */
const MOST_MISSES = 256;

/** What says more than that a WebSocket is wanted: how long a body is, that somebody waits, or what every object has. */
const MORE = ["content-length", "transfer-encoding", "expect", "trailer", "te", "http2-settings", "constructor"];

/** What the clients of a server mostly have in common, beside what they ask for. */
const COMMON = [
  ...["host", "upgrade", "connection", "origin", "user-agent", "pragma", "cache-control", "accept-encoding"],
  ...["accept-language", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"],
];

const KNOWN: ReadonlyMap<string, string> = new Map(
  [...COMMON, "sec-websocket-key", "cookie", "x-forwarded-for"].map((name) => [name, name]),
);

// What a byte may be a part of.
const TARGET = 1;
const NAME = 2;
const VALUE = 4;
const SPACE = 8;

/** What each byte may be a part of. */
const PARTS: Uint8Array = new Uint8Array(256).map((_, byte) => {
  const is = (pattern: RegExp, part: number) => (pattern.test(String.fromCharCode(byte)) ? part : 0);
  const target = is(/[\w\-./~%&=?+,:;@!$()*]/, TARGET);
  return target | is(/[A-Za-z\d-]/, NAME) | is(/[\t\x20-\x7e]/, VALUE) | is(/[\t ]/, SPACE);
});

const [CR, LF, COLON, SLASH] = [13, 10, 58, 47] as const;
/** As numbers of four bytes, the least first. */
const [GET, END] = [0x20_54_45_47, 0x0a_0d_0a_0d] as const;

/** Lines of a head that came before, or how those began that tell clients apart: most heads have the same. */
let kept: readonly (KeptLine | undefined)[] = [];
/** How many lines were others since. Clients that take turns would have them made anew each time. */
let misses = MOST_MISSES;
/** Of the last bytes. Most are in the memory that all sockets are read into. */
let view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));

/**
 * A whole head, and nothing behind it: GET of a path, HTTP/1.1, one line for each field, names of letters, digits and hyphens, values
 * of visible ASCII, at most a hundred of them, each name once. Undefined for all else. Node's own parser reads the same in it.
 */
export function readPlainHead(bytes: Uint8Array): PlainHead | undefined {
  const { length } = bytes;
  if (length < 16 || length > MOST_BYTES) return undefined;
  if (view.buffer !== bytes.buffer) view = new DataView(bytes.buffer);
  const from = bytes.byteOffset;
  // Nothing that is read line by line runs over such an end.
  if (view.getInt32(from, true) !== GET || view.getInt32(from + length - 4, true) !== END) return undefined;
  const text = (bytes as Buffer).toString("latin1");
  const first = lineAt(bytes, text, 0, 0);
  const fields = first && fieldsOf(bytes, text, first.length);
  if (fields && misses > MOST_MISSES) keep(bytes, text);
  return fields && { target: first.value, fields, text };
}

function fieldsOf(bytes: Uint8Array, text: string, from: number): PlainFields | undefined {
  const fields = new PlainFields();
  for (let at = from, count = 1; at < bytes.length - 2; count++) {
    const line = lineAt(bytes, text, at, count);
    if (!line || !fields.add(line.name, line.value, line.known)) return undefined;
    at += line.length;
  }
  return fields.size > 0 && fields.size <= MOST_FIELDS ? fields : undefined;
}

/** The line that begins there, the first of which is the request's. Undefined for what is none, or not plain. */
function lineAt(bytes: Uint8Array, text: string, at: number, count: number): Line | undefined {
  const before = kept[count];
  if (before !== undefined && at + before.length <= bytes.length && isAt(view, bytes.byteOffset + at, before)) {
    return before.value === undefined ? valueAt(bytes, text, at, at + before.length, before) : (before as Line);
  }
  misses++;
  return count === 0 ? requestAt(bytes, text) : fieldAt(bytes, text, at);
}

function requestAt(bytes: Uint8Array, text: string): Line | undefined {
  const end = after(bytes, 4, TARGET);
  if (bytes[4] !== SLASH || !text.startsWith(" HTTP/1.1\r\n", end)) return undefined;
  return { name: "", known: true, value: (bytes as Buffer).toString("latin1", 4, end), length: end + 11 };
}

function fieldAt(bytes: Uint8Array, text: string, at: number): Line | undefined {
  const colon = after(bytes, at, NAME);
  if (colon === at || bytes[colon] !== COLON) return undefined;
  const name = text.slice(at, colon).toLowerCase();
  const known = KNOWN.get(name);
  if (known === undefined && MORE.includes(name)) return undefined;
  return valueAt(bytes, text, at, colon + 1, { name: known ?? name, known: known !== undefined });
}

/** The rest of a field's line. */
function valueAt(
  bytes: Uint8Array,
  text: string,
  at: number,
  from: number,
  { name, known }: Pick<Line, "name" | "known">,
): Line | undefined {
  const end = after(bytes, from, VALUE);
  if (bytes[end] !== CR || bytes[end + 1] !== LF) return undefined;
  return { name, known, value: trimmed(bytes, text, from, end), length: end + 2 - at };
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

/** Keeps what a head has in common with others. */
function keep(bytes: Uint8Array, text: string): void {
  const lines: (KeptLine | undefined)[] = [];
  for (let at = 0; at < bytes.length - 2; ) {
    const line = lineAt(bytes, text, at, lines.length)!;
    const isCommon = line.name === "" || COMMON.includes(line.name);
    const end = isCommon ? at + line.length : at + line.name.length + 1;
    lines.push(keptLine(bytes.subarray(at, end), line, isCommon ? copied(line.value) : undefined));
    at += line.length;
  }
  kept = lines;
  misses = 0;
}

/** Not a part of something longer, which would be kept with it. */
function copied(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
