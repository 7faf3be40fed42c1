import { type Answer, headOf } from "../../doctor/answer.ts";
import { headerOf, isRequestLine, type RequestHead, requestHead } from "../http/request-head.ts";

/** One head as it stands in some lines, with how its body begins. */
export interface ShownHead {
  readonly request?: RequestHead;
  readonly answer?: Answer;
  readonly body: string;
  /** Its lines: the first one, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** Of a body its beginning is enough. */
const BODY_LINES = 100;

/** `curl -v` marks what it sends and what it gets; so do logs, behind what they put before each line: `[logger] < `, `RX: `. */
const MARK = /^(?:.{0,120}?\] ?(?=handshake |[RT]X: )|\s*|.{0,120}?[\])\w]:? ?)([<>]|handshake|[RT]X:) ?(?=\S)/;

/** Whether a head begins with a line. */
export function beginsHead(line: string): boolean {
  const text = unmarked(line);
  return isRequestLine(text) || isStatusLine(text);
}

/** A line without its mark; one that has none is as it was. */
function unmarked(line: string): string {
  return line.slice(0, 400).replace(MARK, "").trim() || line.trim();
}

function isStatusLine(text: string): boolean {
  return /^HTTP\/\d(?:\.\d)? \d{3}(?: |$)/.test(text);
}

/** The heads that follow one another from a line on. */
export function headsFrom(lines: readonly string[], at: number): readonly ShownHead[] {
  const heads: ShownHead[] = [];
  for (let next = at; next < lines.length; ) {
    if (beginsHead(lines[next]!)) {
      const head = readHead(lines, next);
      heads.push(head);
      next = head.to;
    } else if (isFiller(lines[next]!, heads.length > 0)) next++;
    else break;
  }
  return heads;
}

/** What may stand between two heads: nothing, or what curl tells of itself. */
function isFiller(line: string, begun: boolean): boolean {
  return begun && (/^\s*[<>]?\s*$/.test(line) || isCurlsOwn(line));
}

/** What curl writes of itself: remarks, how much came, and its progress. */
export function isCurlsOwn(line: string): boolean {
  return /^(?:[*{}] |\s*% Total|\s+Dload|\s*\d+ +\d+ .*--:--)/.test(line);
}

function readHead(lines: readonly string[], from: number): ShownHead {
  const mark = MARK.exec(lines[from]!)?.[1];
  const plain = (line: string) =>
    (mark !== undefined && MARK.exec(line)?.[1] === mark ? line.replace(MARK, "") : line).trim();
  const first = plain(lines[from]!);
  const fields: string[] = [];
  let to = from + 1;
  // Lines that curl writes of itself stand in between.
  for (; to < lines.length; to++) {
    if (mark !== undefined && isCurlsOwn(lines[to]!)) continue;
    const text = plain(lines[to]!);
    if (beginsHead(lines[to]!) || headerOf(text) === undefined) break;
    fields.push(text);
  }
  const headers = fields.map((text) => headerOf(text)!);
  const request = isStatusLine(first) ? undefined : requestHead(first, headers);
  if (request) return { request, body: "", from, to };
  const answer = answerOf(first, fields);
  const body = bodyFrom(lines, to, answer, mark !== undefined);
  return { answer, body: body.join("\n"), from, to: body.length > 0 ? to + 1 + body.length : to };
}

/** As a parser of answers sees it. HTTP/2 and 3 have no reason phrase and no minor version. */
function answerOf(first: string, fields: readonly string[]): Answer {
  const line = first.replace(/^HTTP\/([23])(?:\.0)? /, "HTTP/$1.0 ").replace(/^(HTTP\/\S+ \d{3})$/, "$1 ");
  const found = headOf(Buffer.from(`${[line, ...fields].join("\r\n")}\r\n\r\n`, "utf8"));
  if (typeof found === "object") return { ...found.answer, statusLine: first };
  return { statusLine: first, version: "", status: Number(first.slice(9, 12)), headers: [], faults: [] };
}

/** How the body begins, when the head says that there is one, or a page follows. */
function bodyFrom(lines: readonly string[], to: number, answer: Answer, isCurl: boolean): readonly string[] {
  if (!/^\s*<?\s*$/.test(lines[to] ?? "x")) return [];
  const has = (name: RegExp) => answer.headers.some((header) => name.test(header.name) && header.value !== "0");
  const announced = answer.status !== 101 && has(/^(?:content-length|transfer-encoding)$/i);
  const length = Number(
    answer.headers.find(({ name }) => /^content-length$/i.test(name))?.value ?? Number.POSITIVE_INFINITY,
  );
  const body: string[] = [];
  for (let at = to + 1, taken = 0; at < lines.length && body.length < BODY_LINES && taken < length; at++) {
    const line = isCurl && isCurlsOwn(lines[at]!) ? "" : lines[at]!;
    if (taken === 0 && line !== "" && !announced && !/^\s*<(?:!doctype|html|[a-z])/i.test(line)) return [];
    if (beginsHead(line) || (isCurl && /^> /.test(line)) || (!isCurl && !Number.isFinite(length) && line.trim() === ""))
      break;
    body.push(line);
    taken += line === "" ? 0 : line.length + 1;
  }
  return body.some((line) => line !== "") ? body : [];
}
