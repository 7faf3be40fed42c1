import { stripVTControlCharacters } from "node:util";

/** Of a text no more is looked at than this: bytes. */
const TEXT_BYTES = 1 << 24;

/** Of a line no more is looked at than this: characters. What is longer has no lines, and is read as a whole. */
const LINE = 1 << 18;

/** What else is known of a document. */
interface DocumentOptions {
  readonly isFile?: boolean;
  readonly firstLine?: number;
  readonly isPart?: boolean;
}

/** One thing that was given: a file, what came on stdin, or words of the command line. */
export class Document {
  /** The file's name as it was given, `stdin` or `arguments`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether it is a file of that name, beside which others may lie. */
  readonly isFile: boolean;
  /** The number of its first line. */
  readonly firstLine: number;
  /** Whether there was more of it than was given to this. */
  readonly #isPart: boolean;
  readonly #encoding: Encoding | undefined;
  #text: string | undefined;
  #lines: readonly string[] | undefined;
  #json: { readonly value: unknown } | undefined;

  constructor(
    name: string,
    content: Uint8Array | string,
    { isFile = false, firstLine = 1, isPart = false }: DocumentOptions = {},
  ) {
    this.name = name;
    this.bytes = typeof content === "string" ? Buffer.from(content) : content;
    this.#encoding = encodingOf(this.bytes);
    this.isFile = isFile;
    this.firstLine = firstLine;
    this.#isPart = isPart;
  }

  /** Whether its beginning looks like text. */
  get isText(): boolean {
    return this.#encoding !== undefined;
  }

  /** How many bytes are looked at, where those are not all; as text, or as something else. */
  cutAt(asText: boolean): number | undefined {
    if (asText && this.isText && this.bytes.length > TEXT_BYTES) return TEXT_BYTES;
    return this.#isPart ? this.bytes.length : undefined;
  }

  /** As text, without colours and control characters; "" for what is none. */
  get text(): string {
    this.#text ??= clean(decode(this.bytes.subarray(0, TEXT_BYTES), this.#encoding));
    return this.#text;
  }

  /** The lines of its text, each as far as it is looked at. */
  get lines(): readonly string[] {
    this.#lines ??= this.text.split("\n").map((line) => (line.length > LINE ? line.slice(0, LINE) : line));
    return this.#lines;
  }

  /** What it is as JSON; undefined for what is none, or too long. */
  get json(): unknown {
    this.#json ??= { value: jsonOf(this.bytes, this.#encoding) };
    return this.#json.value;
  }

  /** The lines from `from` to before `to`, as a document of their own. */
  cut(from: number, to: number): Document {
    return new Document(this.name, this.lines.slice(from, to).join("\n"), { firstLine: this.firstLine + from });
  }
}

/** Some lines of a document, from 0 on and to before `to`. */
export interface Part {
  readonly document: Document;
  readonly from: number;
  readonly to: number;
}

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** How a text is encoded: Windows' shells write UTF-16. Undefined for what is no text. */
function encodingOf(bytes: Uint8Array): Encoding | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  // Text may have a control character here or there, but no NUL, and not one for each few others.
  const beginning = bytes.subarray(0, 4096);
  const odd = beginning.reduce((count, byte) => count + (byte < 9 || (byte > 13 && byte < 27) ? 1 : 0), 0);
  return odd * 16 <= beginning.length && !beginning.includes(0) ? "utf-8" : undefined;
}

function decode(bytes: Uint8Array, encoding: string | undefined): string {
  return encoding === undefined ? "" : new TextDecoder(encoding).decode(bytes);
}

/** Of JSON no more is read: bytes. */
const JSON_BYTES = 1 << 26;

function jsonOf(bytes: Uint8Array, encoding: Encoding | undefined): unknown {
  const first = bytes.find((byte) => byte > 32 && byte < 0x80);
  if (encoding === undefined || bytes.length > JSON_BYTES || (first !== 0x7b && first !== 0x5b)) return undefined;
  try {
    return JSON.parse(decode(bytes, encoding));
  } catch {
    return undefined;
  }
}

/** What clean() has to look at. */
const UNCLEAN = /[^\P{Cc}\n\t]|[\u2018\u2019\u202a-\u202e\u2066-\u2069]/u;

/** Without colours, control characters and typographic apostrophes; lines end with LF. */
function clean(text: string): string {
  if (!UNCLEAN.test(text)) return text;
  return stripVTControlCharacters(text)
    .replace(/\r\n?/g, "\n")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, "");
}
