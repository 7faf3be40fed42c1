import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import counts from "../../bench/cost.json" with { type: "json" };
import { costTable, countsTable, shardsCostTable } from "../../bench/cost-model.ts";
import { enginesTable } from "../../bench/engines/costs.ts";
import engines from "../../bench/engines.json" with { type: "json" };
import { readConstants } from "../../bench/fleet/constants.ts";
import { constantsTable, enginesSizesTable, sizesTable } from "../../bench/fleet/tables.ts";
import { ABOUT } from "../../src/cli/explain/configuration/about.ts";
import { Document } from "../../src/cli/explain/document.ts";
import { SYMPTOMS } from "../../src/cli/explain/line/symptoms.ts";
import { explainText } from "../../src/cli/explain/recognise.ts";
import { rendered } from "../../src/cli/explain/render/text.ts";
import { reportOn } from "../../src/cli/explain/report.ts";
import { Secrets } from "../../src/cli/explain/secrets.ts";
import { SNIPPETS } from "../../src/cli/explain/snippets.ts";
import { FAILURES } from "../../src/core/contract/all-failures.ts";
import { DIAGNOSES } from "../../src/core/contract/diagnoses.ts";
import { DEFAULT_LIMITS } from "../../src/core/contract/limits.ts";
import type { CompressionOptions } from "../../src/core/protocol/deflate/settings.ts";
import {
  FAILURE_CLOSE,
  PROTOCOL_FAILURES,
  type ProtocolFailureCode,
} from "../../src/core/protocol/protocol-failures.ts";
import { CLIENTS, type ClientName, SETTINGS } from "../clients/known.ts";
import { capabilityTable } from "../contract/capabilities.ts";
import { browsers, toldInBrowsers } from "./browser-tables.ts";
import { code, table } from "./markdown.ts";
import { ROOT } from "./pages.ts";
import { handshakes, libraries } from "./protocol-tables.ts";

/** One member of an interface of ours. */
export interface Member {
  readonly name: string;
  /** As it is declared, without `readonly` and `| undefined`. */
  readonly declaration: string;
  /** Its docstring in one line, "" for none. */
  readonly about: string;
}

/** What `<!-- generated: name argument … -->` may ask for. */
const TABLES: Readonly<Record<string, (...words: string[]) => string>> = {
  failures: (which) => failures((code) => (which !== "reserved") === isUsed(code), anchored),
  "failures-of": (...codes) => failures((code) => codes.includes(code), code),
  closes: (which) => closes((code) => (which !== "reserved") === isUsed(code)),
  "compression-clients": compressionClients,
  cost: () => costTable(counts),
  "cost-counts": () => countsTable(counts),
  "cost-shards": () => shardsCostTable(counts),
  diagnoses,
  engines: () => enginesTable(engines),
  "engine-sizes": () => enginesSizesTable(readConstants()),
  sizes: () => sizesTable(readConstants()),
  "sizing-constants": () => constantsTable(readConstants()),
  events,
  symptoms,
  snippets,
  explained: (...words) => explained(words.join(" ")),
  "explained-file": (path = "", name = "") => explainedFile(path, name),
  configurations,
  limits,
  members: (name = "") => membersTable(name),
  capabilities: () => capabilityTable().trim(),
  libraries,
  handshakes,
  browsers,
  "told-in-browsers": toldInBrowsers,
};

/** The page with all that is generated in it made anew. Throws for a table that there is none of. */
export function regenerated(page: string): string {
  return page.replace(
    /(<!-- generated: (\S+)(.*?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, open: string, name: string, words: string, close: string) => {
      const table = TABLES[name];
      if (!table) throw new Error(`there is no table ${name}`);
      return `${open}\n${table(...words.trim().split(" "))}\n\n${close}`;
    },
  );
}

/** All that a program can run, but for the catalogues of failures. */
const FILES = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => /\.ts$/.test(path) && !/failures\.ts$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(ROOT, "src", path), "utf8") }));
const SOURCES = FILES.map(({ text }) => text);
/** The command line tells of failures that others give. */
const GIVERS = FILES.filter(({ path }) => !path.startsWith("cli")).map(({ text }) => text);

/** Whether some code of ours can give this failure; the others are names that are kept for it. */
function isUsed(code: string): boolean {
  return GIVERS.some((text) => text.includes(`"${code}"`));
}

/** A code that a refusal's link finds. */
function anchored(name: string): string {
  return `<a id="${name.toLowerCase()}"></a>${code(name)}`;
}

function failures(wanted: (code: string) => boolean, shown: (code: string) => string): string {
  const rows = Object.entries(FAILURES).filter(([code]) => wanted(code));
  return table(
    ["Code", "Status", "Cause", "Fix"],
    rows.map(([name, [status, cause, fix]]) => [shown(name), status === 499 ? "–" : `${status}`, cause, fix]),
  );
}

function closes(wanted: (code: string) => boolean): string {
  const rows = Object.entries(PROTOCOL_FAILURES).filter(([code]) => wanted(code));
  return table(
    ["Code", "Close", "Cause", "Fix"],
    rows.map(([name, { cause, fix }]) => [anchored(name), `${FAILURE_CLOSE[name as ProtocolFailureCode]}`, cause, fix]),
  );
}

function diagnoses(): string {
  return table(
    ["Code", "Cause", "Fix"],
    Object.entries(DIAGNOSES).map(([code, [cause, fix]]) => [`\`${code}\``, cause, fix]),
  );
}

/** What each program prints, by what it stands for. */
function symptoms(): string {
  const printed = (says: string | readonly string[]) => [says].flat().map((template) => code(shown(template)));
  return table(
    ["Printed", "Stands for", "Codes"],
    SYMPTOMS.map(({ what, says, codes, note }) => [
      Object.entries(says)
        .map(([by, messages]) => `${by}: ${printed(messages).join(", ")}`)
        .join("<br>"),
      shown(note === undefined ? what : `${what} ${note}`),
      codes.map(code).join(" "),
    ]),
  );
}

/** A template without its signs. */
function shown(template: string): string {
  return template.replace(/^=/, "").replace("{n}", "N").replaceAll("{}", "…");
}

/** Lines to paste, each under the codes whose fix they are. */
function snippets(): string {
  const all = Object.entries(SNIPPETS);
  const texts = [...new Set(all.map(([, text]) => text))];
  return texts
    .map((text) => {
      const codes = all.filter(([, other]) => other === text).map(([name]) => code(name));
      return `${codes.join(", ")}:\n\n${block(text)}`;
    })
    .join("\n\n");
}

/** What `onesocket explain` prints about a line. */
function explained(line: string): string {
  return block(
    `$ npx onesocket explain ${JSON.stringify(line)}\n${rendered({ explanations: explainText(line), unknownLines: 0 }).trimEnd()}`,
  );
}

/** What it prints about a file of this checkout, which the page gives another name. */
function explainedFile(path: string, name: string): string {
  const document = new Document(name, readFileSync(join(ROOT, path)), { isFile: true });
  const report = reportOn([document], { path: undefined, host: undefined, secure: undefined, secrets: new Secrets() });
  return block(`$ npx onesocket explain ${name}\n${rendered(report).trimEnd()}`);
}

function block(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

/** Whose configurations are read, and from where it is known what comes of them. */
function configurations(): string {
  return table(
    ["Of", "What is followed", "Known from"],
    ABOUT.map(({ name, reads, knownFrom }) => [name, reads, knownFrom]),
  );
}

/** What each way to compress is to the real clients that tests talk to. */
function compressionClients(): string {
  const names = Object.keys(CLIENTS) as ClientName[];
  const runtimes = { node: "Node", bun: "Bun" };
  return table(
    ["", "`compression`", ...names.map((name) => CLIENTS[name])],
    SETTINGS.map((setting) => [
      runtimes[setting.runtime],
      code(`deflate(${written(setting.compression)})`),
      ...names.map((name) => setting[name]),
    ]),
  );
}

/** Options as a program has them. */
function written(options: CompressionOptions): string {
  const members = Object.entries(options).map(([name, value]) => `${name}: ${value}`);
  return members.length === 0 ? "" : `{ ${members.join(", ")} }`;
}

function limits(): string {
  return table(
    ["`limits.`", "Default", "Meaning"],
    membersOf("Limits").map(({ name, about }) => [
      `\`${name}\``,
      inThousands(DEFAULT_LIMITS[name as keyof typeof DEFAULT_LIMITS]),
      about,
    ]),
  );
}

function inThousands(value: number): string {
  if (value < 1) return `${value * 100} % of memory`;
  return value === Infinity ? "none" : value.toLocaleString("en").replaceAll(",", "\u00a0");
}

function membersTable(name: string): string {
  return table(
    [`\`${name}\``, ""],
    membersOf(name).map(({ declaration, about }) => [`\`${declaration}\``, about]),
  );
}

/** The members of an exported interface of the library, in the order of the source. */
export function membersOf(name: string, sources: readonly string[] = SOURCES): readonly Member[] {
  const pattern = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, "m");
  const body = sources.map((text) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
  if (body === undefined) throw new Error(`there is no interface ${name}`);
  const members = body.matchAll(
    /(?:^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^ {2}(?!\/\/|\/\*)(?:readonly )?((\w+)[^\n]*(?:\n {4}[^\n]*)*(?:\n {2}\)[^\n]*)?);$/gm,
  );
  return [...members].map(([, doc = "", declaration = "", member = ""]) => ({
    name: member,
    declaration: declared(declaration),
    about: inOneLine(doc),
  }));
}

/** A declaration in one line. With `?`, `undefined` says nothing more. */
function declared(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/\( /g, "(")
    .replace(/,? \)/g, ")")
    .replace(/^(\w+\?:.*) \| undefined/, "$1")
    .replaceAll(/(\w\?: \w+) \| undefined/g, "$1");
}

function inOneLine(doc: string): string {
  return doc
    .replace(/^\s*\*/gm, "")
    .replace(/\{@link ([\w.]+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}

/** The kinds of events, each with what it tells. */
function events(): string {
  const [, body = ""] =
    FILES.map(({ text }) => /^export type SocketEvent = .*\n([\s\S]*?)^\);$/m.exec(text)).find(Boolean) ?? [];
  const kinds = body.split(/^(?= {2}(?:\/\*\*|\|))/m).flatMap((part, at, parts) => {
    // The docstring of a kind in one line stands before it.
    const doc = parts[at - 1]?.startsWith("  /**") ? parts[at - 1]! : "";
    return part.startsWith("  |") ? [eventOf(part, doc)] : [];
  });
  return table(["Event", "When", "It has"], kinds);
}

function eventOf(text: string, doc: string): readonly string[] {
  const [, about = doc, name = ""] = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)?\s*readonly type: "(\w+)"/.exec(text) ?? [];
  const fields = text.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?readonly (?!type)(\w+\??: [^;}]+)/g);
  const rest = /& (\w+)\)/.exec(text)?.[1];
  const has = [...fields].map(([, said, field = ""]) => {
    const shown = code(declared(field.trim()));
    return said ? `${shown}: ${inOneLine(said)}` : shown;
  });
  return [
    code(name),
    inOneLine(about.replace(/^\s*\/\*\*|\*\/\s*$/g, "")),
    [...has, ...(rest ? [`what ${code(rest)} has`] : [])].join("<br>"),
  ];
}
