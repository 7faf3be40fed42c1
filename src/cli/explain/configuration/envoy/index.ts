import type { Part } from "../../document.ts";
import type { Question } from "../../kind.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import type { Node } from "../tree.ts";
import { lookAtTrees, treesAt } from "../yaml-document.ts";
import { evaluate } from "./evaluate.ts";

/** What has to stand in such a text. */
const WORD = /route_config|http_connection_manager|virtual_hosts/i;

/** A configuration of Envoy, in YAML or JSON: whole, or from its listeners or its HttpConnectionManager on. */
export const envoy: ProxyReader = {
  name: "Envoy",
  look: (document, at) => lookAtTrees(document, at, WORD, (root) => managersIn(root).length > 0),
  read,
};

function managersIn(root: Node): readonly Node[] {
  return root.all(
    (one) =>
      one.get("route_config", "virtual_hosts") !== undefined ||
      (one.get("rds") !== undefined && one.get("http_filters") !== undefined),
  );
}

function read({ document, from }: Part, { path, host, secure }: Question): Reading | undefined {
  const roots = treesAt(document, from)?.roots ?? [];
  const answers = roots.flatMap((root) =>
    managersIn(root).flatMap((manager) => {
      const paths = path === undefined ? samplesOf(manager) : [path];
      return paths.map((one): Answered => {
        const asked = { path: one, host: host ?? hostOf(manager), secure };
        return { asked, outcome: evaluate(manager, root, asked) };
      });
    }),
  );
  const unlike = answers.filter(
    ({ outcome }, at) => answers.findIndex((other) => other.outcome.title === outcome.title) === at,
  );
  return {
    answers:
      path === undefined
        ? unlike.filter(({ outcome }) => !/: (?:redirect|direct_response|no route)$/.test(outcome.title))
        : unlike,
    notes: ["This is from Envoy's documentation."],
  };
}

function samplesOf(manager: Node): readonly string[] {
  const hosts = manager.get("route_config", "virtual_hosts")?.items ?? [];
  const routes = hosts.flatMap((one) => one.get("routes")?.items ?? []);
  const paths = routes.map(
    (one) =>
      one.textAt("match", "prefix") ??
      one.textAt("match", "path_separated_prefix") ??
      one.textAt("match", "path") ??
      "/",
  );
  return [...new Set(paths.length > 0 ? paths : ["/"])].slice(0, 30);
}

function hostOf(manager: Node): string {
  const domains = (manager.get("route_config", "virtual_hosts")?.items ?? []).flatMap(
    (one) => one.get("domains")?.items ?? [],
  );
  return domains.map(({ text = "" }) => text).find((one) => /^[\w.-]+(?::\d+)?$/.test(one)) ?? "app.example.com";
}
