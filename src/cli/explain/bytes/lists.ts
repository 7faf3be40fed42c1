import type { Given } from "./given.ts";

/** A list has no more lines. */
const MOST_LINES = 65_536;

/** What stands before a list that is one of bytes. */
const OPENERS: readonly (readonly [opener: RegExp, closer: string, explicit: boolean])[] = [
  [/\bUint8(?:Clamped)?Array\b[^[\]{}]{0,20}\[|\bUint8Array\(\[/, "]", true],
  [/"type"\s*:\s*"Buffer"\s*,\s*"data"\s*:\s*\[/, "]", true],
  [/\[Uint8Contents\]:\s*</, ">", true],
  [/<Buffer\s/, ">", true],
  [/\bBuffer\.from\(\s*\[/, "]", true],
  [/\[\]byte\s*\{/, "}", true],
  [/\bbyte(?:s|array)?\s*\(?\s*\[/i, "]", true],
  [/<<(?=\s*\d)/, ">>", true],
  [/\b(?:char|byte|u?int8_t|u8|BYTE)\b[^={}]{0,60}=\s*&?(?:\[[^\]]*\]\s*)?[{[]/, "", true],
  [/^\s*(?:[\w.$]+\s*[:=]\s*)?[[{(](?=\s*(?:0x[0-9a-f]{1,2}|-?\d{1,3})\b)/i, "", false],
];

/** A list of bytes in decimal or hex that begins in a line, and may go on in others. */
export function listAt(lines: readonly string[], at: number): Given | undefined {
  const head = wrapped(lines, at);
  if (head !== undefined) {
    const inner = listFrom(lines, at + head, lines.slice(at, at + head + 1).join(" "));
    // The object's own end.
    let to = inner?.to ?? 0;
    while (inner && to < lines.length && /^\s*(?:\[?byteLength\]?: \d+,?|\}[,;)]?)\s*$/.test(lines[to]!)) to++;
    return inner && { ...inner, to };
  }
  return listFrom(lines, at, lines[at]!);
}

/** How many lines stand before the list, where an object that is written in lines has it. */
function wrapped(lines: readonly string[], at: number): number | undefined {
  const [first = "", second = "", third = ""] = lines.slice(at, at + 3);
  if (/\bArrayBuffer \{\s*$/.test(first) && /^\s*\[Uint8Contents\]/.test(second)) return 1;
  return /\{\s*$/.test(first) && /^\s*"type"\s*:\s*"Buffer"/.test(second) && /^\s*"data"\s*:\s*\[/.test(third)
    ? 2
    : undefined;
}

function listFrom(lines: readonly string[], at: number, first: string): Given | undefined {
  for (const [opener, closer, explicit] of OPENERS) {
    const found = opener.exec(first);
    if (!found) continue;
    const inside = insideOf(lines, at, first.slice(found.index + found[0].length), closer);
    const bytes = inside && numbers(inside.text, closer === ">");
    if (bytes) return { bytes, to: inside.to, explicit: explicit || /0x/i.test(inside.text), column: found.index };
  }
  return undefined;
}

/** What stands up to the closing bracket; what is cut off may have none. */
function insideOf(
  lines: readonly string[],
  at: number,
  first: string,
  closer: string,
): { text: string; to: number } | undefined {
  const texts: string[] = [];
  for (let to = at; to < Math.min(lines.length, at + MOST_LINES); to++) {
    const line = to === at ? first : lines[to]!;
    const end = closer === "" ? line.search(/[}\])]/) : line.indexOf(closer);
    if (end >= 0) return { text: [...texts, line.slice(0, end)].join(" "), to: to + 1 };
    if (/[{[(]/.test(line)) return undefined;
    texts.push(line);
  }
  return undefined;
}

/** The numbers of a list, two at least; undefined when something else is in it. "… 12 more items" is passed over. */
function numbers(text: string, isHex: boolean): Uint8Array | undefined {
  const items = text
    .replace(/\/\*.*?\*\/|\/\/.*$/gm, " ")
    .replace(/(?:\.\.\.|…)?\s*\d+ more (?:items?|bytes?)/, " ")
    .split(/[\s,;]+/)
    .filter((item) => item !== "" && item !== "..." && item !== "…");
  const values = items.map((item) =>
    isHex && /^[0-9a-f]{2}$/i.test(item) ? Number.parseInt(item, 16) : numberOf(item),
  );
  return values.length > 1 && values.every((value) => value >= -128 && value <= 255)
    ? Uint8Array.from(values, (value) => value & 0xff)
    : undefined;
}

/** `22`, `-4` of Java, `0x16`, `0x16u8` of Rust, `(byte)0x16`, `'G'`. */
function numberOf(item: string): number {
  const character = /^'(.)'$/.exec(item)?.[1];
  if (character !== undefined) return character.charCodeAt(0);
  const bare = item.replace(/^\(byte\)/, "").replace(/u8$|U$/i, "");
  return /^-?\d{1,3}$|^0x[0-9a-f]{1,2}$/i.test(bare) ? Number(bare) : Number.NaN;
}
