import type { SocketDefinition } from "../../core/contract/definition.ts";
import { type Outcome, release, type Switching } from "../../core/upgrade/outcome.ts";
import { sendable } from "../../core/upgrade/sendable.ts";
import { FetchHost } from "../shared/fetch-host.ts";
import { platform } from "../shared/platform.ts";
import type { DenoInfo, DenoNamespace } from "../shared/runtime-types.ts";
import { DenoTransport } from "./transport.ts";

declare const Deno: DenoNamespace;

/**
 * Milliseconds that a socket keeps its place until it opens. Deno 2.9.5 (2026-11) upgrades a client that has gone a moment before too,
 * and the socket then stays CONNECTING, without any event.
 */
const OPENING_MS = 1000;

/** The host of a server of Deno's. */
export class DenoHost extends FetchHost<Partial<DenoInfo> | undefined> {
  protected peerOf(_: Request, info: Partial<DenoInfo> | undefined): string | undefined {
    return info?.remoteAddr?.hostname;
  }

  protected override respond(outcome: Outcome, request: Request, info: Partial<DenoInfo> | undefined): Response {
    return sendable(super.respond(outcome, request, info) as Response, this.observe);
  }

  /** The response must be returned: Deno 2.9.5 (2026-11) ends the process otherwise. */
  protected open(decided: Switching, request: Request): Response {
    const { headers, definition, snapshot } = decided;
    try {
      const { socket, response } = Deno.upgradeWebSocket(request, idleTimeout(definition));
      for (const [name, value] of headers ?? []) response.headers.append(name, value);
      // Deno 2.9.5 (2026-11) takes a `protocol` option only from a list that is separated with ", ".
      if (snapshot.protocol) response.headers.set("sec-websocket-protocol", snapshot.protocol);
      new DenoTransport(socket, decided, this);
      if (decided.kind === "accept" && decided.place) platform.after(OPENING_MS, () => release(decided));
      return response;
    } catch (error) {
      return this.refused(decided, false, `${error}. A request is upgraded once, while its client is there`);
    }
  }
}

/** Deno 2.9.5 (2026-11) pings at half of `idleTimeout`, in seconds, and cuts a peer that does not answer; by default at 15. */
function idleTimeout({ heartbeat }: SocketDefinition): { idleTimeout?: number } {
  if (!heartbeat) return { idleTimeout: 0 };
  return heartbeat.asked ? { idleTimeout: Math.ceil((heartbeat.everyMs + heartbeat.timeoutMs) / 1000) } : {};
}
