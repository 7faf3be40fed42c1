import type { Context, Env as HonoEnv, Input, Next, TypedResponse } from "hono";
import { routePath } from "hono/route";
import type { StatusCode } from "hono/utils/http-status";
import { type UpgradeWebSocket, WSContext, type WSEvents } from "hono/ws";
import {
  CLOSURE,
  type Decision,
  defineSocket,
  type SocketDefinition,
  type SocketOptions,
} from "../../core/contract/definition.ts";
import type { Message, Socket, CloseEvent as SocketCloseEvent } from "../../core/contract/socket.ts";
import { type Exchange, exchangeFor, withoutHost } from "../../core/upgrade/exchange.ts";
import { isHandshakeAttempt } from "../../core/upgrade/validate.ts";
import { platform } from "../shared/platform.ts";

/** What a route answers with: `hc` offers `$ws` for a GET route of this type. */
export type UpgradeResponse = Response & TypedResponse<unknown, StatusCode, "ws">;

/**
 * Decides a route's WebSocket request; the host opens the socket after the app has returned, if this is still the
 * response then. Validates before anything else. `from` is the decision, but for what the definition's `upgrade` returns.
 * What was set through `c.header()` is on the 101. Without a host the answer is 500 `NO_HOST`.
 */
export async function upgrade<
  State,
  Env,
  From,
  E extends HonoEnv & { Bindings?: Env },
  Path extends string,
  I extends Input,
>(
  c: Context<E, Path, I>,
  definition: SocketDefinition<State, Env, From>,
  from?: Decision<NoInfer<From>>,
): Promise<UpgradeResponse> {
  const exchange = exchangeOf(c);
  const response = exchange
    ? await exchange.decide(definition, from, routePath(c))
    : withoutHost(definition, c.req.raw);
  // A native 101 can't be made anew.
  return (response.status === 101 ? response : dressed(c, response)) as UpgradeResponse;
}

/**
 * Puts on a response what `c.header()` set before, as Hono does with responses of its own making: what the response says itself
 * stands, and cookies add up. In place, since Bun 1.4.5 (2026-11) loses the implied content type of a text that is copied.
 */
function dressed(c: Context, response: Response): Response {
  const result = changeable(response);
  const own = result.headers.getSetCookie();
  for (const [name, value] of c.newResponse(null).headers) {
    if (name === "set-cookie") result.headers.append(name, value);
    else if (name !== "content-type" && !result.headers.has(name)) result.headers.set(name, value);
  }
  if (own.length > 0) lastCookies(result.headers, own);
  return result;
}

/** The response, or a copy where its headers can't be changed, as those of a fetched one. */
function changeable(response: Response): Response {
  try {
    response.headers.delete("onesocket-none");
    return response;
  } catch {
    return new Response(response.body, response);
  }
}

/** A browser takes the last of two cookies of one name. */
function lastCookies(headers: Headers, last: readonly string[]): void {
  const first = headers.getSetCookie().slice(last.length);
  headers.delete("set-cookie");
  for (const cookie of [...first, ...last]) headers.append("set-cookie", cookie);
}

/** What {@link upgradeWebSocket} takes beside the handlers; each as in {@link SocketOptions}. */
export type ClosureOptions = Pick<
  SocketOptions,
  "protocols" | "requireProtocol" | "origins" | "strict" | "failures" | "heartbeat" | "limits"
>;

/**
 * Hono's own closure form, alike on every runtime. `createEvents` runs once the handshake is valid; a request without
 * any WebSocket header goes to the next handler. Handlers may be async, and run one at a time. Pages of other hosts are
 * refused unless `origins` lets them in. Its sockets have no rooms and don't hibernate: use a definition for that.
 */
export const upgradeWebSocket: UpgradeWebSocket<unknown, ClosureOptions> = ((
  ...args: [CreateEvents, ClosureOptions?] | [Context, WSEvents, ClosureOptions?]
) => (isMiddlewareForm(args) ? middleware(...args) : direct(...args))) as UpgradeWebSocket<unknown, ClosureOptions>;

type Events = WSEvents | Promise<WSEvents>;
type CreateEvents = (c: Context) => Events;

function isMiddlewareForm(args: readonly unknown[]): args is [CreateEvents, ClosureOptions?] {
  return typeof args[0] === "function";
}

function middleware(createEvents: CreateEvents, options?: ClosureOptions) {
  const rules = defineSocket({ ...options, name: CLOSURE });
  return (c: Context, next: Next) =>
    isHandshakeAttempt(c.req.raw.headers) ? upgradeClosure(c, rules, () => createEvents(c)) : next();
}

function direct(c: Context, events: WSEvents, options?: ClosureOptions): Promise<UpgradeResponse> {
  return upgradeClosure(c, defineSocket({ ...options, name: CLOSURE }), () => events);
}

/** An error that `createEvents` throws goes to the app's `onError`, as it does with Hono's own helpers. */
async function upgradeClosure(
  c: Context,
  rules: SocketDefinition,
  createEvents: () => Events,
): Promise<UpgradeResponse> {
  const failed: Error[] = [];
  const response = await upgrade(
    c,
    closure(rules, async () => {
      try {
        return await createEvents();
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        failed.push(error);
        throw new Response(null, { status: 500 });
      }
    }),
  );
  if (failed[0]) throw failed[0];
  return response;
}

/** One request's definition. Its room is its own, so that strangers never share one. */
function closure(rules: SocketDefinition, createEvents: () => Promise<WSEvents>): SocketDefinition {
  let events: WSEvents;
  let ws: WSContext;
  return {
    ...rules,
    async upgrade() {
      events = await createEvents();
      return { room: platform.randomId() };
    },
    open(socket) {
      ws = contextOf(socket);
      return events.onOpen?.(new Event("open"), ws);
    },
    message: (_, data) => events.onMessage?.(messageEvent(data, ws.binaryType), ws),
    close: (_, event) => events.onClose?.(closeEvent(event), ws),
    error(_, error) {
      if (!events.onError) throw error;
      return events.onError(errorEvent(error), ws);
    },
  };
}

function contextOf(socket: Socket): WSContext {
  return new WSContext({
    raw: socket.raw,
    url: socket.url,
    protocol: socket.protocol,
    get readyState() {
      return socket.readyState;
    },
    send: (data) => void socket.send(data),
    close: (code, reason) => socket.close(code, reason),
  });
}

/** Binary data is an ArrayBuffer, as with most of Hono's helpers, or a Blob if `ws.binaryType` asks for one. */
function messageEvent(data: Message, binaryType: BinaryType): MessageEvent<string | ArrayBuffer | Blob> {
  const binary = (bytes: Uint8Array<ArrayBuffer>) => (binaryType === "blob" ? new Blob([bytes]) : bytes.buffer);
  return new MessageEvent("message", { data: typeof data === "string" ? data : binary(data) });
}

/** Node 22 has no CloseEvent, and Node no ErrorEvent: an Event with their fields is the same everywhere. */
function closeEvent({ code, reason, wasClean }: SocketCloseEvent): CloseEvent {
  return Object.assign(new Event("close"), { code, reason, wasClean });
}

function errorEvent(error: unknown): Event {
  return Object.assign(new Event("error"), { error, message: error instanceof Error ? error.message : String(error) });
}

type RouteContext = { readonly req: { readonly raw: Request }; readonly executionCtx: object };

/** `app.mount` replaces the request, and leaves the execution context. */
function exchangeOf(c: RouteContext): Exchange | undefined {
  return exchangeFor(c.req.raw, executionContextOf(c));
}

function executionContextOf(c: RouteContext): object | undefined {
  try {
    return c.executionCtx;
  } catch {
    // Hono's getter throws where there is none.
    return undefined;
  }
}
