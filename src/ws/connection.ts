import { defineSocket, type SocketDefinition, type SocketOptions } from "../core/contract/definition.ts";
import { describe } from "../core/contract/describe.ts";
import type { Room, Socket } from "../core/contract/socket.ts";
import { carriedBy, requestOf } from "./opening.ts";
import type { SocketView } from "./socket-view.ts";
import { hooksOf, type ViewHooks } from "./view-hooks.ts";

/** What {@link fromConnection} and `webSocketServer` take: as in `defineSocket`, but for what a library does instead. */
export interface ConnectionOptions<State = unknown, Env = unknown>
  extends Omit<SocketOptions<State, Env>, "open" | "message" | "close" | "methods" | "notifications" | "history"> {
  /**
   * Whether a Durable Object may sleep while such sockets are open. What a library knows of a socket is in memory, and is gone when the
   * object wakes: the socket is closed with 1012 at its next message, unless `wake` restores it. False keeps the object awake, which is
   * billed by the second. Default true.
   */
  readonly hibernate?: boolean | undefined;
}

/** What {@link fromConnection} gives beside the socket and its request. */
export interface ConnectionContext<State = unknown, Env = unknown> {
  /** Unique among all sockets of a definition. */
  readonly id: string;
  /** The host's environment. */
  readonly env: Env;
  /** What `upgrade` or the route decided. */
  readonly state: State;
  /** The room that the decision named: `room.send` reaches its other sockets. */
  readonly room: Room;
  /** The client's IP address, as far as it is known and believed; else "". */
  readonly remoteAddress: string;
  /** Aborts when the socket is gone. */
  readonly signal: AbortSignal;
  /** Keeps the process, request or object alive for background work. Its failure is told as the event `error`. */
  waitUntil(work: PromiseLike<unknown>): void;
}

/** Options of {@link fromConnection} alone. */
export interface WakingOptions<State = unknown, Env = unknown> extends ConnectionOptions<State, Env> {
  /** Takes a socket that woke from hibernation, as `connect` takes one that opened. The request is gone but for what `ws` tells. */
  wake?(ws: SocketView, context: ConnectionContext<State, Env>): unknown;
}

/**
 * A definition for a library that wants a WebSocket: `connect` is called with each socket that opens, which is the web's WebSocket and, as
 * far as libraries use it, that of `ws`. `request`: method, URL and headers of the handshake. What `connect` or a listener throws, or its promise
 * rejects with, goes to `error`, or closes the socket with 1011. Nothing waits for what `connect` promises, but that messages are held until it
 * has settled or listens to them. A request whose headers do not fit into `limits.stateBytes`, beside its state, is answered 431. Throws a TypeError or RangeError for options that make no sense.
 */
export function fromConnection<State = unknown, Env = unknown>(
  options: WakingOptions<State, Env>,
  connect: (ws: SocketView, request: Request, context: ConnectionContext<State, Env>) => unknown,
): SocketDefinition<State, Env> {
  if (typeof connect !== "function")
    throw new TypeError(`fromConnection takes a function (ws, request, context) => …, not ${describe(connect)}`);
  const { wake, ...rest } = options;
  return connectionDefinition(rest, {
    open: (view, socket) => connect(view, requestOf(socket), contextOf(socket)),
    wake: wake && ((view, socket) => wake(view, contextOf(socket))),
  });
}

/** The options that a library stands for: it listens to the sockets instead. */
const LIBRARY = ["open", "message", "close", "methods", "notifications", "history"] as const;

/** A definition of those options, whose sockets `hooks` are given. */
export function connectionDefinition<State, Env>(
  options: ConnectionOptions<State, Env>,
  hooks: Pick<ViewHooks, "open" | "wake" | "closed">,
): SocketDefinition<State, Env> {
  for (const name of LIBRARY)
    if (name in options)
      throw new TypeError(`a definition for a library has no option "${name}": listen to its sockets`);
  const { hibernate = true, ...rest } = options as unknown as ConnectionOptions;
  const made = hooksOf({ ...hooks, options: rest, awake: !hibernate });
  return defineSocket({ ...rest, ...made }) as never;
}

function contextOf<State, Env>(socket: Socket): ConnectionContext<State, Env> {
  const { id, env, room, remoteAddress } = socket;
  return {
    id,
    env: env as Env,
    state: carriedBy(socket).state as State,
    room,
    remoteAddress,
    get signal() {
      return socket.signal;
    },
    waitUntil: (work) => socket.waitUntil(work),
  };
}
