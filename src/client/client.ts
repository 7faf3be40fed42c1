import type { Message, Sendable } from "../core/contract/socket.ts";
import { fromParams, OTHERS, type Others, PING, PONG, RESUME, type RpcRequest } from "../core/rpc/wire.ts";
import type { Address } from "./address.ts";
import type { ClientConnection } from "./connection.ts";
import { clientFailure } from "./failures.ts";
import { type Liveness, liveness } from "./liveness.ts";
import { type MessageQueue, messageQueue, type RequestOptions } from "./message-queue.ts";
import { type ConnectOptions, type Settings, settingsOf } from "./options.ts";
import { type OthersMap, othersAfter } from "./others.ts";
import { parseRpc } from "./parse.ts";
import { type Reconnector, reconnector } from "./reconnector.ts";
import { type Recovery, recovery, type ServerMessage } from "./recovery.ts";
import type { Status } from "./status.ts";
import { listen } from "./surroundings.ts";
import { unreadOf } from "./unread.ts";

/** Before the name of a notification's event, lest it be taken for one of the client's own events. */
const CALLED = "rpc ";

/** What {@link connect} makes: it joins the connection to messages, requests, pings and what was missed. */
export class SocketClient extends EventTarget {
  others: OthersMap = new Map();
  readonly #settings: Settings;
  readonly #reconnector: Reconnector;
  readonly #queue: MessageQueue;
  readonly #recovery: Recovery;
  readonly #over = new AbortController();
  /** That of the connection that is open. */
  #liveness: Liveness | undefined;
  /** Whether the user has used the names of methods or notifications, so that the server may speak JSON-RPC. */
  #named = false;
  /** A text that the server is known to answer. */
  #ping: string | undefined;

  /** Throws as {@link settingsOf} does. */
  constructor(address: Address, options: ConnectOptions) {
    super();
    const { signal } = options;
    this.#settings = settingsOf(options);
    this.#ping = this.#settings.text?.ping;
    this.#recovery = recovery(
      (said) => this.#deliver(said),
      (recovered) => this.#reconnector.enter("open", { recovered }),
      (place) => this.#queue.request(RESUME, place),
      this.#settings.history,
    );
    this.#queue = messageQueue(this.#settings, (data) => !!this.#reconnector.current?.send(data));
    this.#reconnector = reconnector(address, this.#settings, {
      changed: () => this.#changed(),
      opened: (connection) => this.#opened(connection),
      received: (data) => this.#received(data),
      lost: () => this.#lost(),
    });
    listen(
      this.#over,
      () => {
        this.#reconnector.retry();
        this.#liveness?.check();
      },
      () => this.#liveness?.check(),
      this.#reconnector.forbid,
    );
    signal?.addEventListener("abort", () => this.close(), this.#over);
    // After its user has added listeners.
    queueMicrotask(() => (signal?.aborted ? this.close() : this.#reconnector.run().catch(() => {})));
  }

  get status(): Status {
    return this.#reconnector.status;
  }

  get protocol(): string {
    return this.#reconnector.current?.socket.protocol ?? "";
  }

  send(data: Sendable): boolean {
    return this.#queue.send(messageOf(data));
  }

  notify(method: string, params?: unknown): boolean {
    this.#speakNames();
    return this.#queue.notify(method, params);
  }

  async request(method: string, params?: unknown, options?: RequestOptions): Promise<unknown> {
    this.#speakNames();
    return this.#queue.request(method, params, options);
  }

  on(name: string, listener: (params: unknown) => unknown): () => void {
    this.#speakNames();
    const onEvent = (event: Event): unknown => listener(fromParams((event as MessageEvent<RpcRequest>).data.params));
    this.addEventListener(CALLED + name, onEvent);
    return () => this.removeEventListener(CALLED + name, onEvent);
  }

  retry(): void {
    this.#reconnector.retry(true);
  }

  close(code?: number, reason?: string): void {
    this.#reconnector.close(code, reason);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Message, void, void> {
    return unreadOf(this);
  }

  #changed(): void {
    if (this.status.state === "closed") {
      this.#over.abort();
      this.#liveness?.stop();
      this.#queue.close();
    }
    this.dispatchEvent(new Event("status"));
  }

  #opened(connection: ClientConnection): void {
    if (this.#settings.heartbeat)
      this.#liveness = liveness(this.#settings, connection.send, () => connection.drop(clientFailure("PING_TIMEOUT")));
    this.#startPings();
    // What was missed is asked for before anything else is sent, lest what comes now be delivered before it.
    const isBehind = this.#recovery.opened();
    this.#queue.flush();
    if (!isBehind) this.#reconnector.enter("open");
  }

  #received(data: Message): void {
    this.#liveness?.received();
    if (data === this.#settings.text?.pong) return;
    if (data === PONG) {
      this.#ping ??= PING;
      this.#startPings();
      return;
    }
    const rpc = parseRpc(data);
    if (!rpc) this.#recovery.received(data);
    for (const one of rpc ?? []) {
      try {
        if (!("method" in one)) this.#queue.answered(one);
        else if (one.method === OTHERS) this.#see(one.params as Others);
        else this.#recovery.received(one);
      } catch {
        // What no server of ours says is overlooked: thrown further it would end a program.
      }
    }
  }

  #see(change: Others): void {
    this.others = othersAfter(this.others, change);
    this.#speakNames();
    this.dispatchEvent(new Event("others"));
  }

  #deliver(said: ServerMessage): void {
    const { method } = said as RpcRequest;
    this.dispatchEvent(new MessageEvent(method ? CALLED + method : "message", { data: said }));
  }

  #lost(): void {
    this.#liveness?.stop();
    this.#liveness = undefined;
    this.#recovery.lost();
    this.#queue.lost();
  }

  /** From here on the server may be one that answers `rpc.ping`. */
  #speakNames(): void {
    if (this.#named) return;
    this.#named = true;
    this.#startPings();
  }

  /** Begins to watch the connection, by a text that the server is known to answer, or asks whether it answers. */
  #startPings(): void {
    if (this.#ping) this.#liveness?.begin(this.#ping);
    else if (this.#named && this.#liveness) this.#reconnector.current?.send(PING);
  }
}

/** Throws a TypeError for anything but text and bytes. */
function messageOf(data: Sendable): Message {
  if (typeof data === "string") return data;
  // Of a view, or of a buffer, which has no other.
  const { buffer = data, byteOffset, byteLength } = Object(data);
  // A copy: the caller may write over bytes that wait. Of shared memory Node 24 and 26 (2026-11) send the text "0,0", Bun and browsers throw.
  if (byteLength >= 0) return new Uint8Array(buffer, byteOffset, byteLength).slice();
  throw new TypeError("a message is text or bytes");
}
