import type { Directive } from "./parse.ts";
import { nearest, type Scope } from "./scope.ts";

/** Whether a location lets a request in. */
export interface Gate {
  readonly answer?: { readonly status: number; readonly to: undefined; readonly by: Directive };
  /** What decides by something that is not known. */
  readonly doubts: readonly Directive[];
}

/** What the rules for access in a scope say of a client without credentials, from any address. */
export function gateOf(scope: Scope): Gate {
  const limited = scope.directives.find(({ name, args }) => name === "limit_except" && !args.includes("GET"));
  if (limited) return gateOf({ directives: limited.block ?? [], outer: scope });
  const internal = scope.directives.find(({ name }) => name === "internal");
  if (internal) return { answer: { status: 404, to: undefined, by: internal }, doubts: [] };
  const rules = rulesOf(scope);
  const [first] = rules;
  if (first?.name === "deny" && first.args[0] === "all")
    return { answer: { status: 403, to: undefined, by: first }, doubts: [] };
  const basic = nearest(scope, "auth_basic");
  if (basic && basic.args[0] !== "off") return { answer: { status: 401, to: undefined, by: basic }, doubts: [] };
  const asks = nearest(scope, "auth_request");
  const lets = first?.name === "allow" && first.args[0] === "all";
  const programs = PROGRAMS.flatMap((name) => nearest(scope, name) ?? []);
  return { doubts: [...(lets ? [] : rules), ...(asks && asks.args[0] !== "off" ? [asks] : []), ...programs] };
}

/** Programs that may refuse a request before it is passed on. */
const PROGRAMS = ["rewrite_by_lua", "access_by_lua"].flatMap((name) => [name, `${name}_block`, `${name}_file`]);

/** `allow` and `deny` of the innermost block that has any. */
function rulesOf(scope: Scope): readonly Directive[] {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const rules = at.directives.filter(({ name }) => name === "allow" || name === "deny");
    if (rules.length > 0) return rules;
  }
  return [];
}
