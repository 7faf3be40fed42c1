import type { Seen } from "../../explanation.ts";
import type { Question } from "../../kind.ts";
import { type Asked, bare, handshakeFor, hostOfRule, nameOfHost, withHeader } from "../handshake.ts";
import type { Fate, Outcome } from "../outcome.ts";
import { placeOf } from "../place.ts";
import type { Answered } from "../proxy-kind.ts";
import type { Node } from "../tree.ts";

/** Whether a configuration is one of Traefik 1: frontends with routes, and backends with servers. */
export function isVersion1(root: Node): boolean {
  return root.get("frontends")?.isMap === true && root.get("backends")?.isMap === true;
}

/** What becomes of what is asked, or of a handshake for each frontend. */
export function answersOfVersion1(root: Node, { path, host, secure }: Question): readonly Answered[] {
  const frontends = root.get("frontends")!.entries;
  const samples = frontends.map(([, node]) => ({
    host: host ?? hostOfRule(valuesIn(node, "Host")[0]),
    path: path ?? valuesIn(node, "PathPrefix")[0] ?? valuesIn(node, "Path")[0] ?? "/",
  }));
  const asked = path !== undefined ? samples.slice(0, 1) : samples;
  const all = asked.map((one) => ({
    asked: { ...one, secure: secure ?? true },
    outcome: evaluate(root, { ...one, secure: secure ?? true }),
  }));
  return all.filter(({ outcome }, at) => all.findIndex((other) => other.outcome.title === outcome.title) === at);
}

function evaluate(root: Node, asked: Asked): Outcome {
  const judged = root
    .get("frontends")!
    .entries.map(([name, node]) => ({ name, node, fits: frontendFits(node, asked) }));
  const fitting = judged.filter(({ fits }) => fits === true);
  const doubts = judged
    .filter(({ fits }) => fits === undefined)
    .map(({ node }) => `What the rule in ${placeOf(node)} depends on is not known.`);
  const [found] = fitting.toSorted((a, b) => priority(b.node) - priority(a.node));
  if (!found) return { title: "no frontend", fate: noFrontend(root), beside: [], doubts };
  const backend = root.get("backends", found.node.textAt("backend") ?? "");
  const server = backend?.get("servers")?.entries[0]?.[1];
  const url = server?.textAt("url") ?? "";
  return {
    title: `frontend ${found.name} → ${url || "no server"}`,
    fate: fateOf(found.node, server, url, asked),
    beside: [],
    doubts,
  };
}

/** Without one the longest rules come first. */
function priority(node: Node): number {
  return Number(node.textAt("priority") ?? 0) || rulesOf(node).reduce((sum, rule) => sum + rule.length, 0);
}

function rulesOf(node: Node): readonly string[] {
  return (node.get("routes")?.entries ?? []).map(([, route]) => route.textAt("rule") ?? "");
}

/** All routes of a frontend have to fit, and all that `;` joins in one. */
function frontendFits(node: Node, asked: Asked): boolean | undefined {
  const results = rulesOf(node).flatMap((rule) => rule.split(";").map((one) => ruleFits(one, asked)));
  return results.includes(false) ? false : results.includes(undefined) ? undefined : true;
}

/** `PathPrefix:/api,/ws`: any of its values. */
function ruleFits(rule: string, { path, host }: Asked): boolean | undefined {
  const [, name = "", list = ""] = /^\s*(\w+)\s*:\s*(.*)$/s.exec(rule) ?? [];
  const values = list.split(",").map((one) => one.trim());
  if (values.some((one) => one.includes("{"))) return undefined;
  switch (name) {
    case "Host":
      return values.some((one) => one.toLowerCase() === nameOfHost(host));
    case "Path":
    case "PathStrip":
      return values.includes(bare(path));
    case "PathPrefix":
    case "PathPrefixStrip":
      return values.some((one) => bare(path).startsWith(one));
    case "AddPrefix":
    case "ReplacePath":
      return true;
    case "Method":
      return values.includes("GET");
    default:
      return undefined;
  }
}

function valuesIn(node: Node, name: string): readonly string[] {
  const rule = rulesOf(node)
    .flatMap((one) => one.split(";"))
    .find((one) => new RegExp(`^\\s*${name}(?:Strip)?\\s*:`).test(one));
  return rule === undefined
    ? []
    : rule
        .slice(rule.indexOf(":") + 1)
        .split(",")
        .map((one) => one.trim());
}

function noFrontend(root: Node): Fate {
  const seen: Seen = {
    code: "NO_ROUTE",
    detail: "no frontend's rules fit",
    fix: "Give it a frontend, whose rules have its host and its path.",
  };
  return { kind: "answered", status: 404, by: root.get("frontends")!, seen };
}

function fateOf(frontend: Node, server: Node | undefined, url: string, asked: Asked): Fate {
  if (url === "") {
    const seen: Seen = {
      code: "STATUS_NOT_101",
      detail: "its backend has no server",
      fix: "Give the backend a server with a url.",
    };
    return { kind: "answered", status: 503, by: frontend, seen };
  }
  const auth = frontend.get("basicAuth") ?? frontend.get("auth", "basic");
  if (auth) return { kind: "answered", status: 401, by: auth };
  const authority = url.replace(/^\w+:\/\//, "").replace(/\/.*$/, "");
  const drops = /^false$/i.test(frontend.textAt("passHostHeader") ?? "");
  const by = server ?? frontend;
  return {
    kind: "passed",
    by,
    upstream: url,
    request: drops ? withHeader(handshakeFor(asked), "Host", authority) : handshakeFor(asked),
    idleMs: undefined,
    idleBy: "",
    mend: () => ({
      where: placeOf(frontend.get("passHostHeader") ?? by),
      fix: "Let the client's Host go on: passHostHeader = true, as it is by default.",
    }),
  };
}
