import { tokenList } from "../../../core/protocol/headers.ts";
import { type Answer, type Header, headOf, unchunk } from "../../doctor/answer.ts";
import { headerOf, headerValue, type RequestHead, requestHead } from "../http/request-head.ts";
import { Shapes } from "./shapes.ts";

/** A head is never longer in peace; of a body its beginning is enough: bytes. */
const MOST_HEAD = 1 << 16;
const MOST_BODY = 4096;

const EMPTY: Buffer = Buffer.alloc(0);

/** What is read in one direction before a connection is switched. */
export type HttpEvent =
  | { readonly kind: "request"; readonly request: RequestHead; readonly like: RequestHead }
  | { readonly kind: "answer"; readonly answer: Answer; readonly like: Answer }
  | { readonly kind: "alien"; readonly bytes: Buffer };

/** Reads the heads that one side sends over HTTP/1, and passes over their bodies. */
export class HttpReader {
  /** How the body of the last head begins, as it came. */
  #body: Buffer = EMPTY;
  readonly #side: "client" | "server";
  #head: Buffer = EMPTY;
  /** Of the body, how much is still to come: Infinity up to the end, undefined between heads. */
  #rest: number | undefined;
  #chunked = false;

  constructor(side: "client" | "server") {
    this.#side = side;
  }

  /** How the body of the last head begins. */
  get body(): Buffer {
    return this.#chunked ? unchunk(this.#body) : this.#body;
  }

  /** What of a head has come. */
  get begun(): Buffer {
    return this.#head;
  }

  /**
   * Takes bytes; gives what they end, and how many of them were taken for it. Nothing more was taken when a head has ended:
   * what follows may be frames.
   */
  take(bytes: Uint8Array): { readonly event: HttpEvent | undefined; readonly taken: number } {
    if (this.#rest !== undefined) return { event: undefined, taken: this.#passBody(bytes) };
    const before = this.#head.length;
    this.#head = before === 0 ? bufferOf(bytes) : Buffer.concat([this.#head, bytes.subarray(0, MOST_HEAD)]);
    const found = this.#side === "client" ? requestIn(this.#head) : answerIn(this.#head);
    if (found === undefined && this.#head.length < MOST_HEAD) return { event: undefined, taken: bytes.length };
    if (found === undefined || found === "alien")
      return { event: { kind: "alien", bytes: this.#head }, taken: bytes.length };
    this.#head = EMPTY;
    this.#body = EMPTY;
    return { event: found.event, taken: Math.max(0, found.size - before) };
  }

  /** A head without frames behind it: its body follows, if it has one. */
  expectBody({ headers }: { readonly headers: readonly Header[] }, isAnswer: boolean): void {
    this.#chunked = tokenList(headerValue({ headers }, "transfer-encoding"), true).includes("chunked");
    const length = headerValue({ headers }, "content-length");
    const untilEnd = isAnswer && length === null && !this.#chunked;
    this.#rest = this.#chunked || untilEnd ? Number.POSITIVE_INFINITY : Number(length ?? 0) || undefined;
  }

  #passBody(bytes: Uint8Array): number {
    const count = Math.min(this.#rest!, bytes.length);
    const part = Buffer.from(bytes.subarray(0, count));
    if (this.#body.length < MOST_BODY) this.#body = Buffer.concat([this.#body, part.subarray(0, MOST_BODY)]);
    // The last chunk mostly ends a segment; a body that holds its signs is read wrong for a moment only.
    const ended =
      this.#chunked &&
      /(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n$/.test(part.toString("latin1", Math.max(0, part.length - 512)));
    this.#rest = ended || this.#rest === count ? undefined : this.#rest! - count;
    return count;
  }
}

/** The same bytes, not copied. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MOST_HEAD));
}

type Found = { readonly event: HttpEvent; readonly size: number };

/** A request line, whole and as far as it may have come. */
const WHOLE = /^[A-Z]{3,10} \S+ HTTP\/\d\.\d$/;
const BEGUN = /^[A-Z]{1,10}$|^[A-Z]{3,10} \S*(?: H?T?T?P?\/?[\d.]{0,3})?\r?$/;

function requestIn(head: Buffer): Found | "alien" | undefined {
  const text = head.toString("latin1", 0, MOST_HEAD);
  const lineEnd = text.indexOf("\n");
  const first = lineEnd < 0 ? text : text.slice(0, lineEnd - (text[lineEnd - 1] === "\r" ? 1 : 0));
  if (!(lineEnd < 0 ? BEGUN : WHOLE).test(first)) return "alien";
  const end = endOfHead(text);
  if (!end) return undefined;
  const found = REQUESTS.read(text.slice(0, end.size));
  return found ? { event: { kind: "request", request: found.head, like: found.like }, size: end.size } : "alien";
}

/** The values of 16 and of 20 bytes in base64. */
const REQUESTS = new Shapes("Sec-WebSocket-Key", /^[A-Za-z0-9+/]{21}[AQgw]==$/, readRequest);
const ANSWERS = new Shapes("Sec-WebSocket-Accept", /^[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=$/, readAnswer);

function readRequest(text: string): RequestHead | undefined {
  const [line = "", ...fields] = text.trimEnd().split(/\r?\n/);
  return requestHead(
    line,
    fields.map(headerOf).filter((header) => header !== undefined),
  );
}

function readAnswer(text: string): Answer | undefined {
  const found = headOf(Buffer.from(text, "latin1"));
  return typeof found === "object" ? found.answer : undefined;
}

/** Where the empty line of a head is, and how long the head is with it. A pattern would look at each letter. */
function endOfHead(text: string): { readonly index: number; readonly size: number } | undefined {
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    const next = text[at + 1] === "\r" ? at + 2 : at + 1;
    if (text[next] === "\n") return { index: text[at - 1] === "\r" ? at - 1 : at, size: next + 1 };
  }
  return undefined;
}

/** Few captures have answers whose heads come in parts: what is whole is told from the others at once. */
function answerIn(head: Buffer): Found | "alien" | undefined {
  const text = head.toString("latin1", 0, MOST_HEAD);
  const end = text.startsWith("HTTP/1.1 101") ? text.indexOf("\r\n\r\n") : -1;
  const switched = end > 0 ? ANSWERS.read(text.slice(0, end + 4)) : undefined;
  if (switched) return { event: { kind: "answer", answer: switched.head, like: switched.like }, size: end + 4 };
  const found = headOf(head);
  if (typeof found !== "object") return found;
  return { event: { kind: "answer", answer: found.answer, like: found.answer }, size: found.bytes };
}
