import type { Directive } from "./parse.ts";
import { nearestAll, type Scope } from "./scope.ts";

/** What an `error_page` puts in the place of an answer. */
export interface ErrorPage {
  readonly by: Directive;
  /** A path, a URL or `@name`. */
  readonly to: string;
  /** Whether the answer of what it names takes the place of the status: with `=`. Without it the client sees the status that it was for. */
  readonly isReplaced: boolean;
}

/** The error_page for a status: those of the innermost block that has any. */
export function errorPage(scope: Scope | undefined, status: number): ErrorPage | undefined {
  const by = nearestAll(scope, "error_page").find(({ args }) => args.slice(0, -1).includes(`${status}`));
  return by && { by, to: by.args.at(-1)!, isReplaced: by.args.at(-2) === "=" };
}
