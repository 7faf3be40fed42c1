import type { Question } from "../../kind.ts";
import { hostOfRule } from "../handshake.ts";
import type { Answered } from "../proxy-kind.ts";
import type { Node } from "../tree.ts";
import { evaluate } from "./evaluate.ts";

/** What becomes of what is asked, or of a handshake for each router. */
export function traefikAnswers(
  http: Node,
  { path, host, secure }: Question,
  lineOf: (name: string, value: string) => string,
): readonly Answered[] {
  const rules = (http.get("routers")?.entries ?? []).map(([, node]) => node.textAt("rule") ?? "");
  const hosts = host !== undefined ? [host] : [...new Set(rules.map((rule) => hostOfRule(valueIn(rule, /Host\(/))))];
  const paths =
    path !== undefined ? [path] : [...new Set(rules.map((rule) => valueIn(rule, /Path(?:Prefix)?\(/) ?? "/"))];
  const all = hosts.flatMap((name) =>
    paths.map((one) => {
      const asked = { path: one, host: name, secure: secure ?? true };
      return { asked, outcome: evaluate(http, asked, lineOf) };
    }),
  );
  const unlike = all.filter(
    ({ outcome }, at) => all.findIndex((other) => other.outcome.title === outcome.title) === at,
  );
  const right = unlike.filter(({ outcome }) => outcome.title !== "no router");
  return right.length > 0 ? right : unlike;
}

function valueIn(rule: string, call: RegExp): string | undefined {
  const at = rule.search(call);
  return at < 0 ? undefined : /[`"']([^`"']*)[`"']/.exec(rule.slice(at))?.[1];
}

/** From whose words this is. */
export const TRAEFIK_NOTE: string =
  "This is from Traefik's documentation; what cuts a silent connection is not known from this.";
