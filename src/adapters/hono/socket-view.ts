import type { Message, Sendable, Socket, CloseEvent as SocketCloseEvent } from "../../core/contract/socket.ts";
import { listenForPongs } from "../../core/session/liveness.ts";
import { closeEvent } from "./events.ts";
import { type Listener, Listeners } from "./listeners.ts";

/** `Buffer` where there is one. */
const { Buffer } = globalThis as { Buffer?: { from(data: ArrayBuffer | string): Uint8Array<ArrayBuffer> } };

/** Sends protocol pings, on runtimes that let us. */
interface Pinging {
  ping?(): void;
}

type Callback = (error?: Error) => void;

/**
 * What stands for a WebSocket where the runtime has none of its own, on Node: the web's WebSocket as far as servers use it, and of
 * that of `ws` what libraries call. All of it goes through our socket, so that its order, its limits and its hooks hold.
 */
export class SocketView {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  /** As binary messages come: by default a `Buffer`, as with `ws`. */
  binaryType: "nodebuffer" | "arraybuffer" | "blob" = "nodebuffer";
  readonly extensions = "";
  onopen: ((event: Event) => unknown) | null = null;
  onmessage: ((event: MessageEvent) => unknown) | null = null;
  onclose: ((event: CloseEvent) => unknown) | null = null;
  onerror: ((event: Event) => unknown) | null = null;
  readonly #socket: Socket & Pinging;
  readonly #listeners = new Listeners();

  constructor(socket: Socket) {
    this.#socket = socket;
    listenForPongs(socket, () => void this.#emit("pong", new Event("pong"), [this.#bytes(new Uint8Array(0))]));
  }

  get url(): string {
    return this.#socket.url;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get readyState(): 1 | 2 | 3 {
    return this.#socket.readyState;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  /** `callback`, the last argument, is called when the message is on its way, or with an error when it cannot be. */
  send(data: Sendable, ...rest: unknown[]): void {
    const sent = this.#socket.send(data);
    this.#call(rest, sent ? undefined : new Error(`WebSocket is not open: readyState ${this.readyState}`));
  }

  close(code?: number, reason?: string | Uint8Array): void {
    this.#socket.close(code, typeof reason === "object" ? new TextDecoder().decode(reason) : reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Sends a protocol ping, whose answer is the event `pong`. It carries no data of its own. */
  ping(...rest: unknown[]): void {
    this.#socket.ping?.();
    this.#call(rest, undefined);
  }

  addEventListener(
    type: string,
    listener: Listener,
    options?: boolean | { once?: boolean; signal?: AbortSignal },
  ): void {
    const { once = false, signal } = typeof options === "object" ? options : {};
    if (signal?.aborted) return;
    this.#listeners.add(type, { listener, once, node: false });
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener), { once: true });
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.remove(type, listener, false);
  }

  on(type: string, listener: Listener): this {
    this.#listeners.add(type, { listener, once: false, node: true });
    return this;
  }

  once(type: string, listener: Listener): this {
    this.#listeners.add(type, { listener, once: true, node: true });
    return this;
  }

  off(type: string, listener: Listener): this {
    this.#listeners.remove(type, listener, true);
    return this;
  }

  addListener(type: string, listener: Listener): this {
    return this.on(type, listener);
  }

  removeListener(type: string, listener: Listener): this {
    return this.off(type, listener);
  }

  removeAllListeners(type?: string): this {
    this.#listeners.removeAll(type);
    return this;
  }

  listenerCount(type: string): number {
    return this.#listeners.count(type);
  }

  /** A message came. Throws what a listener throws; returns what to wait for. */
  received(data: Message): Promise<unknown> | undefined {
    const text = typeof data === "string";
    const event = () => new MessageEvent("message", { data: text ? data : this.#binary(data) });
    return this.#listeners.emit(this, "message", event, () => [text ? this.#text(data) : this.#binary(data), !text]);
  }

  /** The socket is gone. */
  closed(event: SocketCloseEvent): Promise<unknown> | undefined {
    return this.#emit("close", closeEvent(event), [event.code, this.#text(event.reason)]);
  }

  #emit(type: string, event: Event, args: readonly unknown[]): Promise<unknown> | undefined {
    return this.#listeners.emit(
      this,
      type,
      () => event,
      () => args,
    );
  }

  #binary(bytes: Uint8Array<ArrayBuffer>): Blob | ArrayBuffer | Uint8Array {
    if (this.binaryType === "blob") return new Blob([bytes]);
    return this.binaryType === "arraybuffer" ? bytes.buffer : this.#bytes(bytes);
  }

  #bytes(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
    return Buffer?.from(bytes.buffer) ?? bytes;
  }

  /** As `ws` gives text to `on`: bytes. */
  #text(text: string): Uint8Array {
    return Buffer?.from(text) ?? new TextEncoder().encode(text);
  }

  #call(args: readonly unknown[], error: Error | undefined): void {
    const callback = args.findLast((arg): arg is Callback => typeof arg === "function");
    if (callback) queueMicrotask(() => callback(error));
  }
}
