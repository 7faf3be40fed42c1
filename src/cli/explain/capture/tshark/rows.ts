import type { Kind } from "../../kind.ts";
import { rowOf } from "./row.ts";
import { Talks } from "./talks.ts";

/** Wireshark's list of packets, as tshark prints it by itself: a line for each, without what was said. */
export const tsharkRows: Kind = {
  recognise(document, at) {
    if (!document.isText || !rowOf(document.lines[at] ?? "")) return undefined;
    let to = at;
    while (to < document.lines.length && (rowOf(document.lines[to]!) || isOwn(document.lines[to]!))) to++;
    return to;
  },
  read({ document, from, to }) {
    const talks = new Talks();
    for (const row of document.lines.slice(from, to).flatMap((line) => rowOf(line) ?? [])) talks.take(row);
    const { told } = talks;
    const mixed = told.find(({ isMixed }) => isMixed);
    return told.filter((talk) => !talk.isMixed || talk === mixed).flatMap((talk) => talk.finding() ?? []);
  },
};

/** What tshark writes of itself. */
function isOwn(line: string): boolean {
  return /^(?:Running as user|Capturing on |\d+ packets? captured)/.test(line);
}
