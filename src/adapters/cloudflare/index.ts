import type { Observer } from "../../core/contract/observer.ts";
import { checkNames } from "../../core/contract/option-names.ts";
import { type ExecutionContext, serveAttempt, type Target, useTarget } from "../../core/upgrade/serve.ts";
import { hostObserver, isAskedOfProcess } from "../shared/host-observer.ts";
import { type Middleware, type MiddlewareContext, middleware } from "../shared/middleware.ts";
import { WorkerHost } from "./host.ts";
import type { RoomMap } from "./places.ts";
import { locateRooms } from "./rooms.ts";

export type { Middleware, MiddlewareContext } from "../shared/middleware.ts";
export {
  type DurableRoom,
  type DurableRoomClass,
  type DurableRoomOptions,
  durableRoom,
  type ObjectRoom,
  type ObjectSocket,
} from "./durable-object.ts";
export type { RoomMap, RoomPlace } from "./places.ts";

/** Options of {@link worker} and {@link sockets}. */
export interface WorkerOptions {
  /**
   * Where each definition's rooms live, by its name: a Durable Object binding such as `"CHAT"`, or `"isolate"`: no object,
   * and each isolate has rooms of its own, which other isolates' sockets don't hear. `placed({ binding: "CHAT", shards: 16 })` of `onesocket/cloudflare/shards` spreads each room's sockets
   * over so many objects. A definition that is not here is refused.
   */
  readonly rooms?: RoomMap | undefined;
  /** Told what an operator may want to know. Default: what was refused or failed, with what to change, goes to the console. */
  readonly observe?: Observer | undefined;
  /**
   * Prints each message, event and decision to the console: nothing of what is in them, no URL, no header. Default: whether
   * `process.env` has `ONESOCKET_DEBUG=1`, which it can under `nodejs_compat`.
   */
  readonly debug?: boolean | undefined;
}

/** A Worker's `fetch`, to be exported; spread it to add `scheduled`, `queue` and the like. */
export interface WorkerHandler<Env = unknown> {
  fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response>;
}

/**
 * Serves one definition on every path, or an app whose routes decide:
 * `export default worker(app, { rooms: { chat: "CHAT" } })`. Throws a TypeError for a target that is neither, for a name that
 * stands for another definition in use, and for options that there are none of; what can't be in `rooms` is a TypeError or RangeError.
 */
export function worker<Env>(target: Target<Env>, options: WorkerOptions = {}): WorkerHandler<Env> {
  const host = hostOf(options, "worker");
  useTarget(target);
  return {
    async fetch(request, env, context) {
      const attempt = host.attempt(request, env, (promise) => context.waitUntil(promise));
      return host.respond(await serveAttempt(target, attempt, env, context), request, attempt);
    },
  };
}

/**
 * Upgrades for an app that is exported bare. It has to be the outermost middleware: `app.use(sockets({ rooms: { chat: "CHAT" } }))`.
 * Throws a TypeError for options that there are none of.
 */
export function sockets(options: WorkerOptions = {}): Middleware {
  const host = hostOf(options, "sockets");
  return middleware({
    attempt: (c) => host.attempt(c.req.raw, c.env, (promise) => c.executionCtx.waitUntil(promise)),
    respond: (outcome, { req }, attempt) => host.respond(outcome, req.raw, attempt),
    contextOf,
  });
}

/** Under `app.request()` there is none, and Hono's getter throws. */
function contextOf(c: MiddlewareContext): ExecutionContext | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}

const OPTIONS: readonly (keyof WorkerOptions)[] = ["rooms", "observe", "debug"];

/** `of`: the function that the options were given to. */
function hostOf(options: WorkerOptions, of: string): WorkerHost {
  checkNames(options, OPTIONS, of);
  const { rooms = {} } = options;
  const observe = hostObserver(options, isAskedOfProcess);
  locateRooms(rooms);
  return new WorkerHost(rooms, observe);
}
