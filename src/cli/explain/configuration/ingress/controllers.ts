import type { Seen } from "../../explanation.ts";
import type { RequestHead } from "../../http/request-head.ts";
import { withHeader, withoutUpgrade } from "../handshake.ts";
import { lookup } from "../lookup.ts";
import { milliseconds } from "../time.ts";
import type { Node } from "../tree.ts";

/** Which program carries an Ingress out, and how it is told. */
export interface Controller {
  readonly name: string;
  /** What its annotations begin with. */
  readonly prefix: string;
  /** After how much silence it cuts by default: milliseconds; undefined where that is not known. */
  readonly idleMs: number | undefined;
  /** The annotation for it, and what is to be written there. */
  readonly idle: { readonly name: string; readonly value: string } | undefined;
}

export const CONTROLLERS: readonly Controller[] = [
  {
    name: "ingress-nginx",
    prefix: "nginx.ingress.kubernetes.io/",
    idleMs: 60_000,
    idle: { name: "proxy-read-timeout", value: '"3600"' },
  },
  {
    name: "NGINX Ingress Controller",
    prefix: "nginx.org/",
    idleMs: 60_000,
    idle: { name: "proxy-read-timeout", value: '"3600s"' },
  },
  { name: "Traefik", prefix: "traefik.ingress.kubernetes.io/", idleMs: undefined, idle: undefined },
  {
    name: "HAProxy Kubernetes Ingress",
    prefix: "haproxy.org/",
    idleMs: 3_600_000,
    idle: { name: "timeout-tunnel", value: '"1h"' },
  },
  {
    name: "HAProxy Ingress",
    prefix: "haproxy-ingress.github.io/",
    idleMs: 3_600_000,
    idle: { name: "timeout-tunnel", value: '"1h"' },
  },
  {
    name: "AWS Load Balancer Controller",
    prefix: "alb.ingress.kubernetes.io/",
    idleMs: 60_000,
    idle: { name: "load-balancer-attributes", value: "idle_timeout.timeout_seconds=3600" },
  },
];

const CLASSES: Readonly<Record<string, string>> = {
  traefik: "Traefik",
  haproxy: "HAProxy Kubernetes Ingress",
  alb: "AWS Load Balancer Controller",
};

/** The program that an Ingress is for: by its annotations, or else by its class. `nginx` alone is the name of two. */
export function controllerOf(annotations: Node | undefined, className: string): Controller | undefined {
  const names = (annotations?.entries ?? []).map(([name]) => name);
  const byAnnotation = CONTROLLERS.find(({ prefix }) => names.some((name) => name.startsWith(prefix)));
  if (byAnnotation) return byAnnotation;
  const named = lookup(CLASSES, className) ?? (className === "nginx" ? "ingress-nginx" : undefined);
  return CONTROLLERS.find(({ name }) => name === named);
}

/** What a controller makes of a handshake, or why it carries none. */
export type Carried =
  | {
      readonly request: RequestHead;
      readonly by?: Node;
      readonly mend?: Pick<Seen, "fix"> & { readonly name: string; readonly value: string };
    }
  | { readonly lost: string; readonly by: Node; readonly fix: string };

/** Annotations that change what goes on. */
export function carried(
  controller: Controller,
  annotations: Node | undefined,
  request: RequestHead,
  service: string,
): Carried {
  const get = (name: string) => annotations?.entries.find(([key]) => key === controller.prefix + name)?.[1];
  const protocol = get("backend-protocol") ?? get("backend-protocol-version");
  if (protocol && /^(?:GRPCS?|FCGI|HTTP2|H2C?)$/i.test(protocol.text ?? ""))
    return {
      lost: `is not passed on as HTTP/1.1: ${protocol.text} carries no upgrade`,
      by: protocol,
      fix: "Give the sockets an Ingress of their own, whose backend speaks HTTP.",
    };
  if (controller.prefix === "nginx.org/") {
    const services = get("websocket-services");
    const named = (services?.text ?? "").split(",").map((one) => one.trim());
    if (!named.includes(service)) {
      const value = [...named.filter(Boolean), service].join(",");
      return {
        request: withoutUpgrade({ ...request, version: "1.1" }, "close"),
        ...(services && { by: services }),
        mend: { fix: "Name the service in this annotation.", name: "websocket-services", value: `"${value}"` },
      };
    }
  }
  const version = get("proxy-http-version");
  const connection = get("connection-proxy-header");
  const host = get("upstream-vhost");
  const edited = [
    ...(connection ? [["Connection", connection] as const] : []),
    ...(host ? [["Host", host] as const] : []),
  ].reduce(
    (head, [name, node]) => withHeader(head, name, node.text),
    version?.text === "1.0" ? { ...request, version: "1.0" } : request,
  );
  const by = version?.text === "1.0" ? version : (connection ?? host);
  return { request: edited, ...(by && { by }) };
}

/** After how much silence a controller cuts, as its annotations say. */
export function patienceOf(
  { prefix, idleMs, idle }: Controller,
  annotations: Node | undefined,
): { readonly ms: number | undefined; readonly by: Node | undefined } {
  const by = idle && annotations?.entries.find(([key]) => key === prefix + idle.name)?.[1];
  const text = /idle_timeout\.timeout_seconds=(\d+)/.exec(by?.text ?? "")?.[1] ?? by?.text;
  return { ms: (text === undefined ? undefined : milliseconds(text, "s")) ?? idleMs, by };
}
