import type { Server } from "node:http";
import type { Http2SecureServer, Http2Server } from "node:http2";
import { isDefinition } from "../../core/contract/definition.ts";
import { shownWithPort } from "./options.ts";

/** The servers of Node whose handshakes can be taken. */
export type AnyServer = Server | Http2Server | Http2SecureServer;

/** How to get the server from what holds one, such as a framework. The member behind the dot is what it is recognised by. */
const LINES: readonly string[] = ["vite.httpServer", "app.getHttpServer()", "fastify.server", "server.listener"];

/** Throws a TypeError, with the line to write, for what is no server that has WebSockets. */
export function checkServer(server: unknown): void {
  const candidate = Object(server) as Record<string, unknown>;
  const has = (member: string) => typeof candidate[member] === "function";
  if (typeof server === "object" && ["on", "listen", "setTimeout"].every(has)) return;
  throw new TypeError(
    `attach takes a server of node:http, node:https or node:http2, not ${instead(server, candidate)}`,
  );
}

function instead(server: unknown, candidate: Record<string, unknown>): string {
  if (isDefinition(server)) return "a definition: the server comes first, attach(server, definition)";
  const line = LINES.find((text) => candidate[text.split(/\W/)[1]!]);
  if (line && typeof server === "object") return `what has one: attach(${line}, …)`;
  if (typeof candidate.listen === "function") {
    return "an app: const server = app.listen(3000); attach(server, …)";
  }
  if (typeof candidate.fetch === "function") return "an app: serve(app, …), or attach(server, app)";
  return shownWithPort(server);
}
