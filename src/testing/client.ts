import { type MessageQueue, messageQueue } from "../client/message-queue.ts";
import type { Settings } from "../client/options.ts";
import { type OthersMap, othersAfter } from "../client/others.ts";
import { parseRpc } from "../client/parse.ts";
import { type Recovery, recovery, type ServerMessage } from "../client/recovery.ts";
import { copied, sendable } from "../core/contract/sendable.ts";
import type { CloseEvent, Message, Sendable } from "../core/contract/socket.ts";
import { checkClose } from "../core/protocol/close.ts";
import {
  AT,
  fromParams,
  OTHERS,
  type Others,
  RESERVED,
  RESUME,
  type RpcRequest,
  type RpcResponse,
} from "../core/rpc/wire.ts";
import { Inbox, type Patience, type Received, type TestNotification } from "./inbox.ts";
import { markHandled } from "./mark-handled.ts";
import type { Wire, WireClient } from "./wire.ts";

/** What a client needs of its kit. */
export interface ClientHost {
  readonly patience: Patience;
  readonly patienceMs: number;
  /** Why nothing more will come to the socket of this id. */
  ended(event: CloseEvent, socket: string): Error;
}

/** What was decided about a client's handshake. */
export interface AcceptedHandshake {
  /** The id of the socket at the other end. */
  readonly id: string;
  readonly protocol: string;
  readonly headers: Headers;
  /** Whether the definition speaks JSON-RPC. */
  readonly speaks: boolean;
}

/** Where a client is in a room's history, by whichever of its connections. */
interface Place {
  readonly recovery: Recovery;
  client: MemoryClient;
}

/** The client's end of a connection in memory. */
export class MemoryClient implements WireClient {
  readonly closed: Promise<CloseEvent>;
  readonly protocol: string;
  readonly headers: Headers;
  recovered: boolean | undefined;
  others: OthersMap = new Map();
  readonly #id: string;
  readonly #speaks: boolean;
  readonly #host: ClientHost;
  readonly #inbox: Inbox;
  readonly #queue: MessageQueue;
  readonly #place: Place;
  readonly #close: (event: CloseEvent) => void;
  #wire: Wire | undefined;
  #isClosed = false;
  /** How many requests were made. Their ids are numbers from 1. */
  #requests = 0;

  constructor(host: ClientHost, { id, protocol, headers, speaks }: AcceptedHandshake, after: MemoryClient | undefined) {
    this.protocol = protocol;
    this.headers = headers;
    this.#id = id;
    this.#speaks = speaks;
    this.#host = host;
    this.#inbox = new Inbox(host.patience);
    this.#queue = messageQueue({ queue: 0, requestMs: host.patienceMs } as Settings, (data) => this.send(data));
    this.#place = after ? after.#place : { client: this, recovery: this.#recovery() };
    this.#place.client = this;
    if (after) this.#place.recovery.lost();
    const { promise, resolve } = Promise.withResolvers<CloseEvent>();
    this.closed = promise;
    this.#close = resolve;
  }

  /** It is connected. */
  start(wire: Wire): void {
    this.#wire = wire;
    this.#place.recovery.opened();
  }

  /** Of whichever client has its place. */
  #recovery(): Recovery {
    return recovery(
      (said) => this.#place.client.#deliver(said),
      (recovered) => {
        this.#place.client.recovered = recovered;
      },
      (place) => this.#place.client.#request(RESUME, place),
    );
  }

  get unread(): readonly Received[] {
    return this.#inbox.items;
  }

  next(): Promise<Message> {
    return markHandled(this.#inbox.take((item) => typeof item === "string" || item instanceof Uint8Array));
  }

  nextNotification(name: string): Promise<unknown> {
    const isNamed = (item: Received): item is TestNotification => (item as TestNotification).name === name;
    return markHandled(this.#inbox.take(isNamed).then(({ params }) => params));
  }

  send(data: Sendable): boolean {
    const message = copied(sendable(data));
    if (this.#isClosed || !this.#wire) return false;
    this.#wire.up(typeof message === "string" ? message.toWellFormed() : message);
    return true;
  }

  request(name: string, params?: unknown): Promise<unknown> {
    return markHandled(this.#request(name, params));
  }

  async #request(name: string, params: unknown): Promise<unknown> {
    this.#requests += 1;
    return this.#queue.request(name, params);
  }

  notify(name: string, params?: unknown): boolean {
    return this.#queue.notify(name, params);
  }

  close(code?: number, reason = ""): void {
    if (code !== undefined || reason !== "") checkClose(code ?? 1005, reason);
    this.#wire?.closeUp(code ?? 1005, reason);
  }

  terminate(): void {
    this.#wire?.cut();
  }

  vanish(): void {
    this.#wire?.break();
  }

  // What its wire tells.

  received(data: Message): void {
    const calls = this.#speaks ? parseRpc(data) : undefined;
    if (calls) for (const one of calls) this.#receivedRpc(one, data);
    else this.#place.recovery.received(data);
  }

  #receivedRpc(one: RpcRequest | RpcResponse, data: Message): void {
    if (!("method" in one)) this.#answered(one, data);
    else if (one.method === OTHERS) this.others = othersAfter(this.others, one.params as Others);
    else this.#place.recovery.received(one);
  }

  #answered(one: RpcResponse, data: Message): void {
    if (typeof one.id === "number" && one.id <= this.#requests) this.#queue.answered(one);
    else this.#inbox.put(data);
  }

  /** Puts what the recovery hands out, in order and each once, into the inbox. */
  #deliver(said: ServerMessage): void {
    const { method, params } = said as RpcRequest;
    if (method === undefined) this.#inbox.put(said as Message);
    else if (method.startsWith(RESERVED) && method !== AT) this.#inbox.put(JSON.stringify(said));
    else this.#inbox.put({ name: method, params: fromParams(params) });
  }

  ended(event: CloseEvent): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.close();
    this.#inbox.end(() => this.#host.ended(event, this.#id));
    this.#close(event);
  }
}
