import { isDefinition } from "../../core/contract/definition.ts";
import type { Drainable } from "../../core/contract/drained.ts";
import { type Compression, checkCompression } from "../../core/protocol/deflate/compression.ts";
import type { FetchApp, HostArguments, Target } from "../../core/upgrade/serve.ts";
import type { FetchHostOptions } from "../shared/fetch-host.ts";
import type { Middleware } from "../shared/middleware.ts";
import type { BunServer, BunWebSocketHandler } from "../shared/runtime-types.ts";
import { ANSWERED, BunHost } from "./host.ts";
import { openWith, websocket } from "./websocket.ts";

export type { Drainable, Drained, DrainOptions } from "../../core/contract/drained.ts";
export { websocket } from "./websocket.ts";

/** Options of {@link bun}. */
export interface BunOptions<Env = unknown> extends FetchHostOptions<Env> {
  /**
   * Whether clients of an app's sockets may compress, `deflate()` of `onesocket/deflate`: Bun has one setting for all sockets of a server. A
   * definition that is served by itself decides by its own `compression`. Default false.
   */
  readonly compression?: Compression | false | undefined;
}

/** What `Bun.serve` takes. */
export interface BunHandler extends Drainable {
  fetch(request: Request, server: BunServer): Response | undefined | Promise<Response | undefined>;
  readonly websocket: BunWebSocketHandler;
}

/**
 * Serves a definition, or an app whose routes decide: `export default bun(chat)`, or spread into `Bun.serve` beside a
 * port. In an app, any message over 16 MiB closes with 1009: raise `websocket.maxPayloadLength` for more.
 * Throws a TypeError for a target that is neither, for a name that stands for another definition in use, for options that there are
 * none of, and for `proxies` and `compression` that `trustProxies` and `deflate` have not made.
 */
export function bun<Env>(target: Target<Env>, ...[options = {}]: HostArguments<BunOptions<Env>, Env>): BunHandler {
  checkCompression(options.compression);
  const host = new BunHost(options, "bun", ["compression"]);
  host.use(target);
  const own = isDefinition(target) ? target : undefined;
  const served = isDefinition(target) ? target : answering(target);
  return {
    drain: host.drain,
    fetch: (request, server) => host.serve(served, request, server, { ...options.env, server }),
    websocket: {
      ...websocket,
      open: openWith(host.observe),
      maxPayloadLength: Math.max(websocket.maxPayloadLength, own?.limits.messageBytes ?? 0),
      perMessageDeflate: deflateOf((own ?? options).compression),
      ...(own && !own.heartbeat && { idleTimeout: 0, sendPings: false }),
    },
  };
}

/**
 * Opens the sockets of an app that is exported bare: `app.use(sockets())` before every other middleware, and
 * `export default { fetch: app.fetch, websocket }`. Whether clients may compress is said beside it, as `deflate()` says it
 * by `websocket: { ...websocket, perMessageDeflate: { compress: "shared", decompress: "dedicated" } }`. Throws a TypeError for options that there are none of.
 */
export function sockets<Env>(options: FetchHostOptions<Env> = {}): Middleware & Drainable {
  return new BunHost(options, "sockets").middleware(serverOf);
}

/** Bun 1.4.5 (2026-11) answers unasked that it forgets, and that clients have to where their context is shared. */
function deflateOf(
  compression: Compression | false | undefined,
): NonNullable<BunWebSocketHandler["perMessageDeflate"]> {
  if (!compression) return false;
  const { serverNoContextTakeover, clientNoContextTakeover } = compression;
  return {
    compress: serverNoContextTakeover ? "shared" : "dedicated",
    decompress: clientNoContextTakeover ? "shared" : "dedicated",
  };
}

/** Bun gives the server to an app's `fetch` as its environment; a wrapper may have put it inside one. */
function serverOf(env: unknown): BunServer | undefined {
  const { server = env } = (env ?? {}) as { server?: unknown };
  return typeof (server as Partial<BunServer> | undefined)?.upgrade === "function" ? (server as BunServer) : undefined;
}

/** An app may return nothing when it has upgraded a request by itself, as Bun lets it. */
function answering(app: FetchApp): FetchApp {
  return { fetch: async (...given) => (await app.fetch(...given)) ?? ANSWERED };
}
