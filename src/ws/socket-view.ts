import type { Message, Sendable, Socket, CloseEvent as SocketCloseEvent } from "../core/contract/socket.ts";
import { awaitable, finished } from "../core/contract/thenable.ts";
import type { Transport } from "../core/contract/transport.ts";
import { NO_STATUS } from "../core/protocol/close.ts";
import { FAILURE_CLOSE } from "../core/protocol/protocol-failures.ts";
import { listenForPongs } from "../core/session/liveness.ts";
import { bufferOf, bytesOf, wantBuffers } from "./buffers.ts";
import { Constants } from "./constants.ts";
import { closeEvent, errorEvent, LightMessageEvent, targeted } from "./events.ts";
import { EMITTED, type EventForms } from "./listeners.ts";
import { type Outgoing, outgoing, type SendingOptions } from "./outgoing.ts";

/** What a session has beside what handlers see of it. */
interface SessionSide {
  readonly transport?: Pick<Transport, "ping"> | undefined;
  ping?(): void;
  /** As `close`, for a Close that has no code. */
  move?(event: "CLOSE", close: SocketCloseEvent): void;
}

type Callback = (error?: Error) => void;

const WITHOUT_CODE: SocketCloseEvent = { code: NO_STATUS, reason: "", wasClean: true };

/** A binary message, as listeners take it. */
type Binary = Blob | ArrayBuffer | Uint8Array;

type BinaryType = "nodebuffer" | "arraybuffer" | "blob";

const BINARY_TYPES: readonly BinaryType[] = ["nodebuffer", "arraybuffer", "blob"];

const STATES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];

/**
 * A WebSocket over our socket: the web's as far as servers use it, and of that of `ws` what libraries call. All of it goes through the
 * session, so that its order, its limits and its hooks hold. As with `ws`, nothing waits for a listener; one whose promise rejects ends
 * the socket as one that throws does.
 */
export class SocketView extends Constants {
  #binaryType: BinaryType = "nodebuffer";
  readonly #socket: Socket & SessionSide;
  readonly #fail: (error: unknown) => void;
  /** A Blob is being read: what is sent and closed meanwhile comes after it. */
  #sending: Promise<void> | undefined;
  /** While it is there, messages wait until it resolves. */
  #hold: PromiseWithResolvers<void> | undefined;
  #paused = false;

  /** `fail`: takes what a listener's promise rejects with. Default: it is told to observers, and the socket closed with 1011. */
  constructor(socket: Socket, fail: (error: unknown) => void = (error) => failed(socket, error)) {
    super();
    this.#socket = socket;
    this.#fail = fail;
    wantBuffers(socket.raw);
    listenForPongs(socket, () => this.#pong());
  }

  /** As binary messages come: by default a `Buffer`, as with `ws`, or a Uint8Array where there is no Buffer. Another value changes nothing. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    if (BINARY_TYPES.includes(type)) this.#binaryType = type;
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

  /** 0 where the runtime can't tell. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /**
   * Sends one message. `callback`, the last argument, is called when it has left the process, as far as the runtime tells, or with an
   * error when it cannot. Throws a TypeError for data of another type.
   */
  send(data: Outgoing, ...rest: [options?: SendingOptions | Callback, callback?: Callback]): void {
    // Most of what is sent, without a look at what the rest could ask for.
    if (rest.length === 0 && this.#sending === undefined && (typeof data === "string" || ArrayBuffer.isView(data))) {
      this.#socket.send(data);
      return;
    }
    const options = rest.find((argument) => typeof argument === "object") as SendingOptions | undefined;
    const callback = callbackOf(rest);
    const ready = outgoing(data, options?.binary);
    const pending = awaitable(ready);
    if (pending || this.#sending !== undefined) this.#sendLater(async () => this.#sendNow(await ready, callback));
    else this.#sendNow(ready as Sendable, callback);
  }

  /**
   * Starts the closing handshake. `code`: 1000–1003, 1007–1014 or 3000–4999; `reason`: at most 123 bytes of UTF-8. Throws a
   * TypeError for others. Without both the Close has none, which the peer is told as 1005.
   */
  close(code?: number, reason?: string | Uint8Array): void {
    const text = typeof reason === "object" ? new TextDecoder().decode(reason) : reason;
    if (this.#sending === undefined) this.#closeNow(code, text);
    else this.#sendLater(async () => this.#closeNow(code, text));
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /**
   * Sends a protocol ping, whose answer is the event `pong`. It carries no data of its own. Where the runtime lets nobody send pings,
   * `pong` comes by itself: a library that ends what does not answer would end every socket there.
   */
  ping(...rest: unknown[]): void {
    if (this.#socket.transport && !this.#socket.transport.ping) queueMicrotask(() => this.#quietPong());
    else this.#socket.ping?.();
    this.#call(callbackOf(rest), undefined);
  }

  /** Does nothing but call back: the runtime answers each ping. */
  pong(...rest: unknown[]): void {
    this.#call(callbackOf(rest), undefined);
  }

  /** Hands out no more messages until `resume`. What comes meanwhile waits, within `limits.queuedMessages` and `limits.bufferedBytes`. */
  pause(): void {
    this.#paused = this.readyState !== this.CLOSED;
    if (this.#paused) this.#hold ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused = false;
    this.#release();
  }

  protected override listened(type: string): void {
    if (type === "message") this.#release();
  }

  /** Calls the listeners of `on` and its like. Says whether there was one. */
  emit(type: string, ...args: readonly unknown[]): boolean {
    this.#keepAlive(this.listening.emit(this, type, EMITTED, args));
    return this.listenerCount(type) > 0;
  }

  /** Calls the listeners of `addEventListener` and its like, and what is set as `onmessage` and its like. */
  dispatchEvent(event: Event): boolean {
    this.#emit(event, []);
    return !event.defaultPrevented;
  }

  // What the definition tells.

  /** What whoever took the socket has returned. Messages wait for the first that listens to them, until that has settled. */
  begin(result: unknown): void {
    if (typeof (result as { then?: unknown } | undefined)?.then !== "function") return;
    if (this.listenerCount("message") === 0) this.#hold ??= Promise.withResolvers();
    this.#keepAlive([
      finished(result, (error) => this.#fail(error)).then(() => {
        this.#release();
      }),
    ]);
  }

  /** A message came. Throws what a listener throws; returns what the next one has to wait for. */
  received(data: Message): Promise<void> | undefined {
    if (this.#hold) return this.#hold.promise.then(() => this.#deliver(data));
    this.#deliver(data);
    return undefined;
  }

  /** The socket is gone. */
  closed(event: SocketCloseEvent): void {
    if (Object.hasOwn(FAILURE_CLOSE, event.reason) && !event.wasClean) this.#emitFailure(event.reason);
    this.#emit(closeEvent(event), [event.code, bytesOf(event.reason)]);
  }

  #deliver(data: Message): void {
    const message = typeof data === "string" ? data : this.#binary(data);
    this.#keepAlive(this.listening.emit(this, "message", MESSAGE, message));
  }

  #emitFailure(code: string): void {
    const error = Object.assign(new Error(`the connection failed: ${code}`), { code });
    this.#emit(errorEvent(error), [error]);
  }

  #pong(): void {
    this.#emit(new Event("pong"), [bytesOf("")]);
  }

  /** A pong that comes by itself. No hook runs around it, so that what a listener throws has to be caught here. */
  #quietPong(): void {
    try {
      if (this.readyState === this.OPEN) this.#pong();
    } catch (error) {
      this.#fail(error);
    }
  }

  #emit(event: Event, args: readonly unknown[]): void {
    this.#keepAlive(this.listening.emit(this, event.type, EVENT, { event, args }));
  }

  /** Keeps the runtime awake for what listeners promised, and tells what of it fails. */
  #keepAlive(promised: readonly PromiseLike<unknown>[]): void {
    for (const promise of promised) this.#socket.waitUntil(finished(promise, (error) => this.#fail(error)));
  }

  #release(): void {
    if (this.#paused) return;
    this.#hold?.resolve();
    this.#hold = undefined;
  }

  #sendNow(data: Sendable, callback: Callback | undefined): void {
    const sent = this.#socket.send(data);
    if (!callback) return;
    if (!sent) this.#call(callback, this.#notOpen());
    else if (this.bufferedAmount === 0) this.#call(callback, undefined);
    else this.#keepAlive([this.#socket.drained().then(() => callback())]);
  }

  #closeNow(code: number | undefined, reason: string | undefined): void {
    const socket = this.#socket;
    if (code === undefined && !reason && socket.move) socket.move("CLOSE", WITHOUT_CODE);
    else socket.close(code, reason);
  }

  #sendLater(work: () => Promise<void>): void {
    const turn = finished((this.#sending ?? Promise.resolve()).then(work), (error) => this.#fail(error)).then(() => {
      if (this.#sending === turn) this.#sending = undefined;
    });
    this.#sending = turn;
    this.#socket.waitUntil(turn);
  }

  #notOpen(): Error {
    return new Error(`WebSocket is not open: readyState ${this.readyState} (${STATES[this.readyState]})`);
  }

  #call(callback: Callback | undefined, error: Error | undefined): void {
    if (callback) this.#keepAlive([Promise.resolve().then(() => callback(error))]);
  }

  #binary(bytes: Uint8Array<ArrayBuffer>): Binary {
    if (this.#binaryType === "blob") return new Blob([bytes]);
    if (this.#binaryType === "arraybuffer") return bytes.buffer;
    return bufferOf(bytes);
  }
}

const MESSAGE: EventForms<string | Binary> = {
  event: (data, view) => new LightMessageEvent(data, view),
  args: (data) => (typeof data === "string" ? [bytesOf(data), false] : [data, true]),
};

const EVENT: EventForms<{ readonly event: Event; readonly args: readonly unknown[] }> = {
  event: ({ event }, view) => targeted(event, view),
  args: ({ args }) => args,
};

function callbackOf(args: readonly unknown[]): Callback | undefined {
  return args.findLast((argument): argument is Callback => typeof argument === "function");
}

/** As a hook that throws: observers are told, and the client is told to come back. */
export function failed(socket: Socket, error: unknown): void {
  socket.waitUntil(Promise.reject(error));
  socket.close(1011, "INTERNAL");
}
