import type { SocketDefinition } from "../contract/definition.ts";
import type { HandshakeSeen } from "../contract/observer.ts";
import { parseExtensions, parseSubprotocols } from "../protocol/headers.ts";
import type { HandshakeRequest } from "./validate.ts";

/** What may be told of a request: an allow-list, since tokens travel in paths, queries, cookies and subprotocols. */
export function handshakeSeen(
  { protocols = [] }: SocketDefinition,
  { headers, httpVersion, remoteAddress }: HandshakeRequest & { readonly remoteAddress: string },
  route: string | undefined,
  ms: number,
): HandshakeSeen {
  const header = (name: string) => headers.get(name) ?? undefined;
  const offered = parseSubprotocols(headers.get("sec-websocket-protocol")) ?? [];
  const extensions = parseExtensions(headers.get("sec-websocket-extensions")) ?? [];
  return {
    remoteAddress,
    route,
    httpVersion,
    userAgent: header("user-agent"),
    via: header("via"),
    forwarded: header("forwarded") ?? header("x-forwarded-for"),
    traceparent: header("traceparent"),
    tracestate: header("tracestate"),
    offered: offered.filter((name) => protocols.includes(name)),
    extensions: extensions.map(({ name }) => name),
    ms,
  };
}
