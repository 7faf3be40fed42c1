import process from "node:process";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { Complaint, reason } from "../complaint.ts";
import type { Explanation } from "./explanation.ts";
import { continuesDump } from "./hex.ts";
import { explainLine } from "./line.ts";
import { rendered } from "./render.ts";

const USAGE = `Usage: onesocket explain [--json] [text …]

Says what an error of a WebSocket client or server means, and what to do about it.
Takes, as arguments or line by line on stdin:

  a message   of Chrome, Firefox, Safari, ws, Node, Bun, Deno, curl, Go, Python, nginx,
              Apache, workerd, Workerman or Swoole
  bytes       in hex, as xxd, hexdump -C, nginx or Workerman write them
  a number    a close code such as 1006, or an HTTP status
  a code      of onesocket's, such as UPGRADE_STRIPPED

Ends with 0 when it could explain something, 1 when it knows nothing about it.

Options:
  --json   { "explanations": […], "unknown": [lines] }
  --help
`;

const OPTIONS = { json: { type: "boolean", default: false }, help: { type: "boolean", short: "h" } } as const;

/** `onesocket explain [text …]`. Resolves with the exit code; throws a Complaint when there is nothing to explain. */
export async function explain(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const lines = dumpsJoined(positionals.length > 0 ? linesOf(positionals) : (await input()).split(/\r?\n/));
  if (lines.length === 0) throw new Complaint("there is no text to explain: see onesocket explain --help");
  const { explanations, unknown } = explainAll(lines);
  if (values.json) process.stdout.write(`${JSON.stringify({ explanations, unknown }, null, 2)}\n`);
  else if (explanations.length > 0) process.stdout.write(rendered(explanations));
  else console.error(nothing(lines));
  return explanations.length > 0 ? 0 : 1;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Complaint(`${reason(error).split(/\. |\n/)[0]}: see onesocket explain --help`);
  }
}

/** Words are one text, but for several numbers or codes. */
function linesOf(words: readonly string[]): readonly string[] {
  if (words.every((word) => /^\d{3,4}$|^[A-Z][A-Z0-9_]+$/.test(word))) return words;
  return words.join(" ").split(/\r?\n/);
}

async function input(): Promise<string> {
  return process.stdin.isTTY ? "" : text(process.stdin);
}

/** The lines that say something, those of one hex dump together. */
function dumpsJoined(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const line of lines) {
    if (joined.length > 0 && continuesDump(line)) joined[joined.length - 1] += `\n${line}`;
    else if (line.trim() !== "") joined.push(line);
  }
  return joined;
}

/** Explains each line; what was said of one before is not said again. */
function explainAll(lines: readonly string[]): { explanations: Explanation[]; unknown: string[] } {
  const explanations: Explanation[] = [];
  const unknown: string[] = [];
  const said = new Set<string>();
  for (const line of lines) {
    const found = explainLine(line);
    if (found.length === 0) unknown.push(line);
    for (const one of found) {
      const key = JSON.stringify([one.what, one.causes.map(({ code }) => code)]);
      if (!said.has(key)) explanations.push(one);
      said.add(key);
    }
  }
  return { explanations, unknown };
}

function nothing(lines: readonly string[]): string {
  const what = lines.length === 1 ? "this line" : "these lines";
  return `onesocket: nothing is known about ${what}. Run onesocket doctor <url>, or look for the close code and the server's log.`;
}
