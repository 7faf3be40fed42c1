import { connect, type Socket } from "node:net";
import { sleep } from "./measurement.ts";

/** A fixed key, so that the request is prebuilt and the answer known (RFC 6455 §1.3). */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** All clients read into it, one after the other: nothing is kept of what is read but what is asked for. */
const shared = Buffer.allocUnsafe(1 << 18);

export interface Where {
  readonly port: number;
  readonly path: string;
  /** `Sec-WebSocket-Extensions`, and what the answer must say; none by default. */
  readonly extensions?: string | undefined;
}

/** What comes after the 101; the bytes are there only during the call. */
export type Take = (bytes: Buffer) => void;

/** A connection that does as little as possible: it sends what is prebuilt and hands over the bytes that come. */
export class LoadClient {
  readonly #socket: Socket;
  readonly #opened: Promise<void>;
  #take: Take = () => {};
  #head = "";
  #open = false;
  #failure: Error | undefined;
  readonly #fail: (error: Error) => void;

  private constructor({ port, path, extensions }: Where) {
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${KEY}`,
      "Sec-WebSocket-Version: 13",
      ...(extensions ? [`Sec-WebSocket-Extensions: ${extensions}`] : []),
    ];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#opened = promise;
    this.#fail = reject;
    const callback = (length: number) => {
      const bytes = shared.subarray(0, length);
      if (this.#open) this.#take(bytes);
      else this.#handshake(bytes, extensions, resolve);
      return true;
    };
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer: shared, callback } });
    const lost = (error?: Error) => this.#lost(error ?? new Error("the server closed the connection"));
    this.#socket.on("error", lost).on("close", () => lost());
    this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  }

  /** Resolves after the 101. Rejects when it is another answer, has the wrong Accept, or other extensions. */
  static async open(where: Where): Promise<LoadClient> {
    const client = new LoadClient(where);
    await client.#opened;
    return client;
  }

  #handshake(bytes: Buffer, extensions: string | undefined, resolve: () => void): void {
    this.#head += bytes.toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#head.slice(0, end).toLowerCase();
    const sound = head.startsWith("http/1.1 101") && head.includes(`sec-websocket-accept: ${ACCEPT.toLowerCase()}`);
    const agreed = extensions?.split(";").every((part) => head.includes(part.trim())) ?? !head.includes("-extensions:");
    if (!sound || !agreed) {
      this.#lost(new Error(`the handshake was answered:\n${this.#head}`));
      return;
    }
    const rest = Buffer.from(this.#head.slice(end + 4), "latin1");
    this.#head = "";
    this.#open = true;
    resolve();
    if (rest.length > 0) this.#take(rest);
  }

  #lost(error: Error): void {
    this.#failure ??= error;
    this.#fail(error);
  }

  /** Throws when the connection is gone. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  onBytes(take: Take): void {
    this.#take = take;
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Collects exactly the next `length` bytes. Rejects when they don't come in time; what comes after them is a failure. */
  collect(length: number): Promise<Buffer> {
    const all = Buffer.allocUnsafe(length);
    let size = 0;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#failure ?? new Error(`${size} of ${length} bytes came`)), 20_000);
      this.#take = (bytes) => {
        if (size + bytes.length > length) return reject(new Error(`more than ${length} bytes came`));
        size += bytes.copy(all, size);
        if (size < length) return;
        clearTimeout(timer);
        this.#take = () => this.#lost(new Error("more came than was to come"));
        resolve(all);
      };
    });
  }

  /** Collects whatever comes until a whole frame is there, and tells its length with its header. */
  async frameLength(send: () => void): Promise<number> {
    const pieces: Buffer[] = [];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#failure ?? new Error("no reply came")), 20_000);
      this.#take = (bytes) => {
        pieces.push(Buffer.from(bytes));
        const all = Buffer.concat(pieces);
        const length = wholeFrame(all);
        if (length === undefined || all.length < length) return;
        clearTimeout(timer);
        if (all.length > length) reject(new Error("more than one reply came"));
        resolve(length);
      };
      send();
    });
  }

  /** Without a trace: no closing handshake, and no port that waits. */
  reset(): void {
    this.#socket.removeAllListeners("error").on("error", () => {});
    this.#socket.resetAndDestroy();
  }
}

/** How long the frame is that begins here, header and all; undefined as long as the header is not there. */
function wholeFrame(bytes: Buffer): number | undefined {
  if (bytes.length < 10) return bytes.length >= 2 && (bytes[1]! & 0x7f) < 126 ? 2 + (bytes[1]! & 0x7f) : undefined;
  const length7 = bytes[1]! & 0x7f;
  if (length7 < 126) return 2 + length7;
  return length7 === 126 ? 4 + bytes.readUInt16BE(2) : 10 + Number(bytes.readBigUInt64BE(2));
}

/** Throws when more comes than was collected, or a connection is gone. */
export async function checkQuiet(clients: readonly LoadClient[]): Promise<void> {
  await sleep(0.02);
  for (const client of clients) client.check();
}

/** Opens many, so many at a time. */
export async function openAll(count: number, atATime: number, where: (seed: number) => Where): Promise<LoadClient[]> {
  const clients: LoadClient[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const seed = next++;
      clients[seed] = await LoadClient.open(where(seed));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, count) }, worker));
  return clients;
}
