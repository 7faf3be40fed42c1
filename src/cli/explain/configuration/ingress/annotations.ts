import type { Document } from "../../document.ts";
import type { Extent } from "../proxy-kind.ts";
import { Node } from "../tree.ts";
import { yamlOf } from "../yaml.ts";
import { CONTROLLERS } from "./controllers.ts";

/** One annotation, or the word above them. */
const LINE = /^\s*(?:["']?[a-z0-9.-]+\.(?:io|org|com)\/[\w.-]+["']?:(?:\s.*)?|annotations:\s*|#.*)$/;

/** Of these alone stand in an Ingress without its rules. */
const OWN = new RegExp(`^\\s*["']?(?:${CONTROLLERS.map(({ prefix }) => prefix.replaceAll(".", "\\.")).join("|")})`);

/** What looks like the annotations of an Ingress alone, as people quote them. */
export function annotationsAt(document: Document, at: number): Extent | undefined {
  const { isText, lines } = document;
  if (!isText || !LINE.test((lines[at] ?? "").slice(0, 500))) return undefined;
  const to = endOf(lines, at);
  return lines.slice(at, to).some((line) => OWN.test(line)) ? { to, isOurs: true } : undefined;
}

function endOf(lines: readonly string[], at: number): number {
  let to = at;
  while (to < lines.length && LINE.test(lines[to]!)) to++;
  return to;
}

/** An Ingress of these annotations, with one rule for any path; undefined where they are none. */
export function ingressOf(document: Document, from: number): Node | undefined {
  const text = document.lines.slice(from, endOf(document.lines, from)).join("\n");
  const [root] = yamlOf(text, document.name, document.firstLine + from) ?? [];
  const annotations = root?.get("annotations") ?? root;
  if (!annotations?.isMap) return undefined;
  const make = (value: string | readonly Node[] | Readonly<Record<string, Node>>): Node =>
    new Node(
      typeof value === "string" || Array.isArray(value) ? (value as string) : new Map(Object.entries(value)),
      annotations,
    );
  const named = annotations.entries.find(([name]) => name === "nginx.org/websocket-services")?.[1].text;
  const service = make({ name: make(named?.split(",")[0]?.trim() || "your-service") });
  const path = make({ path: make("/"), pathType: make("Prefix"), backend: make({ service }) });
  const rule = make({ http: make({ paths: make([path]) }) });
  return make({ metadata: make({ annotations }), spec: make({ rules: make([rule]) }) });
}
