import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { explainText } from "../../src/cli/explain/recognise.ts";
import { markdown } from "../../src/cli/explain/render/markdown.ts";
import { rendered } from "../../src/cli/explain/render/text.ts";
import { FAMILIES } from "../cli/explain/families.ts";
import { MISCHIEFS } from "../cli/explain/misbehaving.ts";
import { reported } from "../cli/explain/reported.ts";
import { type AnyProperty, must, type Property, same } from "./property.ts";

/** All lines of which the suite knows what they stand for. */
const LINES: readonly string[] = Object.values(FAMILIES).flatMap(({ lines }) => lines.map(([, line]) => line));

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const REQUEST = [
  "GET /chat HTTP/1.1",
  "Host: chat.example",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${KEY}`,
];

/** What servers that misbehave answer, where that is a head alone. */
const ANSWERS: readonly (readonly string[])[] = Object.values(MISCHIEFS).flatMap(({ answer }) => {
  const text = Buffer.from(answer(KEY)).toString("latin1");
  return /^HTTP\/1\.1 .*\r\n\r\n$/s.test(text) ? [text.trimEnd().split("\r\n")] : [];
});

const FOLDER = join(import.meta.dirname, "../cli/explain/captures");
const CAPTURES: readonly Buffer[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".pcap"))
  .map((name) => readFileSync(join(FOLDER, name)));

function codesOf(text: string): readonly string[] {
  return [...new Set(explainText(text).flatMap(({ causes }) => causes.map(({ code }) => code)))].sort();
}

/** How logs write a line. */
const LOGS: readonly ((line: string) => string)[] = [
  (line) => `2026-11-27T10:00:00.123Z ERROR ${line}`,
  (line) => `2026/11/27 10:00:00 [error] 1234#1234: *5 ${line}`,
  (line) => `Nov 27 10:00:00 host app[123]: ${line}`,
  (line) => `Caused by: ${line}`,
  (line) => `E/flutter ( 1234): ${line}`,
  (line) => `\u001b[31m${line}\u001b[0m`,
  (line) => `    ${line}   `,
  (line) => `${line}\r`,
  (line) => `app-1  | ${line}`,
];

/** What marks an explanation of a line that says just this. */
const WHOLE = /as the whole message of a WebSocket/;

const lines: Property<{ line: number; log: number }> = {
  name: "what a line stands for does not depend on the log that it stands in",
  inputs: fc.record({ line: fc.nat(LINES.length - 1), log: fc.nat(LOGS.length - 1) }),
  holds({ line: at, log }) {
    const line = LINES[at]!;
    const isWhole = explainText(line).some(({ note }) => WHOLE.test(note ?? ""));
    const logged = codesOf(LOGS[log]!(line));
    if (isWhole && logged.length === 0) return;
    same(logged, codesOf(line), LOGS[log]!(line));
  },
};

const neighbours: Property<readonly number[]> = {
  name: "what a line stands for does not depend on the lines beside it",
  inputs: fc.array(fc.nat(LINES.length - 1), { minLength: 1, maxLength: 8 }),
  holds(indices) {
    const chosen = indices.map((at) => LINES[at]!);
    const alone = [...new Set(chosen.flatMap((line) => codesOf(line)))].sort();
    same(codesOf(chosen.join("\n")), alone, chosen.join("\n"));
  },
};

/** A change of some text, or of some bytes: something is cut out, put in, or comes twice. */
interface Change {
  readonly at: number;
  readonly drop: number;
  readonly put: string;
  readonly again: boolean;
}

const CHANGES: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    at: fc.nat(),
    drop: fc.nat(20),
    put: fc.oneof(fc.constantFrom("", " ", "\n", '"', "\\x16", "(", "{}", ": ", "1006", "\0"), fc.string()),
    again: fc.boolean(),
  }),
  { maxLength: 5 },
);

function changed(text: string, changes: readonly Change[]): string {
  return changes.reduce((rest, { at, drop, put, again }) => {
    const from = at % (rest.length + 1);
    return `${rest.slice(0, from)}${put}${rest.slice(again ? Math.max(0, from - drop) : from + drop)}`;
  }, text);
}

const damaged: Property<{ line: number; changes: readonly Change[] }> = {
  name: "a damaged line, or head, is explained or not known, and never a crash",
  inputs: fc.record({ line: fc.nat(), changes: CHANGES }),
  holds({ line, changes }) {
    const heads = ANSWERS.map((answer) => [...REQUEST, "", ...answer, ""].join("\n"));
    const all = [...LINES, ...heads];
    const report = reported([{ content: changed(all[line % all.length]!, changes) }]);
    must(rendered(report).length >= 0 && markdown(report).length >= 0, "it is printed");
  },
};

/** How heads are shown; the fields may come in any order, and with others between them. */
const SHOWN: readonly ((request: readonly string[], answer: readonly string[]) => string)[] = [
  (request, answer) => [...request, "", ...answer, "", ""].join("\r\n"),
  (request, answer) => [...request, "", ...answer, ""].join("\n"),
  (request, answer) => [...request, "", ...answer].map((line) => `    ${line}`).join("\n"),
  (request, answer) =>
    [...request.map((line) => `> ${line}`), "> ", ...answer.map((line) => `< ${line}`), "< "].join("\n"),
];

const heads: Property<{ answer: number; shown: number; order: readonly number[]; lower: boolean }> = {
  name: "what heads show does not depend on how they are shown, nor on the order and the case of their fields",
  inputs: fc.record({
    answer: fc.nat(ANSWERS.length - 1),
    shown: fc.nat(SHOWN.length - 1),
    order: fc.array(fc.nat(100), { minLength: 10, maxLength: 10 }),
    lower: fc.boolean(),
  }),
  holds({ answer: at, shown, order, lower }) {
    const answer = ANSWERS[at]!;
    const mixed = (head: readonly string[]) => {
      const fields = [...head.slice(1), "Date: Fri, 27 Nov 2026 10:00:00 GMT"]
        .map((field, index) => ({
          field: lower ? field.replace(/^[^:]+/, (name) => name.toLowerCase()) : field,
          index,
        }))
        .sort((a, b) => order[a.index % 10]! - order[b.index % 10]!);
      return [head[0]!, ...fields.map(({ field }) => field)];
    };
    const text = SHOWN[shown]!(mixed(REQUEST), mixed(answer));
    same(codesOf(text), codesOf(SHOWN[0]!(REQUEST, answer)), text);
  },
};

const captures: Property<{ capture: number; changes: readonly (readonly [number, number])[]; cut: number }> = {
  name: "a damaged capture is explained as far as it goes, and never a crash",
  inputs: fc.record({
    capture: fc.nat(CAPTURES.length - 1),
    changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
    cut: fc.nat(),
  }),
  holds({ capture, changes, cut }) {
    const bytes = Buffer.from(CAPTURES[capture]!);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    const report = reported([{ content: bytes.subarray(0, cut % (bytes.length + 1)) }]);
    must(rendered(report).length >= 0, "it is printed");
  },
};

/** What tshark has printed of captures. */
const PRINTED: readonly string[] = readdirSync(join(FOLDER, "tshark")).map((name) =>
  readFileSync(join(FOLDER, "tshark", name), "utf8"),
);

const printed: Property<{ print: number; changes: readonly (readonly [at: number, to: number])[]; cut: number }> = {
  name: "what tshark prints, with other numbers in it, is explained as far as it goes, and never a crash",
  inputs: fc.record({
    print: fc.nat(PRINTED.length - 1),
    changes: fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(200), fc.nat(100_000), fc.nat(Number.MAX_SAFE_INTEGER))), {
      maxLength: 40,
    }),
    cut: fc.nat(),
  }),
  holds({ print, changes, cut }) {
    const words = PRINTED[print]!.split(/(\d+)/);
    for (const [at, to] of changes) words[((at * 2) % (words.length - 1)) + 1] = `${to}`;
    const text = words.join("");
    const report = reported([{ content: cut % 3 ? text : text.slice(0, cut % (text.length + 1)) }]);
    must(rendered(report).length >= 0, "it is printed");
  },
};

/** What `onesocket explain` is given: lines, heads, captures, and what is printed of them. */
export const EVIDENCE = [lines, neighbours, damaged, heads, captures, printed] as unknown as readonly AnyProperty[];

/** Of these a run takes a millisecond or more. */
export const SLOW_EVIDENCE = [neighbours, damaged, heads, captures, printed] as unknown as readonly AnyProperty[];
