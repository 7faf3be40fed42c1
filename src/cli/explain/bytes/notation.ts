import type { Given } from "./given.ts";
import { listAt } from "./lists.ts";
import { literalIn } from "./literals.ts";
import { bareAt, base64At, namedIn } from "./plain.ts";
import { dumpAt } from "./rows.ts";

/** What may stand on a line beside the bytes that it is about: a name, a prompt. */
const BESIDE = /^\s*(?:>>> |[$>] )?(?:(?:const|let|var|my)\s+)?[\w.$[\]]*\s*(?:[:=]>?\s*)?$/;

/** The bytes that begin in a line and are what it is about, in whatever notation; undefined when there are none. */
export function bytesAt(lines: readonly string[], at: number): Given | undefined {
  return dumpAt(lines, at) ?? bareAt(lines, at) ?? listAt(lines, at) ?? literalAt(lines, at) ?? base64At(lines, at);
}

/** The bytes that a line of a log shows beside what it says, two at least; undefined when it shows none. */
export function bytesIn(line: string): Given | undefined {
  const found = namedIn(line) ?? listAt([line], 0) ?? literal(line, 0);
  return found && found.bytes.length > 1 ? found : undefined;
}

function literalAt(lines: readonly string[], at: number): Given | undefined {
  const line = lines[at]!;
  const quote = line.search(/b?["']/);
  if (quote < 0 || !BESIDE.test(line.slice(0, quote)) || !/["'][\s;,)]*$/.test(line)) return undefined;
  return literal(line, at);
}

function literal(line: string, at: number): Given | undefined {
  const found = literalIn(line);
  return found && { ...found, to: at + 1, explicit: true };
}
