import type { Context, Next } from "hono";
import { type UpgradeWebSocket, WSContext, type WSEvents } from "hono/ws";
import {
  CLOSURE,
  isDefinition,
  makeDefinition,
  type SocketDefinition,
  type SocketOptions,
} from "../../core/contract/definition.ts";
import { describe } from "../../core/contract/describe.ts";
import { checkNames } from "../../core/contract/option-names.ts";
import type { Message, Socket } from "../../core/contract/socket.ts";
import { isHandshakeAttempt } from "../../core/upgrade/validate.ts";
import { closeEvent, errorEvent } from "../../ws/events.ts";
import { SocketView } from "../../ws/socket-view.ts";
import { platform } from "../shared/platform.ts";
import { routeOf } from "./route-path.ts";
import { type UpgradeResponse, upgrade } from "./upgrade.ts";

/** What {@link upgradeWebSocket} takes beside the handlers; each as in {@link SocketOptions}. */
export type ClosureOptions = Pick<
  SocketOptions,
  "protocols" | "requireProtocol" | "origins" | "strict" | "failures" | "heartbeat" | "limits"
>;

/**
 * Hono's own closure form, alike on every runtime. `createEvents` runs once the handshake is valid; a request without
 * any WebSocket header goes to the next handler. Handlers may be async, and run one at a time. Pages of other hosts are
 * refused unless `origins` lets them in. Its sockets have no rooms and don't hibernate: use a definition for that.
 * Throws a TypeError for what is no function, such as a definition.
 */
export const upgradeWebSocket: UpgradeWebSocket<unknown, ClosureOptions> = ((
  ...args: [CreateEvents, ClosureOptions?] | [Context, WSEvents, ClosureOptions?]
) => {
  if (isMiddlewareForm(args)) return middleware(...args);
  if (typeof (args[0] as Partial<Context> | undefined)?.req !== "object") throw noHandlers(args[0]);
  return direct(...args);
}) as UpgradeWebSocket<unknown, ClosureOptions>;

type Events = WSEvents | Promise<WSEvents>;
type CreateEvents = (c: Context) => Events;

function isMiddlewareForm(args: readonly unknown[]): args is [CreateEvents, ClosureOptions?] {
  return typeof args[0] === "function";
}

const OPTIONS = Object.keys({
  protocols: true,
  requireProtocol: true,
  origins: true,
  strict: true,
  failures: true,
  heartbeat: true,
  limits: true,
} satisfies Record<keyof ClosureOptions, true>);

/** Throws a TypeError or RangeError for options that make no sense. */
function definitionOf(options: ClosureOptions | undefined): SocketDefinition {
  checkNames(options, OPTIONS, "upgradeWebSocket");
  return makeDefinition({ ...options, name: CLOSURE });
}

function middleware(createEvents: CreateEvents, options?: ClosureOptions) {
  const defined = definitionOf(options);
  const rules = { ...defined, counted: defined };
  return (c: Context, next: Next) =>
    isHandshakeAttempt(c.req.raw.headers) ? upgradeClosure(c, rules, () => createEvents(c)) : next();
}

function direct(c: Context, events: WSEvents, options?: ClosureOptions): Promise<UpgradeResponse> {
  const rules = { ...definitionOf(options), counted: `${CLOSURE} ${routeOf(c)}` };
  return upgradeClosure(c, rules, () => events);
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
        const events = await createEvents();
        if (typeof events !== "object" || events === null || isDefinition(events)) throw noHandlers(events);
        return events;
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

function noHandlers(given: unknown): TypeError {
  const told = `upgradeWebSocket takes a function that returns handlers such as { onMessage }, not ${describe(given)}`;
  return new TypeError(isDefinition(given) ? `${told}: in the route, return upgrade(c, definition)` : told);
}

/** One request's definition. Its room is its own, so that strangers never share one. */
function closure(rules: SocketDefinition, createEvents: () => Promise<WSEvents>): SocketDefinition {
  let events: WSEvents;
  let ws: WSContext;
  let view: SocketView | undefined;
  return {
    ...rules,
    async upgrade() {
      events = await createEvents();
      return { room: platform.randomId() };
    },
    open(socket) {
      view = hasSend(socket.raw) ? undefined : new SocketView(socket);
      ws = contextOf(socket, view ?? socket.raw);
      return events.onOpen?.(new Event("open"), ws);
    },
    message: (_, data) => both(view?.received(data), events.onMessage?.(messageEvent(data, ws.binaryType), ws)),
    close(_, event) {
      view?.closed(event);
      return events.onClose?.(closeEvent(event), ws);
    },
    error(_, error) {
      if (!events.onError) throw error;
      return events.onError(errorEvent(error), ws);
    },
  };
}

/** Whether the runtime's own socket is a WebSocket: Node's is one of TCP, or a stream of HTTP/2. */
function hasSend(raw: unknown): boolean {
  return typeof (raw as { send?: unknown } | undefined)?.send === "function";
}

/** Binary data is an ArrayBuffer, as with most of Hono's helpers, or a Blob if `ws.binaryType` asks for one. */
function messageEvent(data: Message, binaryType: BinaryType): MessageEvent<string | ArrayBuffer | Blob> {
  const binary = (bytes: Uint8Array<ArrayBuffer>) => (binaryType === "blob" ? new Blob([bytes]) : bytes.buffer);
  return new MessageEvent("message", { data: typeof data === "string" ? data : binary(data) });
}

/** What the hooks of two parties return, as one. */
function both(first: Promise<unknown> | undefined, second: unknown): unknown {
  return first ? Promise.all([first, second]) : second;
}

function contextOf(socket: Socket, raw: unknown): WSContext {
  return new WSContext({
    raw,
    url: socket.url,
    protocol: socket.protocol,
    get readyState() {
      return socket.readyState;
    },
    send: (data) => void socket.send(data),
    close: (code, reason) => socket.close(code, reason),
  });
}
