/** An offset, and what follows it: of xxd with a colon, of hexdump -C without. */
const DUMP_LINE = /^\s*([0-9a-f]{4,8})(:|\s\s)(.*)$/i;

/** A line that is nothing but bytes: `16 03 01`, `160301`, `0x16, 0x03`, `16:03:01`. */
const BARE = /^(?:(?:0x|\\x)?[0-9a-f]{2}[\s:,]*)+$/i;

/** Bytes inside a line: Node's `<Buffer 16 03 …>`, Workerman's `Buffer:1603…`. */
const NAMED = /\bBuffer[: ]\s*((?:[0-9a-f]{2} ?){2,})/i;

/** nginx and Apache write what they can't print as `\x16`, and the rest as it is. */
const ESCAPED = /"((?:[^"\\]|\\.)*\\x[0-9a-f]{2}(?:[^"\\]|\\.)*)"/i;

/** Whether a line is a dump's, or nothing but bytes. */
export function isDump(line: string): boolean {
  return rowOf(line) !== undefined || BARE.test(line.trim());
}

/** How many lines the dump has that begins with line `at`. */
export function rowsFrom(lines: readonly string[], at: number): number {
  if (rowOf(lines[at]!) === undefined) return 1;
  let end = at + 1;
  while (end < lines.length && rowOf(lines[end]!) !== undefined && Number.parseInt(lines[end]!.trim(), 16) > 0) end++;
  return end - at;
}

/** The bytes that a text shows in hex, two at least; undefined when it shows none. */
export function viewOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  const digits = dumped(text) ?? (BARE.test(text.trim()) ? text : undefined) ?? NAMED.exec(text)?.[1];
  const bytes = digits === undefined ? escaped(text) : fromDigits(digits);
  return bytes && bytes.length > 1 ? bytes : undefined;
}

function dumped(text: string): string | undefined {
  const rows = text.split("\n").map(rowOf);
  return rows.every((row) => row !== undefined) ? rows.join("") : undefined;
}

/** The hex of a dump's line, without the text beside it: after `|`, or after two spaces where the offset has a colon. */
function rowOf(line: string): string | undefined {
  const [, , colon, rest = ""] = DUMP_LINE.exec(line) ?? [];
  const hex = colon === ":" ? rest.trimStart().split("  ", 1)[0] : rest.split("|", 1)[0];
  return hex && /^[0-9a-f\s]+$/i.test(hex) ? hex : undefined;
}

function fromDigits(text: string): Uint8Array<ArrayBuffer> | undefined {
  const digits = text.replace(/0x|\\x|[^0-9a-f]/gi, "");
  if (digits.length % 2 === 1) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function escaped(text: string): Uint8Array<ArrayBuffer> | undefined {
  const inner = ESCAPED.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const characters = inner.match(/\\x[0-9a-f]{2}|\\?[\s\S]/gi) ?? [];
  return Uint8Array.from(characters, (one) =>
    one.startsWith("\\x") ? Number.parseInt(one.slice(2), 16) : one.charCodeAt(one.length - 1),
  );
}
