import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import WebSocket from "ws";

/** What a client may bring to its handshake. */
export interface ClientOptions {
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Offers permessage-deflate. Default false. */
  readonly deflate?: boolean;
}

/** How a client saw its connection end. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** Opens a socket: by the network, unless a test has another way. */
export type OpenSocket = (url: string, options: ClientOptions) => WebSocket;

const openSocket: OpenSocket = (url, { protocols = [], headers = {}, deflate = false }) =>
  new WebSocket(url, [...protocols], { headers, perMessageDeflate: deflate });

/** A WebSocket client whose messages wait in a queue until a test asks for them. */
export class Client {
  readonly socket: WebSocket;
  /** Resolves when the connection is over. */
  readonly closed: Promise<Ending>;
  /** The server's answer to the handshake. */
  readonly answer: Promise<IncomingMessage>;
  readonly #messages: (string | Uint8Array)[] = [];
  readonly #events: string[] = [];
  #wake: (() => void) | undefined;
  #ending: Ending | undefined;

  private constructor(url: string, options: ClientOptions, open: OpenSocket) {
    this.socket = open(url.replace(/^http/, "ws"), options);
    this.socket.on("error", () => {});
    this.socket.on("message", (data: Buffer, isBinary: boolean) => {
      this.#keep(isBinary ? new Uint8Array(data) : data.toString());
    });
    this.answer = once(this.socket, "upgrade").then(([response]) => response as IncomingMessage);
    this.answer.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => {
        this.#ending = { code, reason: reason.toString() };
        resolve(this.#ending);
        this.#wake?.();
      });
    });
  }

  /** Connects. Rejects with the server's status when the handshake is refused. */
  static async connect(url: string, options: ClientOptions = {}, open: OpenSocket = openSocket): Promise<Client> {
    const client = new Client(url, options, open);
    await once(client.socket, "open");
    return client;
  }

  /** The negotiated subprotocol, "" for none. */
  get protocol(): string {
    return this.socket.protocol;
  }

  send(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  /** The next message. Rejects when the connection ends before it. */
  next(): Promise<string | Uint8Array> {
    return this.#take(this.#messages);
  }

  #keep(message: string | Uint8Array): void {
    if (typeof message === "string" && message.startsWith('{"hook":')) this.#events.push(message);
    else this.#messages.push(message);
    this.#wake?.();
  }

  async #take<T>(queue: T[]): Promise<T> {
    while (queue.length === 0) {
      if (this.#ending) throw new Error(`closed with ${this.#ending.code} ${this.#ending.reason} before a message`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return queue.shift()!;
  }

  /** The next message, parsed. */
  async json(): Promise<Record<string, unknown>> {
    const message = await this.next();
    return JSON.parse(typeof message === "string" ? message : new TextDecoder().decode(message));
  }

  /** Sends a command of the contract's app and takes its reply. */
  ask(...command: unknown[]): Promise<Record<string, unknown>> {
    this.tell(...command);
    return this.json();
  }

  /** Sends a command of the contract's app that has no reply, or whose reply is taken later. */
  tell(...command: unknown[]): void {
    this.send(JSON.stringify(command));
  }

  /** The next event of this name that a hook told its watchers; others before it are dropped. */
  async event(hook: string): Promise<Record<string, unknown>> {
    for (;;) {
      const event = JSON.parse(await this.#take(this.#events));
      if (event.hook === hook) return event;
    }
  }

  /** What has arrived and was not asked for: messages, and events of hooks. */
  get unread(): readonly (string | Uint8Array)[] {
    return [...this.#messages, ...this.#events];
  }

  /** Closes, and waits for the end. */
  close(code?: number, reason?: string): Promise<Ending> {
    this.socket.close(code, reason);
    return this.closed;
  }

  /** Ends the TCP connection without a Close. */
  vanish(): void {
    this.socket.terminate();
  }
}
