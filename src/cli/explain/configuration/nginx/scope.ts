import type { Directive } from "./parse.ts";

/** A place in a configuration: a block, and those around it. */
export interface Scope {
  readonly directives: readonly Directive[];
  readonly outer: Scope | undefined;
}

/** The directive of a name that counts in a scope: the last one of the innermost block that has any. */
export function nearest(scope: Scope | undefined, name: string): Directive | undefined {
  for (let at = scope; at; at = at.outer) {
    const found = at.directives.findLast((directive) => directive.name === name);
    if (found) return found;
  }
  return undefined;
}

/** All directives of a name in the innermost block that has any: those of a block replace all of those around it. */
export function nearestAll(scope: Scope | undefined, name: string): readonly Directive[] {
  for (let at = scope; at; at = at.outer) {
    const found = at.directives.filter((directive) => directive.name === name);
    if (found.length > 0) return found;
  }
  return [];
}

/** All directives of a name in a scope's blocks, the outermost first. */
export function all(scope: Scope | undefined, name: string): readonly Directive[] {
  if (!scope) return [];
  return [...all(scope.outer, name), ...scope.directives.filter((directive) => directive.name === name)];
}
