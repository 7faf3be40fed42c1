import { describe, it } from "vitest";
import { isInstalled } from "./foreground.ts";

/** Something that npm does not install. */
export interface Program {
  readonly command: string;
  /** Debian's name for it. */
  readonly debianPackage: string;
}

/** Tests that need a program. Without it they are skipped, with what to install; under CI it must be there. */
export function describeNeeding({ command, debianPackage }: Program, what: string, tests: () => void): void {
  const hint = `${command} is not installed: apt-get install ${debianPackage}`;
  describeWhere(isInstalled(command, debianPackage), hint, what, tests);
}

/**
 * Tests that need something. Without it one test stands for them, which is skipped with a hint. Under CI they are run once more when they
 * fail, and that is told: what a program of others drops on a busy machine is no fault of ours.
 */
export function describeWhere(isThere: boolean, hint: string, what: string, tests: () => void): void {
  if (isThere || process.env.CI) describe(what, { retry: process.env.CI ? 1 : 0 }, tests);
  else it(what, (context) => context.skip(hint));
}
