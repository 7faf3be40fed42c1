import type { Part } from "../../document.ts";
import type { Question } from "../../kind.ts";
import { handshakeFor, hostOfRule } from "../handshake.ts";
import type { Answered, ProxyReader, Reading } from "../proxy-kind.ts";
import { TRAEFIK_NOTE, traefikAnswers } from "../traefik/answers.ts";
import { Node } from "../tree.ts";
import { lookAtTrees, treesAt } from "../yaml-document.ts";
import { pairsOf, treeOf } from "./labels.ts";

/** What has to stand in such a text. */
const WORD = /\bservices["']?:/;

/** The labels and variables of a Compose file by which Traefik, nginx-proxy and caddy-docker-proxy are told. */
export const compose: ProxyReader = {
  name: "Compose",
  look: (document, at) => lookAtTrees(document, at, WORD, isOurs),
  read,
};

function isOurs(root: Node): boolean {
  return (
    root
      .get("services")
      ?.entries.some(([, service]) => service.get("image") ?? service.get("build") ?? service.get("labels")) === true
  );
}

function read({ document, from }: Part, question: Question): Reading | undefined {
  const roots = treesAt(document, from)?.roots.filter(isOurs) ?? [];
  const services = roots.flatMap((root) => root.get("services")?.entries ?? []);
  const labels = services.flatMap(([, service]) => [
    ...pairsOf(service.get("labels")),
    ...pairsOf(service.get("deploy", "labels")),
  ]);
  for (const [, service] of services)
    for (const [name, value] of pairsOf(service.get("environment")))
      if (/pass|secret|token|key/i.test(name)) question.secrets.add(value.text ?? "");
  const place = roots[0]!;
  const byTraefik = labels.some(([name]) => /^traefik\.http\./i.test(name));
  const http = treeOf(labels, "traefik.http.", place);
  const others = services.flatMap(([name, service]) => otherProxies(name, service, question));
  return {
    answers: [...(byTraefik ? traefikAnswers(withServices(http, services), question, lineOf) : []), ...others],
    nothing: labels.some(([name]) => OLD_TRAEFIK.test(name)) ? OLD : NONE,
    ...(byTraefik && { notes: [TRAEFIK_NOTE] }),
  };
}

const NONE =
  "None of its services has labels or variables of Traefik, nginx-proxy or caddy-docker-proxy: how they are reached it does not say.";

/** `traefik.port`, `traefik.frontend.rule` and, with a segment's name, `traefik.web.frontend.rule`. */
const OLD_TRAEFIK = /^traefik\.(?:[\w-]+\.)?(?:frontend|backend|port|protocol|weight)(?:\.|$)/i;
const OLD =
  "Its labels are of Traefik 1: Traefik 2 and 3 take no notice of them, and want traefik.http.routers.NAME.rule and its like.";

function lineOf(name: string, value: string): string {
  return `      - traefik.http.services.app.loadbalancer.${name.toLowerCase()}=${value}`;
}

/** A container that has routers and no service is one by itself. */
function withServices(http: Node, services: readonly (readonly [string, Node])[]): Node {
  if (http.get("services")) return http;
  const [name = "app", service] =
    services.find(([, one]) => pairsOf(one.get("labels")).some(([label]) => /^traefik\.http\.routers/i.test(label))) ??
    [];
  const place = service ?? http;
  const balancer = new Node(new Map(), place);
  const made = new Node(new Map([[name, new Node(new Map([["loadbalancer", balancer]]), place)]]), place);
  return new Node(new Map([...http.entries, ["services", made]]), http);
}

/** What passes upgrades on by itself for what names a host. */
function otherProxies(name: string, service: Node, { path = "/", host, secure }: Question): readonly Answered[] {
  const variables = new Map(pairsOf(service.get("environment")));
  const labels = pairsOf(service.get("labels"));
  const byNginx = variables.get("VIRTUAL_HOST");
  const byCaddy = labels.find(([label]) => /^caddy(?:_\d+)?$/.test(label))?.[1];
  const by = byNginx ?? byCaddy;
  if (!by) return [];
  const named = by.text?.split(/[, ]/)[0]?.replace(/^\w+:\/\//, "");
  const asked = { path, host: host ?? hostOfRule(named), secure };
  const upstream = `http://${name}:${variables.get("VIRTUAL_PORT")?.text ?? "its port"}`;
  const protocol = byNginx ? (variables.get("VIRTUAL_PROTO")?.text ?? "") : "";
  const title = `${name}: ${byNginx ? "nginx-proxy" : "caddy-docker-proxy"}`;
  if (/^uwsgi$/i.test(protocol)) {
    const what = "goes on by uwsgi, and opens if the server behind answers 101";
    return [{ asked, outcome: { title, beside: [], doubts: [], fate: { kind: "unknown", what } } }];
  }
  if (/^fastcgi$/i.test(protocol)) {
    const proto = variables.get("VIRTUAL_PROTO")!;
    return [
      {
        asked,
        outcome: {
          title,
          beside: [],
          doubts: [],
          fate: {
            kind: "lost",
            what: `goes on by ${proto.text}, which carries no upgrade`,
            seen: { code: "UPGRADE_STRIPPED", where: `${proto.file}:${proto.line}`, fix: "Leave VIRTUAL_PROTO out." },
          },
        },
      },
    ];
  }
  const where = `${by.file}:${by.line}`;
  const fate = {
    kind: "passed" as const,
    by,
    upstream,
    request: handshakeFor(asked),
    idleMs: byNginx ? 60_000 : Number.POSITIVE_INFINITY,
    idleBy: "proxy_read_timeout of nginx, which nginx-proxy leaves as it is",
    mend: () => ({
      where,
      fix: "Let either side send something more often, or mount a file as /etc/nginx/vhost.d/default.",
      snippet: "# vhost.d/default of nginx-proxy:\nproxy_read_timeout 1h;",
    }),
  };
  return [
    {
      asked,
      outcome: {
        title,
        fate,
        beside: [],
        doubts: [`This is from the documentation of ${byNginx ? "nginx-proxy" : "caddy-docker-proxy"}.`],
      },
    },
  ];
}
