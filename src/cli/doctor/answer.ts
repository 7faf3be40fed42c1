import { isToken, tokenList } from "../../core/protocol/headers.ts";
import type { Wire } from "./wire.ts";

/** An HTTP/1 answer's head, as it came. */
export interface Answer {
  readonly statusLine: string;
  readonly version: string;
  readonly status: number;
  readonly headers: readonly Header[];
  /** What is wrong with how it is written (RFC 9112); clients that parse strictly refuse such an answer. */
  readonly faults: readonly string[];
}

/** One field line. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** How a stream ended. */
type Ended = NonNullable<Wire["end"]>;

/** What came on a connection after a request. */
export type Reply =
  | { readonly kind: "http"; readonly answer: Answer; readonly body: string }
  /** The first bytes are no HTTP/1. */
  | { readonly kind: "alien"; readonly bytes: Buffer }
  /** No whole head came: the stream ended, or time did. */
  | { readonly kind: "closed"; readonly end: Ended; readonly bytes: Buffer }
  | { readonly kind: "silent"; readonly bytes: Buffer };

/** An answer, and how the body of one that does not switch protocols begins. */
export type HttpReply = Extract<Reply, { kind: "http" }>;

/** Whether a gateway answers so where its server is down, or did not answer well. */
export function isOfGateway(status: number): boolean {
  return status >= 502 && status <= 504;
}

/** A head is never longer in peace. */
const MAX_HEAD = 65_536;

/** Of a body its beginning is enough. */
const MAX_BODY = 4096;

/** A body without an end is not waited for. */
const BODY_MS = 1000;

/**
 * Reads the final answer: interim ones (RFC 9110 §15.2) are passed over. What follows a 101 stays in the wire; of any other
 * answer the beginning of the body is read too.
 */
export async function readReply(wire: Wire, ms: number): Promise<Reply> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await wire.until(() => headOf(wire.bytes) ?? (wire.end && "over"), deadline - performance.now());
    if (found === undefined) return { kind: "silent", bytes: wire.bytes };
    if (found === "over") return endedReply(wire);
    if (found === "alien") return alien(wire);
    wire.take(found.bytes);
    const { answer } = found;
    if (answer.status === 101) return { kind: "http", answer, body: "" };
    if (answer.status >= 200) return { kind: "http", answer, body: await readBody(wire, answer, BODY_MS) };
  }
}

/** What it is shows a few bytes later. */
async function alien(wire: Wire): Promise<Reply> {
  await wire.until(() => wire.end ?? (wire.bytes.length >= 64 || undefined), 150);
  return { kind: "alien", bytes: wire.bytes };
}

/** Whatever a stream that ended has left is all that will ever come. */
function endedReply({ bytes, end }: Wire): Reply {
  // A few letters that no HTTP begins with are no HTTP, however few.
  if (bytes.length > 0 && !"HTTP/".startsWith(bytes.toString("latin1", 0, 5))) return { kind: "alien", bytes };
  return { kind: "closed", end: end!, bytes };
}

/** The head at the beginning of `bytes` and its length; "alien" for anything but HTTP/1; undefined while more must come. */
export function headOf(bytes: Buffer): { readonly answer: Answer; readonly bytes: number } | "alien" | undefined {
  const start = bytes.toString("latin1", 0, 5);
  if (!start.startsWith("HTTP/") && !"HTTP/".startsWith(start)) return "alien";
  const text = bytes.toString("latin1", 0, MAX_HEAD);
  const end = /\r?\n\r?\n/.exec(text);
  const line = /^[^\r\n]*(?=\r?\n)/.exec(text)?.[0];
  if (line !== undefined && !STATUS_LINE.test(line)) return "alien";
  if (!end) return bytes.length > MAX_HEAD ? "alien" : undefined;
  return { answer: parseHead(text.slice(0, end.index + end[0].length)), bytes: end.index + end[0].length };
}

const STATUS_LINE = /^HTTP\/(\d\.\d) (\d{3})(?: [^\0]*)?$/;

function parseHead(head: string): Answer {
  const [statusLine = "", ...lines] = head.trimEnd().split(/\r?\n/);
  const [, version = "", status = ""] = STATUS_LINE.exec(statusLine) ?? [];
  const faults = [
    ...(/(^|[^\r])\n/.test(head) ? ["lines end with LF alone, not CR LF"] : []),
    ...lines.map(lineFault).filter((fault) => fault !== undefined),
  ];
  return { statusLine, version, status: Number(status), headers: lines.map(parseLine), faults };
}

/** RFC 9112 §5: `field-name ":" OWS field-value OWS`, with nothing between name and colon. */
function lineFault(line: string): string | undefined {
  const name = line.slice(0, Math.max(0, line.indexOf(":")));
  if (/^[ \t]/.test(line)) return `a header goes on in a second line: ${JSON.stringify(line)}`;
  if (!isToken(name)) return `${JSON.stringify(line)} is no header`;
  return /[\0\r]/.test(line) ? `${JSON.stringify(line)} has a forbidden character` : undefined;
}

function parseLine(line: string): Header {
  const colon = line.indexOf(":");
  return { name: line.slice(0, colon).trim(), value: line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "") };
}

/** The values of all lines of a name, in their order. */
export function fieldLines({ headers }: Answer, name: string): readonly string[] {
  return headers.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value);
}

/** A header's value, several lines of it joined as the web does; null when it is absent. */
export function field(answer: Answer, name: string): string | null {
  const values = fieldLines(answer, name);
  return values.length > 0 ? values.join(", ") : null;
}

/** Waits for what a body has: until it is whole, long enough, the stream ends or `ms` pass. */
async function readBody(wire: Wire, answer: Answer, ms: number): Promise<string> {
  const length = Number(field(answer, "content-length") ?? Number.NaN);
  const chunked = tokenList(field(answer, "transfer-encoding"), true).includes("chunked");
  const whole = () => {
    const { bytes, end } = wire;
    const complete = chunked
      ? bytes.includes("\r\n0\r\n") || bytes.subarray(0, 3).equals(LAST_CHUNK)
      : bytes.length >= length;
    return complete || end || bytes.length >= MAX_BODY ? bytes : undefined;
  };
  const bytes = (await wire.until(whole, ms)) ?? wire.bytes;
  const body = chunked ? unchunk(bytes) : bytes;
  return body.subarray(0, MAX_BODY).toString("utf8");
}

const LAST_CHUNK = Buffer.from("0\r\n");

/** What the chunks hold, as far as they came (RFC 9112 §7.1). */
export function unchunk(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\r\n", at);
    const size = end < 0 ? 0 : Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (!(size > 0)) break;
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}
