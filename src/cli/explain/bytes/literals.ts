import type { Given } from "./given.ts";

/** What a backslash stands for, and the character behind it. */
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, "0": 0, a: 7, b: 8, f: 12, v: 11, e: 27 };

const ESCAPE = /\\(?:x([0-9a-f]{2})|u00([0-9a-f]{2})|u\{([0-9a-f]{1,2})\}|([0-3][0-7]{2})|([\s\S]))/gi;

/** The bytes of a string in quotes, as nginx, Python, Ruby, PHP, Go, C and JavaScript write what cannot be printed. */
export function literalIn(text: string): Pick<Given, "bytes" | "column"> | undefined {
  for (const { inner, isMarked, column } of strings(text)) {
    if (isMarked ? inner.includes("\\") : isBytes(inner)) return { bytes: unescaped(inner), column };
  }
  return undefined;
}

/** What stands in quotes, and whether Python's `b` stands before it. */
function* strings(
  text: string,
): Generator<{ readonly inner: string; readonly isMarked: boolean; readonly column: number }> {
  for (let at = 0; at < text.length; ) {
    const from = nextQuote(text, at);
    const to = from < 0 ? -1 : closing(text, from);
    if (to < 0) return;
    yield {
      inner: text.slice(from + 1, to),
      column: from,
      isMarked: /(?:^|\W)b$/.test(text.slice(Math.max(0, from - 2), from)),
    };
    at = to + 1;
  }
}

const QUOTE = /["']/g;

function nextQuote(text: string, at: number): number {
  QUOTE.lastIndex = at;
  return QUOTE.exec(text)?.index ?? -1;
}

/** The same quote, without a backslash before it. An apostrophe that nothing closes is none. */
function closing(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === text[from]) return at;
  }
  return -1;
}

function isBytes(inner: string): boolean {
  return (
    /\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}/i.test(inner) ||
    /(?:\\[0-3][0-7]{2}.*){2}/s.test(inner) ||
    /^[A-Z]+ \S+ HTTP\/1\.[01]\\r\\n|^HTTP\/1\.[01] \d{3}.*?\\r\\n/.test(inner)
  );
}

function unescaped(inner: string): Uint8Array {
  const bytes: Buffer[] = [];
  let from = 0;
  for (const match of inner.matchAll(ESCAPE)) {
    const [all, hex, unicode, braced, octal, character = ""] = match;
    const digits = hex ?? unicode ?? braced;
    const code =
      digits !== undefined
        ? Number.parseInt(digits, 16)
        : octal !== undefined
          ? Number.parseInt(octal, 8)
          : ESCAPES[character];
    bytes.push(
      Buffer.from(inner.slice(from, match.index)),
      code === undefined ? Buffer.from(character) : Buffer.of(code & 0xff),
    );
    from = match.index + all.length;
  }
  return Buffer.concat([...bytes, Buffer.from(inner.slice(from))]);
}
