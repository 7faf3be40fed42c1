import { type Given, MOST_BYTES } from "./given.ts";

/** An offset, and what follows it: `00000010: 4745 …`, `00000010  47 45 …`, `0000020 042507 …`. */
const ROW = /^\s*(?:0x)?([0-9a-f]{4,8})(:?)(\s*)(.*)$/i;

/** One row of a dump. */
interface Row {
  readonly offset: string;
  readonly bytes: readonly number[];
}

/** The dump that begins with a line, as xxd, hexdump, od and Wireshark write it; undefined when none does. */
export function dumpAt(lines: readonly string[], at: number): Given | undefined {
  const first = rowOf(lines[at]!);
  if (!first || first.bytes.length === 0 || (!/^0+$/.test(first.offset) && first.bytes.length < 8)) return undefined;
  const rows: (Row | "repeat")[] = [first];
  let to = at + 1;
  for (; to < lines.length; to++) {
    const row = lines[to]!.trim() === "*" ? "repeat" : rowOf(lines[to]!);
    const before = rows.at(-1)!;
    // A dump of something else begins anew; an end is only an offset.
    if (!row || (row !== "repeat" && /^0+$/.test(row.offset)) || (before !== "repeat" && before.bytes.length === 0))
      break;
    rows.push(row);
  }
  return { bytes: joined(rows), to, explicit: true };
}

function rowOf(line: string): Row | undefined {
  const [, offset = "", colon = "", gap = "", rest = ""] = ROW.exec(line) ?? [];
  // An offset alone is the end; four digits and a space may begin any line.
  if (offset === "" || (rest === "" && offset.length < 6)) return undefined;
  if (rest !== "" && colon === "" && gap.length < (offset.length < 6 ? 2 : 1)) return undefined;
  const isXxd = colon === ":";
  const bytes = bytesOf(hexPart(rest, isXxd), isXxd);
  return bytes && { offset, bytes };
}

/** What stands before the text beside it: after `|` or `>`, three spaces, or two that are not the gap in the middle. */
function hexPart(rest: string, isXxd: boolean): string {
  const hex = rest.split(/ {3}|[|>]/, 1)[0]!;
  if (isXxd) return hex.split("  ", 1)[0]!;
  const [left = "", right = ""] = hex.split("  ");
  return /^(?:[0-9a-f]{2} ){7}[0-9a-f]{2}$/i.test(left) ? `${left} ${right}` : left;
}

/** Hex by bytes or by words, octal by words; words have the lower byte first, but xxd's. */
function bytesOf(text: string, isXxd: boolean): readonly number[] | undefined {
  const groups = text.trim().split(" ").filter(Boolean);
  if (groups.every((group) => /^[0-7]{6}$/.test(group)) && !isXxd)
    return groups.flatMap((group) => word(Number.parseInt(group, 8)));
  if (!groups.every((group) => /^(?:[0-9a-f]{2})+$/i.test(group))) return undefined;
  if (!isXxd && groups.every((group) => group.length === 4))
    return groups.flatMap((group) => word(Number.parseInt(group, 16)));
  return (groups.join("").match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

function word(value: number): readonly number[] {
  return value > 0xffff ? [] : [value & 0xff, value >> 8];
}

/** All rows behind one another; `*` stands for more of the row before it. */
function joined(rows: readonly (Row | "repeat")[]): Uint8Array {
  const base = baseOf(rows);
  const start = offsetOf(rows[0]!, base);
  const bytes: number[] = [];
  rows.forEach((row, index) => {
    if (row !== "repeat") {
      for (const byte of row.bytes) bytes.push(byte);
      // The last offset is the length: a word may be half full.
      if (row.bytes.length === 0) bytes.length = Math.min(bytes.length, offsetOf(row, base) - start);
      return;
    }
    const [before, next] = [rows[index - 1], rows[index + 1]];
    const end = next === undefined ? 0 : Math.min(offsetOf(next, base) - start, MOST_BYTES);
    if (typeof before !== "object" || before.bytes.length === 0) return;
    while (bytes.length < end) for (const byte of before.bytes) bytes.push(byte);
  });
  return Uint8Array.from(bytes);
}

function offsetOf(row: Row | "repeat", base: number): number {
  return row === "repeat" ? 0 : Number.parseInt(row.offset, base);
}

/** od counts in octal: two rows that follow one another tell. */
function baseOf(rows: readonly (Row | "repeat")[]): number {
  const at = rows.findIndex((row, index) => isPlain(row) && isPlain(rows[index + 1]));
  const [row, next] = [rows[at], rows[at + 1]];
  if (!isPlain(row) || !isPlain(next)) return 16;
  const fits = (base: number) => Math.abs(offsetOf(next, base) - offsetOf(row, base) - row.bytes.length) <= 1;
  return [16, 8].find(fits) ?? 16;
}

function isPlain(row: Row | "repeat" | undefined): row is Row {
  return typeof row === "object";
}
