import type { Part } from "../../document.ts";
import type { Question } from "../../kind.ts";
import { type Asked, bare, handshakeFor, hostOfRule, nameOfHost } from "../handshake.ts";
import type { Fate, Outcome } from "../outcome.ts";
import { behind, instead } from "../paste.ts";
import { patternOf } from "../pattern.ts";
import { placeOf } from "../place.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import type { Node } from "../tree.ts";
import { lookAtTrees, treesAt } from "../yaml-document.ts";
import { annotationsAt, ingressOf } from "./annotations.ts";
import { CONTROLLERS, type Controller, carried, controllerOf, patienceOf } from "./controllers.ts";

/** What has to stand in such a text. */
const WORD = /\bkind["']?:[ \t]*["']?Ingress\b/;

/** An Ingress of Kubernetes, for the controllers whose annotations are known. */
export const ingress: ProxyReader = {
  name: "Kubernetes",
  look: (document, at) => lookAtTrees(document, at, WORD, isOurs) ?? annotationsAt(document, at),
  read,
};

function isOurs(root: Node): boolean {
  return root.textAt("kind") === "Ingress" && root.get("spec") !== undefined;
}

function read({ document, from }: Part, question: Question): Reading | undefined {
  const whole = (treesAt(document, from)?.roots ?? []).filter(isOurs);
  const piece = whole.length > 0 ? undefined : ingressOf(document, from);
  const all = piece ? [piece] : whole;
  return {
    answers: all.flatMap((one) => answersOf(one, question)),
    notes: [
      ...(piece ? ["No rules were given: they may send it elsewhere."] : []),
      ...all.flatMap(strangers),
      "This is from the documentation of the controllers.",
    ],
  };
}

/** Annotations that say nothing to the controller which takes the Ingress. */
function strangers(root: Node): readonly string[] {
  const annotations = root.get("metadata", "annotations");
  const controller = controllerOf(annotations, classOf(root));
  if (!controller) return [];
  // This one was HAProxy Ingress' own, too.
  const old = /haproxy/.test(controller.prefix) ? [] : ["ingress.kubernetes.io/"];
  const others = [...CONTROLLERS.map(({ prefix }) => prefix), ...old];
  const found = (annotations?.entries ?? []).filter(
    ([name]) => !name.startsWith(controller.prefix) && others.some((prefix) => name.startsWith(prefix)),
  );
  return found.map(
    ([name, node]) =>
      `${name} (${placeOf(node)}) says nothing to ${controller.name}, whose annotations begin with ${controller.prefix}.`,
  );
}

function classOf(root: Node): string {
  return (
    root.textAt("spec", "ingressClassName") ??
    root.textAt("metadata", "annotations", "kubernetes.io/ingress.class") ??
    ""
  );
}

interface Backend {
  readonly host: string | undefined;
  readonly path: string;
  readonly type: string;
  readonly service: string;
  readonly node: Node;
}

function backendsOf(root: Node): readonly Backend[] {
  const rules = root.get("spec", "rules")?.items ?? [];
  return rules.flatMap((rule) =>
    (rule.get("http", "paths")?.items ?? []).map((node) => ({
      host: rule.textAt("host"),
      path: node.textAt("path") ?? "/",
      type: node.textAt("pathType") ?? "ImplementationSpecific",
      service: node.textAt("backend", "service", "name") ?? node.textAt("backend", "serviceName") ?? "its service",
      node,
    })),
  );
}

function answersOf(root: Node, { path, host, secure }: Question): readonly Answered[] {
  const backends = backendsOf(root);
  const annotations = root.get("metadata", "annotations");
  const isRegex = usesRegex(annotations);
  if (path === undefined) {
    return backends.map((one): Answered => {
      const asked = {
        path: isRegex ? literal(one.path) : one.path,
        host: host ?? hostOfRule(one.host),
        secure,
      };
      return { asked, outcome: outcomeOf(root, one, asked) };
    });
  }
  const names = host !== undefined ? [host] : [...new Set(backends.map((one) => hostOfRule(one.host)))];
  return names.flatMap((name): readonly Answered[] => {
    const asked = { path, host: name, secure };
    const [chosen] = backends
      .filter((one) => fits(one, asked, isRegex))
      .toSorted((a, b) => b.path.length - a.path.length);
    return [{ asked, outcome: chosen ? outcomeOf(root, chosen, asked) : noRule(root) }];
  });
}

function literal(path: string): string {
  return /^\^?([\w/.-]*)/.exec(path)?.[1] || "/";
}

function fits({ host, path, type }: Backend, asked: Asked, isRegex: boolean): boolean {
  const name = nameOfHost(asked.host);
  const isHost =
    host === undefined || hostOfRule(host) === name || (host.startsWith("*.") && name.endsWith(host.slice(1)));
  const now = bare(asked.path);
  if (!isHost) return false;
  if (isRegex) return patternOf(`^${path}`, true)?.test(now) === true;
  if (type === "Exact") return now === path;
  // Whether the star is one is another question: it is meant for these paths.
  if (path.endsWith("/*")) return now.startsWith(path.slice(0, -1));
  // By its parts: /chat is no prefix of /chatter.
  const prefix = path.replace(/\/$/, "");
  return now === prefix || now.startsWith(`${prefix}/`);
}

function noRule(root: Node): Outcome {
  const fallback = root.get("spec", "defaultBackend");
  const fate: Fate = {
    kind: "answered",
    status: 404,
    by: root.get("spec", "rules") ?? root,
    seen: { code: "NO_ROUTE", detail: "no rule has this host and this path", fix: "Give it a path of its own." },
  };
  return {
    title: "no rule",
    fate,
    beside: [],
    doubts: fallback ? [`The default backend (${placeOf(fallback)}) may take it.`] : [],
  };
}

function outcomeOf(root: Node, backend: Backend, asked: Asked): Outcome {
  const annotations = root.get("metadata", "annotations");
  const className = classOf(root);
  const controller = controllerOf(annotations, className);
  const title = `${backend.host ?? "any host"} ${backend.path} → ${backend.service} (${controller?.name ?? "unknown controller"})`;
  const doubts = doubtsOf(annotations, className, controller);
  const refused = refusedBy(annotations) ?? starred(controller, backend, annotations);
  if (refused) return { title, fate: refused, beside: [], doubts };
  if (!controller)
    return {
      title,
      fate: { kind: "unknown", what: `goes to ${backend.service}, by a controller that is not known` },
      beside: [],
      doubts,
    };
  const done = carried(controller, annotations, handshakeFor(asked), backend.service);
  if ("lost" in done)
    return {
      title,
      fate: {
        kind: "lost",
        what: done.lost,
        seen: { code: "UPGRADE_STRIPPED", where: placeOf(done.by), fix: done.fix },
      },
      beside: [],
      doubts,
    };
  const { ms, by: byTime } = patienceOf(controller, annotations);
  const { mend, by = backend.node } = done;
  const fate: Fate = {
    kind: "passed",
    by,
    upstream: backend.service,
    request: done.request,
    idleMs: ms,
    idleBy: controller.idle ? controller.prefix + controller.idle.name : "",
    mend: (code) => {
      const wanted =
        code === "IDLE_CUT"
          ? controller.idle && {
              ...controller.idle,
              fix: "Let either side send something more often, such as a Ping every 25 s, or raise it.",
            }
          : mend;
      const place = code === "IDLE_CUT" ? byTime : done.by;
      if (!wanted) return { where: placeOf(by), fix: "Take this annotation out." };
      return {
        where: placeOf(place ?? by),
        fix: wanted.fix,
        snippet: lines(root, place, `${controller.prefix}${wanted.name}: ${wanted.value}`),
      };
    },
  };
  return { title, fate, beside: [], doubts };
}

/** Annotations are strings: "cannot unmarshal number into Go struct field ObjectMeta.metadata.annotations of type string". */
function refusedBy(annotations: Node | undefined): Fate | undefined {
  const bad = annotations?.entries.find(([, node]) => node.isBare);
  if (!bad) return undefined;
  const [name, node] = bad;
  const seen = {
    code: "CONFIG_INVALID" as const,
    where: placeOf(node),
    detail: `${name} is ${node.text}, and annotations are strings`,
    fix: "Put it into quotes.",
    snippet: instead(node, `    ${name}: "${node.text}"`),
  };
  return { kind: "lost", what: "comes nowhere: Kubernetes refuses this Ingress", seen };
}

/** `/*` means all to AWS's and to Google's; nginx takes it as it stands. */
function starred(
  controller: Controller | undefined,
  { path, node }: Backend,
  annotations: Node | undefined,
): Fate | undefined {
  const isNginx = controller !== undefined && /nginx/.test(controller.prefix);
  if (!isNginx || !path.endsWith("/*") || usesRegex(annotations)) return undefined;
  const seen = {
    code: "NO_ROUTE" as const,
    where: placeOf(node.get("path") ?? node),
    detail: `${controller.name} takes the star in ${path} for a star`,
    fix: `Write path: ${path.slice(0, -1)} with pathType: Prefix.`,
  };
  return { kind: "lost", what: `is not meant by ${path}`, seen };
}

function usesRegex(annotations: Node | undefined): boolean {
  return annotations?.entries.some(([name, { text }]) => name.endsWith("/use-regex") && text === "true") === true;
}

/** An annotation in the place of another one, or among them. */
function lines(root: Node, old: Node | undefined, line: string): string {
  const annotations = root.get("metadata", "annotations");
  if (old) return instead(old, `    ${line}`);
  if (annotations) return behind(annotations, `    ${line}`);
  return behind(root.get("metadata") ?? root, `  annotations:\n    ${line}`);
}

/** What is not followed, and might do anything. */
function doubtsOf(
  annotations: Node | undefined,
  className: string,
  controller: Controller | undefined,
): readonly string[] {
  const open = (annotations?.entries ?? []).filter(([name]) =>
    /\/(?:configuration-snippet|server-snippets?|location-snippets|auth-url|auth-type|whitelist-source-range|allowlist-source-range|denylist-source-range|router\.middlewares|rewrite-target|canary)$/.test(
      name,
    ),
  );
  return [
    ...open.map(([name, node]) => `${name} (${placeOf(node)}) is not followed.`),
    ...(controller
      ? []
      : [
          `Which controller ${className === "" ? "takes it" : `has the class ${JSON.stringify(className)}`} is not known, nor what it does to an upgrade.`,
        ]),
  ];
}
