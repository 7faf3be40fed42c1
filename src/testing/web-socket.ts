import { copied, sendable } from "../core/contract/sendable.ts";
import type { CloseEvent as Ending, Message } from "../core/contract/socket.ts";
import { utf8Length } from "../core/protocol/utf8.ts";
import { LOST } from "../core/session/lifecycle.ts";
import { urlOf } from "./handshake.ts";
import type { WebSocketClass } from "./types.ts";
import type { Wire, WireClient } from "./wire.ts";

/** What a WebSocket of a kit needs of it. */
export interface WebSocketHost {
  /** Connects that end, and tells it before anything comes. Rejects when the handshake is refused. */
  attach(url: string, protocols: readonly string[], end: WireEnd): Promise<void>;
}

/** An end that is told when it is connected. */
export interface WireEnd extends WireClient {
  opened(wire: Wire, protocol: string): void;
}

/** The platform's WebSocket, whose connections are in a kit's memory. */
export function webSocketClass(host: WebSocketHost): WebSocketClass {
  return class WebSocket extends MemoryWebSocket {
    constructor(url: string | URL, protocols: string | readonly string[] = []) {
      super(host, String(url), [protocols].flat());
    }
  } as unknown as WebSocketClass;
}

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
const EVENTS = ["open", "message", "error", "close"] as const;

type Handler = (event: Event) => unknown;

/** WHATWG WebSockets, as a client's code sees them. */
class MemoryWebSocket extends EventTarget implements WireEnd {
  readonly url: string;
  readonly extensions = "";
  readonly bufferedAmount = 0;
  binaryType: BinaryType = "blob";
  protocol = "";
  readyState: 0 | 1 | 2 | 3 = STATES.CONNECTING;
  readonly #handlers = new Map<string, Handler>();
  #wire: Wire | undefined;

  constructor(host: WebSocketHost, url: string, protocols: readonly string[]) {
    super();
    this.url = addressOf(url);
    checkProtocols(protocols);
    for (const type of EVENTS) this.addEventListener(type, (event) => this.#handlers.get(type)?.call(this, event));
    // A page is not told why.
    host.attach(url, protocols, this).catch(() => this.ended(LOST));
  }

  send(data: unknown): void {
    if (this.readyState === STATES.CONNECTING) throw new DOMException("it is still connecting", "InvalidStateError");
    const message = copied(sendable(data as Message));
    if (this.readyState === STATES.OPEN) this.#wire?.up(typeof message === "string" ? message.toWellFormed() : message);
  }

  close(code?: number, reason = ""): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999))
      throw new DOMException(`a page closes with 1000 or 3000 to 4999, not ${code}`, "InvalidAccessError");
    if (utf8Length(reason) > 123) throw new DOMException("a reason has at most 123 bytes", "SyntaxError");
    if (this.readyState >= STATES.CLOSING) return;
    const isOpen = this.readyState === STATES.OPEN;
    this.readyState = STATES.CLOSING;
    if (isOpen) this.#wire?.closeUp(code ?? 1005, reason);
  }

  // What its wire tells.

  received(data: Message): void {
    if (this.readyState !== STATES.OPEN) return;
    this.dispatchEvent(new MessageEvent("message", { data: this.#typed(data), origin: new URL(this.url).origin }));
  }

  ended({ code, reason, wasClean }: Ending): void {
    if (this.readyState === STATES.CLOSED) return;
    this.readyState = STATES.CLOSED;
    if (!wasClean) this.dispatchEvent(new Event("error"));
    // Node 22 has no CloseEvent.
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason, wasClean }));
  }

  opened(wire: Wire, protocol: string): void {
    this.#wire = wire;
    // It was closed while it connected.
    if (this.readyState !== STATES.CONNECTING) {
      wire.cut();
      return;
    }
    this.protocol = protocol;
    this.readyState = STATES.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  #typed(data: Message): string | Blob | ArrayBuffer {
    if (typeof data === "string") return data;
    return this.binaryType === "blob" ? new Blob([data]) : data.slice().buffer;
  }

  // What is set as `onopen` and its like.

  handler(type: string): Handler | null {
    return this.#handlers.get(type) ?? null;
  }

  setHandler(type: string, handler: unknown): void {
    if (typeof handler === "function") this.#handlers.set(type, handler as Handler);
    else this.#handlers.delete(type);
  }
}

for (const type of EVENTS)
  Object.defineProperty(MemoryWebSocket.prototype, `on${type}`, {
    get(this: MemoryWebSocket) {
      return this.handler(type);
    },
    set(this: MemoryWebSocket, handler: unknown) {
      this.setHandler(type, handler);
    },
  });
for (const target of [MemoryWebSocket, MemoryWebSocket.prototype]) Object.assign(target, STATES);

/** As `url` tells it. Throws a SyntaxError, as the platform's does. */
function addressOf(url: string): string {
  try {
    const { href, hash } = urlOf(url);
    if (hash === "") return href.replace(/^http/, "ws");
  } catch {}
  throw new DOMException(`a WebSocket has no such address: ${JSON.stringify(url)}`, "SyntaxError");
}

/** RFC 6455 §4.1: tokens, each once. */
function checkProtocols(protocols: readonly string[]): void {
  const isToken = (name: string): boolean => /^[!#$%&'*+\-.^_`|~\w]+$/.test(name);
  if (!protocols.every(isToken) || new Set(protocols).size < protocols.length)
    throw new DOMException(`subprotocols are tokens, each once: ${JSON.stringify(protocols)}`, "SyntaxError");
}
