import { deflateRawSync, inflateRawSync } from "node:zlib";
import { frameOf, type Kind, pathOf, payloadOf } from "../payloads.ts";
import type { ServerProcess } from "../process.ts";
import { checkQuiet, type LoadClient, openAll } from "./client.ts";
import { type Amount, type Measurement, watched } from "./measurement.ts";

export interface EchoLoad {
  readonly connections: number;
  /** Messages in flight on each. */
  readonly depth: number;
  readonly size: number;
  readonly kind: Kind;
  /** Compressed both ways, each message by itself. */
  readonly deflate?: boolean;
}

export const NO_TAKEOVER = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";
const TAIL = Buffer.of(0, 0, 0xff, 0xff);

/** Whether a compressed text message is this one. */
export function inflatesTo(frame: Buffer, payload: Buffer): boolean {
  const start = (frame[1]! & 0x7f) < 126 ? 2 : 4;
  const message = inflateRawSync(Buffer.concat([frame.subarray(start), TAIL]), { finishFlush: 2 });
  return frame[0] === 0xc1 && message.equals(payload);
}

/** A frame for each echo that comes back: the number of messages in flight stays the same. */
class EchoClient {
  readonly client: LoadClient;
  readonly #payload: Buffer;
  readonly #load: EchoLoad;
  /** `depth` frames to send, and how long one is. */
  readonly #frames: Buffer;
  readonly #frameLength: number;
  #replyLength = 0;
  #received = 0;
  #stopped = false;
  #settled = () => {};
  /** Echoes that came. */
  count = 0;
  #sent = 0;

  constructor(client: LoadClient, load: EchoLoad, seed: number) {
    const { kind, size, depth, deflate } = load;
    this.client = client;
    this.#load = load;
    this.#payload = payloadOf({ kind, size, seed });
    const body = deflate ? deflateRawSync(this.#payload, { finishFlush: 2 }).subarray(0, -4) : this.#payload;
    const key = (0x9e3779b1 * (seed + 1)) >>> 0;
    const frame = frameOf(kind, body, key, deflate ? 0x40 : 0);
    this.#frameLength = frame.length;
    this.#frames = Buffer.concat(Array.from({ length: depth }, () => frame));
  }

  /** Sends as many as are in flight, and compares every byte that comes back. */
  async verify(): Promise<void> {
    const { kind, depth, deflate } = this.#load;
    if (deflate) {
      const frame = this.#frames.subarray(0, this.#frameLength);
      this.#replyLength ||= await this.client.frameLength(() => this.client.write(frame));
    }
    const expected = frameOf(kind, this.#payload, undefined);
    this.#replyLength ||= expected.length;
    const replies = this.client.collect(depth * this.#replyLength);
    this.client.write(this.#frames);
    const all = await replies;
    for (let at = 0; at < all.length; at += this.#replyLength) {
      const reply = all.subarray(at, at + this.#replyLength);
      if (!(deflate ? inflatesTo(reply, this.#payload) : reply.equals(expected)))
        throw new Error("an echo is not what was sent");
    }
  }

  start(): void {
    this.client.onBytes((bytes) => this.#take(bytes.length));
    this.#stopped = false;
    this.#received = this.count = 0;
    this.#sent = this.#load.depth;
    this.client.write(this.#frames);
  }

  #take(length: number): void {
    this.#received += length;
    const done = Math.floor(this.#received / this.#replyLength) - this.count;
    if (done === 0) return;
    this.count += done;
    if (this.#stopped) {
      this.#settle();
      return;
    }
    this.#sent += done;
    this.client.write(this.#frames.subarray(0, done * this.#frameLength));
  }

  #settle(): void {
    if (this.count === this.#sent) this.#settled();
  }

  /** Resolves when all that was sent has come back; rejects when that takes long, or the bytes are not a whole number of echoes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.client.check();
    await new Promise<void>((resolve, reject) => {
      this.#settled = resolve;
      setTimeout(() => reject(new Error(`${this.#sent - this.count} echoes did not come back`)), 20_000).unref();
      this.#settle();
    });
    if (this.#received !== this.count * this.#replyLength) throw new Error("the bytes are no whole number of echoes");
  }

  reset(): void {
    this.client.reset();
  }
}

interface Opened {
  readonly load: EchoLoad;
  readonly clients: readonly EchoClient[];
  /** By `performance.now()`. */
  readonly at: number;
}

/** Kept over turns: the garbage of opening them would be a part of what is measured in a short one. */
const opened = new WeakMap<ServerProcess, Opened>();

/** Older ones are opened anew: nobody here answers the Pings that a server sends after 20 s or more. */
const OLD_MS = 8000;

async function clientsOf(server: ServerProcess, load: EchoLoad): Promise<readonly EchoClient[]> {
  const known = opened.get(server);
  const now = performance.now();
  if (known?.load === load && now - known.at < OLD_MS) return known.clients;
  const { kind, size } = load;
  const sockets = await openAll(load.connections, 50, (seed) => ({
    port: server.port,
    path: pathOf({ kind, size, seed }),
    extensions: load.deflate ? NO_TAKEOVER : undefined,
  }));
  const clients = sockets.map((client, seed) => new EchoClient(client, load, seed));
  for (const client of known?.clients ?? []) client.reset();
  opened.set(server, { load, clients, at: now });
  return clients;
}

export async function echo(server: ServerProcess, load: EchoLoad, { seconds }: Amount): Promise<Measurement> {
  const clients = await clientsOf(server, load);
  await Promise.all(clients.map((client) => client.verify()));
  for (const client of clients) client.start();
  const measured = await watched(server, seconds, () => clients.reduce((sum, { count }) => sum + count, 0));
  await Promise.all(clients.map((client) => client.stop()));
  await Promise.all(clients.map((client) => client.verify()));
  await checkQuiet(clients.map(({ client }) => client));
  return measured;
}
