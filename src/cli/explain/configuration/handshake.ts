import type { Header } from "../../doctor/answer.ts";
import type { RequestHead } from "../http/request-head.ts";

/** The key of a handshake that is sent to look what comes of it. */
export const KEY = "AQIDBAUGBwgJCgsMDQ4PEA==";

/** Stands for a value that depends on what is not known. */
export const UNKNOWN = "(unknown)";

/** What is asked of a configuration: a handshake for a path. */
export interface Asked {
  /** With its query. */
  readonly path: string;
  /** As the client sends it, with its port. */
  readonly host: string;
  /** Whether it comes over TLS; undefined where that is not known. */
  readonly secure?: boolean | undefined;
}

/** The handshake that a browser sends. */
export function handshakeFor({ path, host, secure }: Asked): RequestHead {
  return {
    method: "GET",
    target: path,
    version: "1.1",
    headers: [
      { name: "Host", value: host },
      { name: "Connection", value: "Upgrade" },
      { name: "Upgrade", value: "websocket" },
      { name: "Origin", value: `${secure ? "https" : "http"}://${host}` },
      { name: "Sec-WebSocket-Version", value: "13" },
      { name: "Sec-WebSocket-Key", value: KEY },
    ],
  };
}

/** A request with a header set to a value, or without it. */
export function withHeader(request: RequestHead, name: string, value: string | undefined): RequestHead {
  const rest = request.headers.filter((header) => header.name.toLowerCase() !== name.toLowerCase());
  const added: readonly Header[] = value === undefined ? [] : [{ name, value }];
  return { ...request, headers: [...rest, ...added] };
}

/** What is left of a handshake by a proxy that takes part in no upgrade. */
export function withoutUpgrade(request: RequestHead, connection?: string): RequestHead {
  return withHeader(withHeader(request, "Upgrade", undefined), "Connection", connection);
}

/** A path without its query. */
export function bare(path: string): string {
  return path.replace(/[?#].*$/s, "");
}

/** What a client of a host in a rule sends: of what is no name, such as `<fqdn>`, and of none, an example's; `*.` is any. */
export function hostOfRule(rule: string | undefined): string {
  const name = rule?.replace(/^\*\./, "app.") ?? "";
  return /^[\w-]+(?:\.[\w-]+)*$/.test(name) ? name : "app.example.com";
}

/** A host without its port. */
export function nameOfHost(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

/** The port in a host; undefined for none. */
export function portOf(host: string): number | undefined {
  const digits = /:(\d+)$/.exec(host)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
