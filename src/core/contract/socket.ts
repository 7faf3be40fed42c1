import type { None, NotifyArguments } from "./notify.ts";
import type { RoomStorage } from "./room-storage.ts";
import type { Frozen } from "./state.ts";

/** What arrives: text as a string, binary as bytes that own their whole buffer. */
export type Message = string | Uint8Array<ArrayBuffer>;

/** What can be sent: text, or bytes as they are at the call. */
export type Sendable = string | ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/** Why and how a socket closed. */
export interface CloseEvent {
  /** The close code; 1005 for a Close without one, 1006 for a connection that was lost. */
  readonly code: number;
  /** The close reason, or "". What the library itself closes with names its failure, such as `MESSAGE_TOO_BIG`. */
  readonly reason: string;
  /** Whether both sides completed the closing handshake, and every message that had arrived was handed out. */
  readonly wasClean: boolean;
}

/** One open connection, as handlers see it. */
export interface Socket<State = unknown, Env = unknown, Notifications = None> {
  /** Unique among all sockets of a definition. */
  readonly id: string;
  /** The URL of the handshake request. */
  readonly url: string;
  /** The negotiated subprotocol, or "". */
  readonly protocol: string;
  /** The client's IP address, as far as it is known and believed; else "". */
  readonly remoteAddress: string;
  /** This socket's own data: a frozen copy of what was last set. Survives hibernation. */
  readonly state: Frozen<State>;
  /** The room that the decision on the handshake named. */
  readonly room: Room<State, Env, Notifications>;
  /** The host's environment: bindings on Cloudflare, the host's `env` option elsewhere. */
  readonly env: Env;
  /** Aborts when the socket is gone. An `AbortError` that a hook before `close`, a method or `waitUntil` fails with after that is told to nobody. */
  readonly signal: AbortSignal;
  /** 1 open, 2 closing, 3 closed, as in the WHATWG standard. */
  readonly readyState: 1 | 2 | 3;
  /** Bytes accepted by `send` and not yet handed to the network; undefined where the runtime can't tell. */
  readonly bufferedAmount: number | undefined;
  /** The topics that this socket is subscribed to. */
  readonly topics: readonly string[];
  /** The runtime's own socket: an escape hatch. What is done through it is not accounted for here; on Node it need not emit `data`. */
  readonly raw: unknown;
  /** Replaces the state. Throws a TypeError for what is not plain JSON data, a RangeError past `limits.stateBytes`. */
  setState(next: Frozen<State>): void;
  /** Sends one message. False when the socket is no longer open. Throws a TypeError for data of another type. */
  send(data: Sendable): boolean;
  /**
   * Sends a notification of JSON-RPC 2.0, one of the definition's `notifications`. False when the socket is no longer open. Throws a
   * TypeError for another name, and for params that do not fit their schema.
   */
  notify<Name extends keyof Notifications & string>(
    name: Name,
    ...params: NotifyArguments<Notifications[Name]>
  ): boolean;
  /**
   * Starts the closing handshake, and drops the messages that have arrived and wait for a handler; harmless when already
   * closing. Throws a TypeError for what RFC 6455 §7.4 forbids.
   */
  close(code?: number, reason?: string): void;
  /** Ends the connection without a closing handshake, where the runtime can, and drops what waits; the peer sees 1006. */
  terminate(): void;
  /**
   * Resolves when what was sent has left the process, or the socket is gone. Deno has no event for it, and is asked every
   * 10 ms; on Workers, which do not tell, it resolves at once.
   */
  drained(): Promise<void>;
  /**
   * Joins a topic of the room, at once and until `unsubscribe` or its end; harmless when it is subscribed, or no longer open. Survives
   * hibernation. Throws a TypeError for what is not a string, or is empty; a RangeError when all its topics are past
   * `limits.topicsBytes` (4 KiB as JSON), and on a Durable Object when they, state and URL do not fit into what workerd keeps of a
   * sleeping socket (16,384 bytes).
   */
  subscribe(topic: string): void;
  /** Leaves a topic, at once; harmless when it is not subscribed. */
  unsubscribe(topic: string): void;
  /**
   * Keeps the process, request or object alive for background work: a promise, or whatever else can be awaited. Its failure is told as
   * the event `error`, and never thrown.
   */
  waitUntil(work: PromiseLike<unknown>): void;
}

/** Whom a room's message is for. */
export interface SendOptions {
  /** A socket that is left out, by its id. */
  readonly except?: { readonly id: string } | undefined;
  /** Only sockets subscribed to this topic. */
  readonly topic?: string | undefined;
}

/** The sockets that can reach one another. */
export interface Room<State = unknown, Env = unknown, Notifications = None> {
  /** The id that decisions name it by. */
  readonly id: string;
  /** The open sockets in this process or object. */
  readonly sockets: readonly Socket<State, Env, Notifications>[];
  /** How many sockets are open in this process or object; `count` is about all processes. */
  readonly size: number;
  /** The host's environment, as in {@link Socket.env}; that of who came last, where hosts share the room. */
  readonly env: Env;
  /** What the room keeps, for whoever comes next. On Cloudflare over hibernation and deployments; elsewhere as long as the host's `storage` does. */
  readonly storage: RoomStorage;
  /** The Durable Object's state on Cloudflare; undefined elsewhere. */
  readonly raw: unknown;
  /** The Durable Object itself, with what its class adds; undefined elsewhere. `ObjectSocket` of `onesocket/cloudflare` has its type. */
  readonly object: unknown;
  /**
   * Has the room's `alarm` hook run: in so many milliseconds, or at a `Date`; instead of when it was set before. On Cloudflare at least once, over hibernation
   * and deployments; elsewhere by this process, if it lives until then, and in a Worker's isolate as long as somebody is in the room. Resolves when it is kept. Throws
   * a RangeError for what is no time, a TypeError without such a hook.
   */
  setAlarm(when: number | { getTime(): number }): Promise<void>;
  /** When the alarm is to ring, in milliseconds since 1970; undefined when it is not set, or rings now. */
  getAlarm(): Promise<number | undefined>;
  /** Takes the alarm back. */
  deleteAlarm(): Promise<void>;
  /**
   * How many sockets are open in all processes that share a broker; `size` where there is none. Rejects when the broker can't
   * be asked, or a process does not answer.
   */
  count(): Promise<number>;
  /** The open socket with this id in this process or object. */
  get(id: string): Socket<State, Env, Notifications> | undefined;
  /**
   * Sends to every open socket of the room, or of a topic; to the sender too unless excepted (R2). With a broker in all processes: what
   * it can't take is told as the event `broker`. One that is too slow for it is closed with 1013. Throws a TypeError for data of another
   * type, and for an `except` that is no socket.
   */
  send(data: Sendable, options?: SendOptions): void;
  /** {@link Socket.notify}, to every socket of the room, or of a topic: `notify("said", { text }, { except: socket })`. */
  notify<Name extends keyof Notifications & string>(
    name: Name,
    ...params: NotifyArguments<Notifications[Name], [options?: SendOptions]>
  ): void;
  /**
   * Closes every socket of the room, or of a topic, as `socket.close` does. With a broker, in all processes. `code`: 1000–1003, 1007–1014
   * or 3000–4999, default 1000; `reason`: at most 123 bytes of UTF-8, default "". Throws a TypeError for others (RFC 6455 §7.4, §5.5).
   */
  close(filter?: { readonly topic?: string | undefined }, code?: number, reason?: string): void;
}
