import { type Code, type Meaning, meaningOf } from "./meaning.ts";
import type { Printer } from "./symptoms.ts";

/** What `onesocket explain` says of one line; `--json` prints a list of them. */
export interface Explanation {
  /** The line as it was given, without control characters. */
  readonly input: string;
  /** What was recognised in it: a program's message, bytes in hex, a number, or a code of ours. */
  readonly kind: "message" | "bytes" | "close" | "status" | "code";
  /** The programs that print such a message; empty for all that is no message. */
  readonly by: readonly string[];
  /** What happened, in a sentence. */
  readonly what: string;
  /** The codes that it stands for, the likeliest first: `code`, `cause`, `fix`, and `status`, `close` or `snippet` where there is one. */
  readonly causes: readonly Meaning[];
  /** What the line leaves open. */
  readonly note?: string | undefined;
  /** What to run for certainty. */
  readonly next: string;
}

/** What is found in a line, before its codes are looked up. */
export interface Finding {
  readonly kind: Explanation["kind"];
  readonly by?: readonly Printer[];
  readonly what: string;
  readonly codes: readonly Code[];
  readonly note?: string | undefined;
}

/** The whole explanation of a line. */
export function explanation(input: string, { kind, by = [], what, codes, note }: Finding): Explanation {
  const causes = codes.map(meaningOf).filter((meaning) => meaning !== undefined);
  return { input, kind, by, what, causes, note, next: `onesocket doctor ${urlIn(input)}` };
}

/** The URL that the line names, quoted for a shell. */
function urlIn(text: string): string {
  const url = /\bwss?:\/\/[^\s'"<>]+/.exec(text)?.[0].replace(/[.,;:)\]]+$/, "");
  if (url === undefined) return "<url>";
  return /^[\w:/.-]+$/.test(url) ? url : `'${url}'`;
}
