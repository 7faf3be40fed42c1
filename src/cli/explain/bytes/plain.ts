import type { Given } from "./given.ts";

/** A line that is nothing but bytes: `16 03 01`, `160301`, `0x16, 0x03`, `16:03:01`, `16-03-01`, `\x16\x03`. */
const BARE = /^(?:(?:0x|\\x)?[0-9a-f]{2}[\s:,-]*)+$/i;

/** Bytes inside a line: Workerman's `Buffer:1603…`, and such labels as people write. */
const NAMED = /\b(Buffer|bytes|hex|data|payload|raw|dump)\s*[:=]\s*["']?(?:0x)?((?:[0-9a-f]{2}[ :]?){4,})(?![\w.-])/i;

const BASE64 = /^(?:data:[^,]*;base64,|base64[:,]\s*)?([A-Za-z0-9+/_-]{16,}={0,2})$/;

/** Lines of nothing but hex: those of the same length that follow one another are one piece, as `xxd -p` cuts it. */
export function bareAt(lines: readonly string[], at: number): Given | undefined {
  const first = lines[at]!.trim();
  if (!BARE.test(first) || /^\d{3,4}$/.test(first)) return undefined;
  let to = at + 1;
  while (
    to < lines.length &&
    lines[to - 1]!.trim().length === first.length &&
    first.length >= 32 &&
    isRest(lines[to]!.trim(), first)
  )
    to++;
  const bytes = fromDigits(lines.slice(at, to).join(" "));
  return bytes && { bytes, to, explicit: /0x|\\x|\s/.test(first) };
}

function isRest(line: string, first: string): boolean {
  return BARE.test(line) && line.length <= first.length;
}

/** Lines of base64, as `base64` and PEM cut it. */
export function base64At(lines: readonly string[], at: number): Given | undefined {
  let to = at;
  let text = "";
  while (
    to < lines.length &&
    (to === at || lines[to - 1]!.trim().length >= 60) &&
    BASE64.test(lines[to]!.trim().padEnd(16, "="))
  )
    text += lines[to++]!.trim();
  const found = BASE64.exec(text)?.[1];
  // A key and its answer are base64 too, and mean nothing by themselves.
  if (found === undefined || /^[^=]{22}==$|^[^=]{27}=$/.test(found)) return undefined;
  return { bytes: Buffer.from(found, "base64"), to: Math.max(to, at + 1), explicit: false };
}

/** The bytes that a line shows after a label. */
export function namedIn(line: string): Given | null | undefined {
  const found = NAMED.exec(line);
  const bytes = found ? fromDigits(found[2]!) : undefined;
  return found && bytes && { bytes, to: 1, explicit: found[1] === "Buffer", column: found.index + found[1]!.length };
}

function fromDigits(text: string): Uint8Array | undefined {
  const digits = text.replace(/0x|\\x|[^0-9a-f]/gi, "");
  if (digits.length % 2 === 1 || digits.length < 4) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
