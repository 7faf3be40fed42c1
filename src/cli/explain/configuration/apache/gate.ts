import type { Directive } from "./parse.ts";
import type { PathScope } from "./scope.ts";

/** Whether a path lets a request in. */
export interface Gate {
  readonly answer?: { readonly status: number; readonly by: Directive };
  /** What decides by something that is not known. */
  readonly doubts: readonly Directive[];
}

/** What the rules for access say of a client without credentials: those of the innermost section that has any. */
export function gateOf({ sections }: PathScope): Gate {
  const rules = sections
    .map(({ block = [] }) => block.filter(({ name }) => /^(?:require\w*|deny|order|allow)$/.test(name)))
    .findLast((one) => one.length > 0);
  const [first, ...more] = rules ?? [];
  if (!first || (first.name === "require" && /^all granted$/i.test(first.args.join(" ")))) return { doubts: [] };
  const isDenied = /^all denied$/i.test(first.args.join(" ")) && more.length === 0;
  if (isDenied) return { answer: { status: 403, by: first }, doubts: [] };
  const isMember = first.name === "require" && /^(?:valid-user|user|group)$/i.test(first.args[0] ?? "");
  if (isMember && more.length === 0) return { answer: { status: 401, by: first }, doubts: [] };
  return { doubts: [first] };
}
