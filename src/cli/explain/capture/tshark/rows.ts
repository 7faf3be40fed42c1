import type { Kind } from "../../kind.ts";
import { type Row, rowOf } from "./row.ts";
import { Talk } from "./talk.ts";

/** Wireshark's list of packets, as tshark prints it by itself: a line for each, without what was said. */
export const tsharkRows: Kind = {
  recognise(document, at) {
    if (!document.isText || !rowOf(document.lines[at] ?? "")) return undefined;
    let to = at;
    while (to < document.lines.length && (rowOf(document.lines[to]!) || isOwn(document.lines[to]!))) to++;
    return to;
  },
  read({ document, from, to }) {
    const rows = document.lines.slice(from, to).flatMap((line) => rowOf(line) ?? []);
    const talks = talksOf(rows);
    const [mixed] = talks.filter(({ isMixed }) => isMixed);
    return talks.filter((talk) => !talk.isMixed || talk === mixed).flatMap((talk) => talk.finding() ?? []);
  },
};

/** What tshark writes of itself. */
function isOwn(line: string): boolean {
  return /^(?:Running as user|Capturing on |\d+ packets? captured)/.test(line);
}

/** The connections in them. A row of HTTP or of a frame tells no ports: it belongs to the one that stands between the two. */
function talksOf(rows: readonly Row[]): readonly Talk[] {
  const talks: Talk[] = [];
  for (const row of rows) {
    const fitting = talks.filter((talk) => talk.fits(row));
    const open = fitting.filter((talk) => !talk.isOver);
    if (begins(row, fitting, open)) talks.push(new Talk(row));
    else if (row.ports !== undefined) (open.at(-1) ?? fitting.at(-1))?.take(row);
    else if (open.length === 1) open[0]!.take(row);
    else for (const talk of open) talk.isMixed = true;
  }
  const told = talks.filter(({ isMixed, hasRequest }) => isMixed || hasRequest);
  return told.length > 0 ? told : talks;
}

/** A SYN begins a connection; of a list that was filtered, the first row of HTTP or of a frame. */
function begins(row: Row, fitting: readonly Talk[], open: readonly Talk[]): boolean {
  if (row.ports !== undefined) return row.flags.has("SYN") && !row.flags.has("ACK") && open.length === 0;
  return /^(?:HTTP|WebSocket)$/.test(row.protocol) && fitting.length === 0;
}
