import type { Drainable } from "../../core/contract/drained.ts";
import type { HostArguments, Target } from "../../core/upgrade/serve.ts";
import type { FetchHostOptions } from "../shared/fetch-host.ts";
import type { Middleware } from "../shared/middleware.ts";
import type { DenoInfo } from "../shared/runtime-types.ts";
import { DenoHost } from "./host.ts";

export type { Drainable, Drained, DrainOptions } from "../../core/contract/drained.ts";

/** Options of {@link deno} and {@link sockets}. */
export type DenoOptions<Env = unknown> = FetchHostOptions<Env>;

/** What `deno serve` takes; its `fetch` is what `Deno.serve` takes. */
export interface DenoHandler extends Drainable {
  fetch(request: Request, info: DenoInfo): Promise<Response>;
}

/**
 * Serves a definition, or an app whose routes decide: `export default deno(chat)`, or `Deno.serve(deno(chat).fetch)`.
 * Throws a TypeError for a target that is neither, for a name that stands for another definition in use, for options that there are
 * none of, and for `proxies` that `trustProxies` has not made.
 */
export function deno<Env>(target: Target<Env>, ...[options = {}]: HostArguments<DenoOptions<Env>, Env>): DenoHandler {
  const host = new DenoHost(options, "deno");
  host.use(target);
  return {
    drain: host.drain,
    async fetch(request, info) {
      const appEnv = { remoteAddr: info?.remoteAddr, ...options.env };
      return (await host.serve(target, request, info, appEnv)) as Response;
    },
  };
}

/**
 * Opens the sockets of an app that is exported bare, or given to `Deno.serve` as `app.fetch`: `app.use(sockets())`
 * before every other middleware. Throws a TypeError for options that there are none of.
 */
export function sockets<Env>(options: DenoOptions<Env> = {}): Middleware & Drainable {
  // Deno gives its `info` to an app's `fetch` as its environment.
  return new DenoHost(options, "sockets").middleware((env) => env as Partial<DenoInfo> | undefined);
}
