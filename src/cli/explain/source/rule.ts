import type { Finding } from "../explanation.ts";

/** What is said of a line; it is sure unless it says otherwise. */
export type Judged = Omit<Finding, "kind">;

/** One thing that a line of code may do wrong, or right. */
export interface Rule {
  /** What is looked for: a call and what it is given. */
  readonly pattern: RegExp;
  /** What it comes to; undefined when it is nothing to speak of. */
  judge(found: RegExpExecArray, line: string): Judged | undefined;
}
