import type { Kind } from "../../kind.ts";
import type { Fields } from "./fields.ts";
import { packetFindings } from "./packets.ts";

/** What tshark prints with -T fields: columns, which only their heading (-E header=y) names. */
export const tsharkColumns: Kind = {
  recognise(document, at) {
    const heading = document.isText ? headingOf(document.lines[at] ?? "") : undefined;
    if (!heading) return undefined;
    let to = at + 1;
    while (isRow(document.lines[to], heading)) to++;
    return to > at + 1 ? to : undefined;
  },
  read({ document, from, to }, { secrets }) {
    const heading = headingOf(document.lines[from]!);
    if (!heading) return [];
    const rows = document.lines.slice(from + 1, to).map((row) => cells(row, heading.separator));
    return packetFindings(
      rows.map((row) => fieldsOf(row, heading.names)),
      secrets,
    );
  },
};

interface Heading {
  readonly names: readonly string[];
  readonly separator: string;
}

/** Names of fields, from which segments can be told: whose they are, and their flags. */
function headingOf(line: string): Heading | undefined {
  const [, separator] = /^"?[a-z0-9_]+(?:\.[a-z0-9_.]+)+"?([\t,;|/ ])"?[a-z0-9_]+\./.exec(line) ?? [];
  if (separator === undefined) return undefined;
  const names = cells(line, separator);
  const has = (name: RegExp) => names.some((one) => name.test(one));
  const isEnough = has(/^tcp\.srcport$/) && has(/^tcp\.dstport$/) && has(/^ip(?:v6)?\.src$/) && has(/^tcp\.flags/);
  return isEnough ? { names, separator } : undefined;
}

function isRow(line: string | undefined, { names, separator }: Heading): boolean {
  return line !== undefined && line.trim() !== "" && cells(line, separator).length === names.length;
}

/** Cells may stand in quotes; of several values in one the first counts. */
function cells(line: string, separator: string): readonly string[] {
  return line.split(separator).map((cell) => cell.replace(/^["']|["']$/g, "").trim());
}

function fieldsOf(row: readonly string[], names: readonly string[]): Fields {
  return (name) => {
    const cell = row[names.indexOf(name)];
    return cell === undefined || cell === "" ? undefined : cell.split(",")[0];
  };
}
