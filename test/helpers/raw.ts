import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";

/** The lines of a handshake; a header that is null is left out, one that is a list is sent several times. */
export interface RawHandshake {
  readonly method?: string;
  readonly path?: string;
  readonly version?: "0.9" | "1.0" | "1.1" | "2.0";
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly body?: string;
}

/** An HTTP answer, as it came over the wire. */
export interface RawResponse {
  readonly status: number;
  /** Names in lower case, in the order of the wire. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** One frame from the server. */
export interface RawFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;

/** A masked frame, built by hand. */
export function frame(opcode: number, payload: string | Uint8Array = "", fin = true): Buffer {
  const data = Buffer.from(payload as string);
  const key = randomBytes(4);
  const masked = data.map((byte, i) => byte ^ key[i % 4]!);
  return Buffer.concat([frameHeader((fin ? 0x80 : 0) | opcode, data.length), key, masked]);
}

function frameHeader(first: number, length: number): Buffer {
  if (length < 126) return Buffer.of(first, 0x80 | length);
  if (length < 65_536) return Buffer.of(first, 0x80 | 126, length >> 8, length & 255);
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** The payload of a Close frame. */
export function closePayload(code: number, reason = ""): Buffer {
  return Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(reason)]);
}

/** A header's value, or null. */
export function header(response: RawResponse, name: string): string | null {
  return response.headers.find(([key]) => key === name)?.[1] ?? null;
}

/** A TCP client that says exactly what a test wants it to say. */
export class RawClient {
  readonly #socket: Socket;
  readonly #host: string;
  /** Resolves when the connection is over, by FIN or reset. */
  readonly ended: Promise<void>;
  /** Awaited before a 101 is handed out. */
  opened: ((path: string) => Promise<void>) | undefined;
  #path = "/";
  #bytes = Buffer.alloc(0);
  #over = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on("data", (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    socket.on("error", () => {});
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#over = true;
        this.#wake?.();
        resolve();
      };
      socket.on("end", end);
      socket.on("close", end);
    });
  }

  /** Connects to the host of a URL, from a given address of this machine; an https: URL by TLS, whatever its certificate. */
  static async connect(url: string, from = "127.0.0.1"): Promise<RawClient> {
    const { protocol, hostname, port, host } = new URL(url);
    const to = { host: hostname, port: Number(port), localAddress: from, noDelay: true };
    const secure = { ...to, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] };
    const socket = protocol === "https:" ? connectSecurely(secure) : connect(to);
    await once(socket, protocol === "https:" ? "secureConnect" : "connect");
    return new RawClient(socket, host);
  }

  /** Sends a valid handshake, changed as told, and in the same packet what follows it. */
  handshake({ method = "GET", path = "/", version = "1.1", headers = {}, body = "" }: RawHandshake, ...more: Buffer[]) {
    this.#path = path;
    const fields: Record<string, string | readonly string[] | null> = {
      host: this.#host,
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-key": randomBytes(16).toString("base64"),
      "sec-websocket-version": "13",
      ...headers,
    };
    const lines = Object.entries(fields).flatMap(([name, value]) =>
      (value === null ? [] : [value].flat()).map((one) => `${name}: ${one}\r\n`),
    );
    const head = `${method} ${path} HTTP/${version}\r\n${lines.join("")}\r\n${body}`;
    this.write(Buffer.from(head, "latin1"), ...more);
  }

  write(...chunks: Uint8Array[]): void {
    this.#socket.write(Buffer.concat(chunks));
  }

  /** Sends what is written meanwhile in one packet. */
  together(write: () => void): void {
    this.#socket.cork();
    write();
    this.#socket.uncork();
  }

  /** Whether the stream has ended. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Bytes written here that the server's side has not taken yet; the buffers between the two not counted. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Resolves when the server's side has taken all that was written. */
  async drained(): Promise<void> {
    if (this.unsent > 0) await once(this.#socket, "drain");
  }

  /** Reads no more, so that what the server sends piles up. */
  pause(): void {
    this.#socket.pause();
  }

  /** Ends our side of the stream. */
  end(): void {
    this.#socket.end();
  }

  /** Resets the connection (RST). */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** The next HTTP answer. */
  async response(): Promise<RawResponse> {
    const end = await this.#until(() => this.#bytes.indexOf("\r\n\r\n") + 1);
    const [first = "", ...lines] = this.#take(end + 3)
      .toString("latin1")
      .trimEnd()
      .split("\r\n");
    const headers = lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    });
    const status = Number(first.split(" ")[1]);
    // RFC 9110 §6.4.1: neither has a body.
    if (status === 204 || status === 304) return { status, headers, body: "" };
    if (status !== 101) return { status, headers, body: await this.#body(headers) };
    await this.opened?.(this.#path);
    return { status, headers, body: "" };
  }

  /** The next frame. Rejects when the stream ends before it. */
  async frame(): Promise<RawFrame> {
    await this.#until(() => this.#bytes.length >= 2);
    const short = this.#bytes[1]! & 127;
    const size = short === 126 ? 4 : short === 127 ? 10 : 2;
    await this.#until(() => this.#bytes.length >= size);
    const head = this.#take(size);
    const length = size === 2 ? short : size === 4 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
    await this.#until(() => this.#bytes.length >= length);
    return { fin: head[0]! >= 128, opcode: head[0]! & 15, payload: this.#take(length) };
  }

  /** The next frame's payload as text. */
  async text(): Promise<string> {
    return (await this.frame()).payload.toString();
  }

  /** The next frame, which must be a Close: its code and reason. */
  async close(): Promise<{ code: number; reason: string }> {
    for (;;) {
      const { opcode, payload } = await this.frame();
      if (opcode !== CLOSE) continue;
      return { code: payload.length ? payload.readUInt16BE(0) : 1005, reason: payload.subarray(2).toString() };
    }
  }

  async #body(headers: RawResponse["headers"]): Promise<string> {
    const field = (name: string) => headers.find(([key]) => key === name)?.[1];
    if (field("transfer-encoding") === "chunked") return this.#chunks();
    const length = field("content-length");
    if (length === undefined) {
      await this.ended;
      return this.#take(this.#bytes.length).toString();
    }
    await this.#until(() => this.#bytes.length >= Number(length));
    return this.#take(Number(length)).toString();
  }

  async #chunks(): Promise<string> {
    let body = "";
    for (;;) {
      const line = await this.#until(() => this.#bytes.indexOf("\r\n") + 1);
      const size = Number.parseInt(this.#take(line + 1).toString(), 16);
      await this.#until(() => this.#bytes.length >= size + 2);
      body += this.#take(size + 2).toString("utf8", 0, size);
      if (size === 0) return body;
    }
  }

  async #until<T>(probe: () => T): Promise<T> {
    for (;;) {
      const found = probe();
      if (found) return found;
      if (this.#over) throw new Error(`the stream ended after ${JSON.stringify(this.#bytes.toString("latin1"))}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(length: number): Buffer {
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }
}
