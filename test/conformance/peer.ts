import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One frame from the server. */
export interface ServerFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** What a handshake may bring. */
export interface PeerOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client on a bare TCP connection: it says exactly what it is told to, and never ends its side by itself. */
export class Peer {
  static readonly #all = new Set<Peer>();
  readonly socket: Socket;
  /** How the server ended its side. */
  readonly end: Promise<"fin" | "reset">;
  #chunks: Buffer[] = [];
  #size = 0;
  #over = false;
  #wake = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.socket = socket;
    Peer.#all.add(this);
    socket.once("close", () => Peer.#all.delete(this));
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      this.#stir();
    });
    socket.on("error", () => {});
    this.end = new Promise((resolve) => {
      socket.once("end", () => resolve("fin"));
      socket.once("close", () => resolve("reset"));
    });
    void this.end.then(() => {
      this.#over = true;
      this.#stir();
    });
  }

  /** A TCP connection, before any handshake. */
  static async connect(url: string): Promise<Peer> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true });
    await once(socket, "connect");
    return new Peer(socket);
  }

  /** A WebSocket, open; rejects when the handshake is not answered as RFC 6455 §4.2.2 says. */
  static async open(url: string, options: PeerOptions = {}): Promise<Peer & { extensions: string }> {
    const peer = await Peer.connect(url);
    const key = randomBytes(16).toString("base64");
    peer.write(handshake(url, key, options));
    const head = await peer.head();
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    if (!head.startsWith("HTTP/1.1 101 ") || headerOf(head, "sec-websocket-accept") !== accept) throw new Error(head);
    return Object.assign(peer, { extensions: headerOf(head, "sec-websocket-extensions") ?? "" });
  }

  write(...chunks: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(chunks));
  }

  /** Writes pieces of `size` bytes, each handed to the network before the next. */
  async dribble(bytes: Uint8Array, size = 1): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#over && !this.socket.destroyed; at += size) {
      await new Promise((resolve) => this.socket.write(bytes.subarray(at, at + size), resolve));
    }
  }

  /** The head of an HTTP answer. */
  async head(): Promise<string> {
    for (;;) {
      const end = this.#joined().indexOf("\r\n\r\n");
      if (end >= 0) return this.#take(end + 4).toString("latin1");
      if (!(await this.#more())) throw new Error("the stream ended inside the answer");
    }
  }

  /** The next frame; undefined when the stream has ended before it. */
  async frame(): Promise<ServerFrame | undefined> {
    if (!(await this.#has(2))) return undefined;
    const [first = 0, second = 0] = this.#joined();
    const length7 = second & 0x7f;
    const headBytes = 2 + (length7 === 126 ? 2 : length7 === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
    if (!(await this.#has(headBytes))) return undefined;
    const head = this.#take(headBytes);
    const length = length7 === 126 ? head.readUInt16BE(2) : length7 === 127 ? Number(head.readBigUInt64BE(2)) : length7;
    if (!(await this.#has(length))) return undefined;
    const masked = (second & 0x80) !== 0;
    return { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, masked, payload: this.#take(length) };
  }

  /** Every frame until the server ends the stream. */
  async rest(): Promise<ServerFrame[]> {
    const frames: ServerFrame[] = [];
    for (let next = await this.frame(); next; next = await this.frame()) frames.push(next);
    return frames;
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Ends what a failed test left open. */
  static destroyAll(): void {
    for (const peer of Peer.#all) peer.destroy();
  }

  #stir(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Waits for more bytes; false when there will be none. */
  async #more(): Promise<boolean> {
    if (this.#over) return false;
    await this.#wake.promise;
    return true;
  }

  async #has(count: number): Promise<boolean> {
    while (this.#size < count) if (!(await this.#more())) return this.#size >= count;
    return true;
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }

  #take(count: number): Buffer {
    const all = this.#joined();
    this.#chunks = [all.subarray(count)];
    this.#size -= count;
    return all.subarray(0, count);
  }
}

/** The bytes of a valid handshake. */
export function handshake(url: string, key: string, { path = "/", headers = {} }: PeerOptions = {}): Buffer {
  const fields = {
    Host: new URL(url).host,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": key,
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
}

/** A header's value in the head of an answer. */
export function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*?) *\\r$`, "im").exec(head)?.[1];
}
