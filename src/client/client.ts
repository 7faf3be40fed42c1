import type { Message, Sendable } from "../core/contract/socket.ts";
import { fromParams, PING, PONG, RESUME, type RpcRequest } from "../core/rpc/wire.ts";
import type { Address } from "./address.ts";
import { clientFailure } from "./failures.ts";
import { type Keeper, keeper } from "./keeper.ts";
import type { Link } from "./link.ts";
import { type Liveness, liveness } from "./liveness.ts";
import { type ConnectOptions, type Settings, settingsOf } from "./options.ts";
import { type Outbox, outbox, type RequestOptions } from "./outbox.ts";
import { parseRpc } from "./parse.ts";
import { type Recovery, recovery, type Said } from "./recovery.ts";
import type { Status } from "./status.ts";
import { listen } from "./surroundings.ts";
import { unreadOf } from "./unread.ts";

/** What {@link connect} makes: it joins the connection to messages, requests, pings and what was missed. */
export class SocketClient extends EventTarget {
  readonly #settings: Settings;
  readonly #keeper: Keeper;
  readonly #outbox: Outbox;
  readonly #recovery: Recovery;
  readonly #notifications = new EventTarget();
  readonly #over = new AbortController();
  /** Of the connection that is open. */
  #liveness: Liveness | undefined;
  /** Whether its user speaks JSON-RPC. */
  #named = false;
  /** Whether the server is known to answer `rpc.ping`. */
  #answers = false;

  /** Throws as {@link settingsOf} does. */
  constructor(address: Address, options: ConnectOptions) {
    super();
    const { signal } = options;
    const over = this.#over.signal;
    this.#settings = settingsOf(options);
    this.#recovery = recovery(
      (said) => this.#deliver(said),
      (recovered) => this.#keeper.enter("open", { recovered }),
      (place) => this.#outbox.request(RESUME, place),
      this.#settings.history,
    );
    this.#outbox = outbox(this.#settings, (data) => this.#keeper.link?.send(data) === true);
    this.#keeper = keeper(address, this.#settings, {
      changed: () => this.#changed(),
      opened: (link) => this.#opened(link),
      received: (data) => this.#received(data),
      lost: () => this.#lost(),
    });
    const { forbid } = this.#keeper;
    listen(
      over,
      () => this.#back(),
      () => this.#liveness?.check(),
      forbid,
    );
    signal?.addEventListener("abort", () => this.close(), { signal: over });
    // After its user has added listeners.
    queueMicrotask(() => (signal?.aborted ? this.close() : this.#keeper.run().catch(() => {})));
  }

  get status(): Status {
    return this.#keeper.status;
  }

  get protocol(): string {
    return this.#keeper.link?.socket.protocol ?? "";
  }

  send(data: Sendable): boolean {
    return this.#outbox.send(messageOf(data));
  }

  notify(method: string, params?: unknown): boolean {
    this.#speakNames();
    return this.#outbox.notify(method, params);
  }

  async request(method: string, params?: unknown, options?: RequestOptions): Promise<unknown> {
    this.#speakNames();
    return this.#outbox.request(method, params, options);
  }

  on(name: string, listener: (params: unknown) => unknown): () => void {
    this.#speakNames();
    const heard = (event: Event): unknown => listener((event as Event & { params: unknown }).params);
    this.#notifications.addEventListener(name, heard);
    return () => this.#notifications.removeEventListener(name, heard);
  }

  retry(): void {
    this.#keeper.retry(true);
  }

  close(code?: number, reason?: string): void {
    this.#keeper.close(code, reason);
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
      this.#outbox.close();
    }
    this.dispatchEvent(new Event("status"));
  }

  #opened(link: Link): void {
    const dead = (): void => link.drop(clientFailure("PING_TIMEOUT"));
    if (this.#settings.heartbeat) this.#liveness = liveness(this.#settings, (ping) => link.send(ping), dead);
    this.#startPings();
    // Asked before anything else is sent, so that what comes is not taken for news.
    const isBehind = this.#recovery.opened();
    this.#outbox.flush();
    if (!isBehind) this.#keeper.enter("open");
  }

  #received(data: Message): void {
    this.#liveness?.heard();
    if (data === this.#settings.text?.pong) return;
    if (data === PONG) {
      this.#answers = true;
      this.#startPings();
      return;
    }
    const rpc = parseRpc(data);
    if (!rpc) this.#recovery.take(data);
    for (const one of rpc ?? []) {
      if ("method" in one) this.#recovery.take(one);
      else this.#outbox.answered(one);
    }
  }

  #deliver(said: Said): void {
    const { method, params } = said as RpcRequest;
    const event = method
      ? Object.assign(new Event(method), { params: fromParams(params) })
      : new MessageEvent("message", { data: said });
    (method ? this.#notifications : this).dispatchEvent(event);
  }

  #lost(): void {
    this.#liveness?.stop();
    this.#liveness = undefined;
    this.#recovery.lost();
    this.#outbox.lost();
  }

  #back(): void {
    this.#keeper.retry();
    this.#liveness?.check();
  }

  /** From here on the server may be one that answers `rpc.ping`. */
  #speakNames(): void {
    if (this.#named) return;
    this.#named = true;
    this.#startPings();
  }

  /** Begins to watch the connection, by a text that the server is known to answer, or asks whether it answers. */
  #startPings(): void {
    const ping = this.#settings.text?.ping ?? (this.#answers ? PING : undefined);
    if (ping) this.#liveness?.begin(ping);
    else if (this.#named && this.#liveness) this.#keeper.link?.send(PING);
  }
}

/** Throws a TypeError for anything but text and bytes. */
function messageOf(data: Sendable): Message {
  if (typeof data === "string") return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError("a message is a string or bytes");
}
