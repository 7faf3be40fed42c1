import { CLOSURE } from "../../core/contract/definition.ts";
import { failure } from "../../core/contract/failures.ts";
import { checkObserver, type Observer, tell } from "../../core/contract/observer.ts";
import { checkNames } from "../../core/contract/option-names.ts";
import { Exchange } from "../../core/upgrade/exchange.ts";
import type { Acceptance, Attempt, Outcome, RefusedOpen } from "../../core/upgrade/negotiate.ts";
import { refusal } from "../../core/upgrade/refusal.ts";
import { sendable } from "../../core/upgrade/sendable.ts";
import { type ExecutionContext, hostRefusal, serveAttempt, type Target, useTarget } from "../../core/upgrade/serve.ts";
import { cloudflareProfile } from "../../core/upgrade/validate.ts";
import { consoleObserver } from "../shared/console.ts";
import { platform } from "../shared/platform.ts";
import { switching } from "./answers.ts";
import { type SentSnapshot, writeSnapshot } from "./attachment.ts";
import { openInIsolate } from "./isolate.ts";
import { locateRooms, missingObject, objectOf, type RoomMap } from "./rooms.ts";
import { closeQuietly, socketPair } from "./socket.ts";

export {
  type DurableRoom,
  type DurableRoomClass,
  type DurableRoomOptions,
  durableRoom,
  type ObjectRoom,
} from "./durable-object.ts";
export type { RoomMap } from "./rooms.ts";

/** Options of {@link worker} and {@link sockets}. */
export interface WorkerOptions {
  /**
   * Where each definition's rooms live, by its name: a Durable Object binding such as `"CHAT"`, or `"isolate"`: no object,
   * and each isolate has rooms of its own, which other isolates' sockets don't hear. A definition that is not here is refused.
   */
  readonly rooms?: RoomMap | undefined;
  /** Told what an operator may want to know. Default: what was refused or failed, with what to change, goes to the console. */
  readonly observe?: Observer | undefined;
}

/** A Worker's `fetch`, to be exported; spread it to add `scheduled`, `queue` and the like. */
export interface WorkerHandler<Env = unknown> {
  fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response>;
}

/**
 * Serves one definition on every path, or an app whose routes decide:
 * `export default worker(app, { rooms: { chat: "CHAT" } })`. Throws a TypeError for a target that is neither, and for a name that
 * stands for another definition in use.
 */
export function worker<Env>(target: Target<Env>, options: WorkerOptions = {}): WorkerHandler<Env> {
  const { rooms, observe } = checked(options, "worker");
  useTarget(target);
  locateRooms(rooms);
  return {
    async fetch(request, env, context) {
      const attempt = attemptOf(request, env, { rooms, observe }, (promise) => context.waitUntil(promise));
      return respond(await serveAttempt(target, attempt, env, context), request, attempt, rooms);
    },
  };
}

/** What the middleware uses of a framework's context; Hono's is one. */
export interface MiddlewareContext {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
  readonly executionCtx: ExecutionContext;
  get res(): Response;
  set res(response: Response | undefined);
}

/** A middleware in the manner of Hono. */
export type SocketsMiddleware = (context: MiddlewareContext, next: () => Promise<void>) => Promise<void>;

/** Upgrades for an app that is exported bare. It has to be the outermost middleware: `app.use(sockets({ rooms: { chat: "CHAT" } }))`. */
export function sockets(options: WorkerOptions = {}): SocketsMiddleware {
  const { rooms, observe } = checked(options, "sockets");
  locateRooms(rooms);
  return async (context, next) => {
    const { env, req } = context;
    const attempt = attemptOf(req.raw, env, { rooms, observe }, (promise) => context.executionCtx.waitUntil(promise));
    const misaddressed = hostRefusal(attempt);
    if (misaddressed) {
      context.res = misaddressed;
      return;
    }
    const exchange = new Exchange(attempt, req.raw, executionContext(context));
    await exchange.during(next);
    const decided = exchange.settle(context.res);
    if (!decided) return;
    const response = await respond(decided, req.raw, attempt, rooms);
    // Hono copies a response that replaces another, and the copy has no socket: so nothing is replaced.
    context.res = undefined;
    context.res = response;
  };
}

const OPTIONS = Object.keys({ rooms: true, observe: true } satisfies Record<keyof WorkerOptions, true>);

function checked(options: WorkerOptions, of: string): { readonly rooms: RoomMap; readonly observe: Observer } {
  checkNames(options, OPTIONS, of);
  const { rooms = {}, observe = consoleObserver } = options;
  checkObserver(observe);
  return { rooms, observe };
}

/** Under `app.request()` Hono has none, and its getter throws. */
function executionContext(context: MiddlewareContext): ExecutionContext | undefined {
  try {
    return context.executionCtx;
  } catch {
    return undefined;
  }
}

function attemptOf(
  request: Request,
  env: unknown,
  { rooms, observe }: { readonly rooms: RoomMap; readonly observe: Observer },
  waitUntil: Attempt["waitUntil"],
): Attempt {
  const headers = servableHeaders(request.headers);
  return {
    method: request.method,
    url: request.url,
    headers,
    profile: cloudflareProfile(headers),
    remoteAddress: headers.get("cf-connecting-ip") ?? "",
    env,
    platform,
    observe,
    // Aborts only under the flag enable_request_signal.
    gone: request.signal,
    waitUntil,
    counting: ({ name }) => (isolated(name, rooms) ? "opened" : "elsewhere"),
    request: () => request,
  };
}

/** workerd, 2026-11: a 101 needs `Upgrade: websocket` exactly. A list is shown as what it comes to: not websocket. */
function servableHeaders(headers: Headers): Headers {
  const upgrade = headers.get("upgrade");
  if (!upgrade?.includes(",")) return headers;
  const shown = new Headers(headers);
  shown.set("upgrade", upgrade.replaceAll(",", ";"));
  return shown;
}

function respond(outcome: Outcome, request: Request, attempt: Attempt, rooms: RoomMap): Response | Promise<Response> {
  if (outcome.kind === "answer") return sendable(outcome.response, attempt.observe);
  // 499 never leaves the process: the client has gone.
  if (outcome.kind === "gone") return new Response(null, { status: 499 });
  if (outcome.kind === "refuse") return openRefused(outcome);
  if (!isolated(outcome.definition.name, rooms)) return openInObject(outcome, request, attempt, rooms);
  return openInIsolate(outcome, attempt);
}

function isolated(name: string, rooms: RoomMap): boolean {
  return name === CLOSURE || rooms[name] === "isolate";
}

/** Opens to close with a code. No object is made for it. */
function openRefused({ refusal, headers, snapshot }: RefusedOpen): Response {
  const { client, server } = socketPair();
  server.accept();
  closeQuietly(server, refusal.code, refusal.reason);
  return switching(client, headers, snapshot.protocol);
}

/** `cf` carries the decision: no client can set it, and a route that forwards its request by hand has none (R7). */
async function openInObject(
  accepted: Acceptance,
  request: Request,
  attempt: Attempt,
  rooms: RoomMap,
): Promise<Response> {
  const { definition, snapshot, headers } = accepted;
  const { env, observe } = attempt;
  const binding = rooms[definition.name];
  const object = objectOf(env, binding, snapshot.room);
  if (!object) {
    return refusal(
      definition,
      observe,
      failure("ROOMS_UNMAPPED", missingObject(definition.name, rooms, env)),
      attempt.headers,
    );
  }
  try {
    const { cf } = request as { cf?: Record<string, unknown> };
    const response = await object.fetch(request, {
      cf: { ...cf, onesocket: writeSnapshot<SentSnapshot>({ ...snapshot, definition: definition.name }) },
    });
    const { webSocket } = response as { webSocket?: unknown };
    return webSocket ? switching(webSocket, headers, snapshot.protocol) : response;
  } catch (error) {
    tell(observe, { type: "error", error, definition: definition.name });
    const { overloaded } = error as { overloaded?: boolean };
    return refusal(definition, observe, failure(overloaded ? "OVERLOADED" : "HANDLER_ERROR"), attempt.headers);
  }
}
