// Browser programs have `Symbol.dispose` of nobody else: not of the DOM's types, nor of a year's.
/// <reference lib="esnext.disposable" preserve="true" />

import type { MethodsOf, NotificationsOf, OtherOf } from "../core/contract/methods.ts";
import type { Message, Sendable } from "../core/contract/socket.ts";
import type { RequestOptions } from "./message-queue.ts";
import type { Status } from "./status.ts";

/** What is known of a method: of a definition that is not known, nothing. */
interface Loose {
  readonly params: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: the caller says what it is.
  readonly result: any;
}

/** The methods of a definition; any, where it is unknown. */
export type Methods<Definition> = unknown extends Definition ? Readonly<Record<string, Loose>> : MethodsOf<Definition>;

/** The notifications of a definition; any, where it is unknown. */
export type Notifications<Definition> = unknown extends Definition
  ? // biome-ignore lint/suspicious/noExplicitAny: the caller says what it is.
    Readonly<Record<string, any>>
  : NotificationsOf<Definition>;

/** What a method takes. */
export type ParamsOf<Method> = Method extends { readonly params: infer Params } ? Params : never;
/** What a method answers. */
export type ResultOf<Method> = Method extends { readonly result: infer Result } ? Result : never;

/** The params may be left out where they may be undefined. */
export type Args<Params, More extends unknown[]> = undefined extends Params
  ? [params?: Params, ...more: More]
  : [params: Params, ...more: More];

/** The events of a client. */
export interface ClientEvents {
  /** `client.status` is another one. */
  readonly status: Event;
  /** `client.others` is another one. */
  readonly others: Event;
  /** A message that is no JSON-RPC 2.0: text as a string, binary as a `Uint8Array`. */
  readonly message: Event & { readonly data: Message };
}

/** A connection to a definition that comes back. Made by {@link connect}. */
export interface Client<Definition = unknown> extends EventTarget, AsyncIterable<Message> {
  /** Whether there is a connection, and if not, why not. A new object whenever something changes. */
  readonly status: Status;
  /**
   * Who else is in the room, where the definition has `presence`: what is shown of each, by the id of its socket. A new map whenever something
   * changes; without a connection it is as it was, and the next one brings a new one.
   */
  readonly others: ReadonlyMap<string, OtherOf<Definition>>;
  /** The subprotocol that the server selected, "" for none. */
  readonly protocol: string;

  /**
   * Sends text or bytes as they are, or keeps them until there is a connection. False when they are not taken: the client is closed, or
   * too many wait. What was sent just before a connection died may be lost, as with any WebSocket. Throws a TypeError for other data.
   */
  send(data: Sendable): boolean;

  /** Calls a method and wants no answer. False as with `send`. Throws a TypeError for what JSON has no words for. */
  notify<Name extends keyof Methods<Definition> & string>(
    name: Name,
    ...args: Args<ParamsOf<Methods<Definition>[Name]>, []>
  ): boolean;

  /**
   * Calls a method, and resolves with its result. It is sent once, when there is a connection. Rejects with a `RequestError`, whose
   * code is a number when the server answered it, else `UNKNOWN_OUTCOME`, `TIMEOUT`, `QUEUE_FULL` or `CLOSED`; or with what `signal` aborts with.
   */
  request<Name extends keyof Methods<Definition> & string>(
    name: Name,
    ...args: Args<ParamsOf<Methods<Definition>[Name]>, [options?: RequestOptions]>
  ): Promise<ResultOf<Methods<Definition>[Name]>>;

  /** Calls `listener` with what a notification carries, until the function that it returns is called. */
  on<Name extends keyof Notifications<Definition> & string>(
    name: Name,
    listener: (params: Notifications<Definition>[Name]) => unknown,
  ): () => void;

  /** Tries now, if the client waits. */
  retry(): void;

  /** Closes for good. Throws for a code or a reason that no Close may have (WHATWG WebSockets §3.1); the default is none. */
  close(code?: number, reason?: string): void;
  [Symbol.dispose](): void;

  /**
   * The messages from now on that are no JSON-RPC 2.0, until the client is closed. A loop that is 16 Mi characters and bytes
   * behind ends with a `RequestError`, `SLOW_CONSUMER`, after those that it has.
   */
  [Symbol.asyncIterator](): AsyncGenerator<Message, void, void>;

  addEventListener<Type extends keyof ClientEvents>(
    type: Type,
    listener: (event: ClientEvents[Type]) => unknown,
    options?: Listening[2],
  ): void;
  addEventListener(...listening: Listening): void;
}

/** Not by the names of the DOM's types: not every runtime's types have them. */
type Listening = Parameters<EventTarget["addEventListener"]>;
