import type { Kind } from "../kind.ts";
import { isDump, rowsFrom, viewOf } from "./hex.ts";
import { bytesFinding } from "./looks.ts";

/** Bytes in hex that stand by themselves: a dump of several lines, or a line of nothing else. */
export const bytes: Kind = {
  recognise(document, at) {
    if (!document.isText) return at === 0 ? 1 : undefined;
    const line = document.lines[at]!;
    return isDump(line) && !/^\s*\d{3,4}\s*$/.test(line) ? at + rowsFrom(document.lines, at) : undefined;
  },
  read({ document, from, to }) {
    const text = document.lines.slice(from, to).join("\n");
    const bytes = document.isText ? viewOf(text) : document.bytes;
    const finding = bytes && bytesFinding(bytes);
    return finding ? [finding] : [];
  },
};
