import type { Decision, SocketDefinition, UpgradeContext, UpgradeResult } from "../core/contract/definition.ts";
import { createdAt } from "../core/contract/logical-clock.ts";
import type { CloseEvent, Socket } from "../core/contract/socket.ts";
import { awaitable } from "../core/contract/thenable.ts";
import { parseResult } from "../core/upgrade/result.ts";
import { type ConnectionOptions, connectionDefinition } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { IncomingRequest } from "./incoming-message.ts";
import { EMITTED } from "./listeners.ts";
import type { SocketView } from "./socket-view.ts";

/** What libraries set on a server of `ws`. */
export interface ServerOptions {
  /** Chooses one of the subprotocols that a client offers, or none by false; asked before the definition's `upgrade`. */
  handleProtocols?: ((protocols: Set<string>, request: Request) => string | false) | undefined;
}

/** What tools for the server of `ws` use of it. */
export interface ServerFace extends Emitter {
  /** The sockets that are open in this process or isolate. */
  readonly clients: Set<SocketView>;
  /** What libraries set: `handleProtocols`. */
  readonly options: ServerOptions;
  /** Takes no more sockets, which are answered 503; `callback` is called when the last that is open has gone. */
  close(callback?: (error?: Error) => void): void;
  /** Calls what listens to an event; says whether anything does. */
  emit(type: string, ...args: readonly unknown[]): boolean;
  /** It has none: a host listens. */
  address(): null;
}

/** A definition with the face of a server of `ws`. */
export type WebSocketServer<State = unknown, Env = unknown> = Omit<SocketDefinition<State, Env>, "close"> &
  ServerFace & { close(socket: Socket<State, Env>, event: CloseEvent): unknown };

/**
 * A definition that tools for the server of `ws` take: `on("connection", (ws, request) => …)`, `clients`, `close`. It listens to no port: give it
 * to a host, or to a route. `request` is what Node's libraries read: `headers`, `url`, `socket.remoteAddress`. Throws a TypeError or RangeError
 * for options that make no sense.
 */
export function webSocketServer<State = unknown, Env = unknown>(
  options: ConnectionOptions<State, Env>,
): WebSocketServer<State, Env> {
  return new Server(options as unknown as ConnectionOptions) as unknown as WebSocketServer<State, Env>;
}

class Server extends Emitter {
  readonly clients: Set<SocketView> = new Set();
  readonly options: ServerOptions = {};
  readonly #hook: SocketDefinition["close"];
  #closing: ((error?: Error) => void)[] | undefined;

  constructor(options: ConnectionOptions) {
    super();
    const definition = connectionDefinition(
      { ...options, upgrade: (request, context) => this.#decide(options.upgrade, request, context) },
      { open: (view, socket) => this.#open(view, socket), closed: (view) => this.#left(view) },
    );
    const { close, ...rest } = definition;
    Object.assign(this, rest);
    this.#hook = close;
    createdAt(this);
  }

  /** The server's `close`, for who uses it, and the definition's hook: a host calls that with a socket and how it closed. */
  close(...args: [callback?: (error?: Error) => void] | [socket: Socket, event: CloseEvent]): unknown {
    const [first, event] = args;
    if (event !== undefined) return this.#hook?.(first as Socket, event);
    this.#closing ??= [];
    if (typeof first === "function") this.#closing.push(first as () => void);
    queueMicrotask(() => this.#emptied());
    return undefined;
  }

  address(): null {
    return null;
  }

  emit(type: string, ...args: readonly unknown[]): boolean {
    for (const promise of this.listening.emit(this, type, EMITTED, args)) promise.then(undefined, () => {});
    return this.listenerCount(type) > 0;
  }

  #open(view: SocketView, socket: Socket): unknown {
    this.clients.add(view);
    const promised = this.listening.emit(this, "connection", EMITTED, [view, new IncomingRequest(socket)]);
    return promised.length > 0 ? Promise.all(promised) : undefined;
  }

  #left(view: SocketView): void {
    this.clients.delete(view);
    this.#emptied();
  }

  #emptied(): void {
    if (!this.#closing || this.clients.size > 0) return;
    for (const callback of this.#closing.splice(0)) callback();
    this.emit("close");
  }

  #decide(
    upgrade: ConnectionOptions["upgrade"],
    request: Request,
    context: UpgradeContext,
  ): UpgradeResult<unknown> | Promise<UpgradeResult<unknown>> {
    if (this.#closing) return new Response("the server is closing", { status: 503 });
    const protocol = this.#protocolOf(request);
    const chosen = (result: unknown) => choosing(result, protocol);
    const result: unknown = upgrade?.(request, context);
    return awaitable(result) ? Promise.resolve(result).then(chosen) : chosen(result);
  }

  #protocolOf(request: Request): string | undefined {
    const offered = request.headers.get("sec-websocket-protocol");
    const names = offered?.split(",").map((name) => name.trim()) ?? [];
    return (names.length > 0 && this.options.handleProtocols?.(new Set(names), request)) || undefined;
  }
}

/** A decision with the subprotocol that a library chose, unless it names another. */
function choosing(result: unknown, protocol: string | undefined): UpgradeResult<unknown> {
  const what = parseResult(result);
  if (what.kind !== "decision" || protocol === undefined) return result as Response;
  const decision: Decision = { protocol, ...what.decision };
  return decision as UpgradeResult<unknown>;
}
