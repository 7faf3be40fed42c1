import type { Args, Methods, Notifications, ParamsOf, ResultOf } from "../client/types.ts";
import type { OtherOf } from "../core/contract/methods.ts";
import type { SocketEvent } from "../core/contract/observer.ts";
import type { CloseEvent, Message, Sendable } from "../core/contract/socket.ts";
import type { HostOptions } from "../core/upgrade/serve.ts";
import type { Received } from "./inbox.ts";

/** Options of {@link testing}. */
export interface TestingOptions<Env = unknown> extends Pick<HostOptions<Env>, "env" | "observe" | "storage"> {
  /** Where the clock stands at first, in milliseconds since 1970. Default: the real time. */
  readonly now?: number | undefined;
  /** Where clients come from, unless they say otherwise. Default `"127.0.0.1"`. */
  readonly remoteAddress?: string | undefined;
  /** Milliseconds of real time after which a test that waits for something is told that it does not come. Default 2000. */
  readonly patienceMs?: number | undefined;
}

/** How one client connects. */
export interface TestConnectOptions {
  /** Header lines beside those of the handshake, or instead of them; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>> | undefined;
  /** Subprotocols to offer. */
  readonly protocols?: string | readonly string[] | undefined;
  /** The page that it comes from, as browsers send it: `https://example.com`. Default: none, as programs do. */
  readonly origin?: string | undefined;
  /** Its address. */
  readonly remoteAddress?: string | undefined;
  /** Aborts when the client goes away before it has an answer. */
  readonly signal?: AbortSignal | undefined;
  /** The client that it is, come back: it asks for what it missed of a room with a `history`, which comes before all else. */
  readonly after?: TestClient<never> | undefined;
}

/** A client in memory. */
export interface TestClient<Definition = unknown> {
  /** The subprotocol that the server selected, "" for none. */
  readonly protocol: string;
  /** The headers of the 101 that are the program's own. */
  readonly headers: Headers;
  /** Resolves when the connection has ended, with what a browser would be told. Never rejects. */
  readonly closed: Promise<CloseEvent>;
  /** What has come and was not taken, in order; notifications as `{ name, params }`. */
  readonly unread: readonly Received[];
  /**
   * Who else is in the room, where the definition has `presence`: what is shown of each, by the id of its socket. What a room with ten or more
   * sockets is told is gathered for some milliseconds of the clock: `advance` lets it come.
   */
  readonly others: ReadonlyMap<string, OtherOf<Definition>>;
  /** Whether it got all that it missed; undefined unless it came back to a room with a `history`. */
  readonly recovered: boolean | undefined;

  /**
   * The next message, but for notifications and answers of JSON-RPC where the definition speaks it. Rejects with a {@link TestError}: `CLOSED`
   * or `NOTHING_CAME`.
   */
  next(): Promise<Message>;

  /** The params of the next notification of this name. Rejects as `next` does. */
  nextNotification<Name extends keyof Notifications<Definition> & string>(
    name: Name,
  ): Promise<Notifications<Definition>[Name]>;

  /** Sends text or bytes; false when the connection is over. Throws a TypeError for other data. */
  send(data: Sendable): boolean;

  /** Calls a method, and resolves with its result. Rejects with a `RequestError` of `onesocket/client`, whose code is the server's. */
  request<Name extends keyof Methods<Definition> & string>(
    name: Name,
    ...args: Args<ParamsOf<Methods<Definition>[Name]>, []>
  ): Promise<ResultOf<Methods<Definition>[Name]>>;

  /** Calls a method and wants no answer; false when the connection is over. */
  notify<Name extends keyof Methods<Definition> & string>(
    name: Name,
    ...args: Args<ParamsOf<Methods<Definition>[Name]>, []>
  ): boolean;

  /** Closes it: without a code, or with any that a Close may carry; throws a TypeError for others (RFC 6455 §7.4). */
  close(code?: number, reason?: string): void;
  /** Loses the connection: both ends are told 1006. */
  terminate(): void;
  /** Loses the connection so that nobody notices: nothing arrives any more, and no ping is answered. */
  vanish(): void;
}

/** As the platform's: `new WebSocket(url, protocols)`. */
export type WebSocketClass = new (url: string | URL, protocols?: string | readonly string[]) => WebSocket;

/** A server in memory, made by {@link testing}. */
export interface Testing<Definition = unknown, Env = unknown> {
  /** What hooks and routes are given: by it `rooms(definition, t.env)` finds the rooms of this kit. */
  readonly env: Env;
  /** All that an observer is told, in order. */
  readonly events: readonly SocketEvent[];
  /** Where the clock stands, in milliseconds since 1970. */
  readonly now: number;

  /**
   * Connects a client. `url` may be a path with a query. Rejects with a {@link HandshakeError} where the handshake is refused, and with the reason
   * of `signal` where that aborts. A refusal by `refuse` opens and closes, as it does for real clients.
   */
  connect<Speaks = Definition>(url: string, options?: TestConnectOptions): Promise<TestClient<Speaks>>;

  /**
   * The platform's WebSocket with its connections in this kit, for clients of your own and for `onesocket/client`: put it in the place of the global one.
   * Paths are those of `ws://localhost`. As a page's, it is not told why a handshake is refused: `t.events` is.
   */
  readonly WebSocket: WebSocketClass;

  /** Asks by plain HTTP: an app's other routes, or what a definition answers to that. */
  fetch(url: string, init?: RequestInit): Promise<Response>;

  /**
   * Moves the clock, by which limits, heartbeats and histories go, and runs what comes due, in order. Timers that the program sets by itself are
   * not on it. Rejects with a RangeError for a time that is none.
   */
  advance(ms: number): Promise<void>;

  /** Resolves when nothing is under way: no message, no hook, no handshake, no background work. Rejects with a {@link TestError}, `STILL_RUNNING`. */
  settled(): Promise<void>;

  /**
   * Does to all rooms what hibernation does: when nothing is under way, sockets, rooms and their signals are forgotten, and made again of what is
   * kept. What remains is id, URL, address, protocol, state, topics and `until`, as JSON keeps them, and what a room with a `history` has said. Rejects as `settled` does.
   */
  hibernate(): Promise<void>;

  /** Closes all sockets, by default with 1001 as a server that goes away, and ends the kit when their hooks have ended. */
  close(code?: number, reason?: string): Promise<void>;

  /** Cuts all connections, and ends the kit. */
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}
