import { frameOf, payloadOf, roomPathOf } from "../payloads.ts";
import type { ServerProcess } from "../process.ts";
import { checkQuiet, type LoadClient, openAll } from "./client.ts";
import { type Latency, percentiles } from "./latency.ts";
import { type Amount, type Measurement, sleep, WARM_UP, watched } from "./measurement.ts";

/** Messages at a fixed rate, whether the server keeps up or not. */
export interface PacedLoad {
  readonly rooms: number;
  /** Connections in each room: all of them hear what one says. With 1, a message is echoed. */
  readonly members: number;
  /** Messages per second, of all connections together. */
  readonly rate: number;
}

/**
 * Message k is due k / rate seconds after the beginning, and the next connection's turn. Latency is counted from when it
 * was due, so that what had to wait for something else counts in full (no coordinated omission).
 */
export async function paced(
  server: ServerProcess,
  load: PacedLoad,
  { seconds, divisor }: Amount,
): Promise<Measurement> {
  const rooms = Math.ceil(load.rooms / divisor);
  const clients = await openAll(rooms * load.members, 50, (seed) => {
    const room = seed % rooms;
    return { port: server.port, path: roomPathOf(room, { ...PAYLOAD, seed: room }) };
  });
  const pace = new Pace(clients, rooms, load.rate / divisor);
  try {
    await pace.verify(0);
    await collectGarbage(server);
    pace.start(seconds);
    const measured = await watched(server, seconds, () => pace.heard);
    await pace.stop();
    await pace.verify(load.members - 1);
    await checkQuiet(clients);
    return { ...measured, latency: pace.latency() };
  } finally {
    for (const client of clients) client.reset();
    // So many resets take the server a moment.
    await sleep(clients.length / 20_000);
  }
}

/** So that what the handshakes left behind is nobody's latency. */
async function collectGarbage(server: ServerProcess): Promise<void> {
  await server.restingBytes();
  (globalThis as { gc?(): void }).gc?.();
}

const PAYLOAD = { kind: "binary", size: 64 } as const;

/** Connection c is in room c mod `rooms`, and message k is said by connection k mod their number: in room k mod `rooms`. */
class Pace {
  readonly #clients: readonly LoadClient[];
  readonly #rooms: number;
  readonly #rate: number;
  /** By room. */
  readonly #frames: readonly Buffer[];
  readonly #deliveries: readonly Buffer[];
  readonly #frameLength: number;
  /** By connection. */
  readonly #bytes: Float64Array;
  readonly #count: Uint32Array;
  #begun = 0;
  /** How many messages there are in all, and which of them is the first that is measured. */
  #total = 0;
  #first = 0;
  #next = 0;
  #latencies = new Float64Array(0);
  #measured = 0;
  #lags = new Float64Array(0);
  #settled = () => {};
  /** Messages that have come to a connection. */
  heard = 0;

  constructor(clients: readonly LoadClient[], rooms: number, rate: number) {
    this.#clients = clients;
    this.#rooms = rooms;
    this.#rate = rate;
    const payloads = Array.from({ length: rooms }, (_, seed) => payloadOf({ ...PAYLOAD, seed }));
    this.#frames = payloads.map((payload, seed) => frameOf("binary", payload, (0x9e3779b1 * (seed + 1)) >>> 0));
    this.#deliveries = payloads.map((payload) => frameOf("binary", payload, undefined));
    this.#frameLength = this.#deliveries[0]!.length;
    this.#bytes = new Float64Array(clients.length);
    this.#count = new Uint32Array(clients.length);
  }

  /** One member of each room speaks, and every byte that the members hear is compared. */
  async verify(speaker: number): Promise<void> {
    const heard = Promise.all(this.#clients.map((client) => client.collect(this.#frameLength)));
    this.#frames.forEach((frame, room) => void this.#clients[room + speaker * this.#rooms]!.write(frame));
    for (const [at, bytes] of (await heard).entries()) {
      if (!bytes.equals(this.#deliveries[at % this.#rooms]!)) throw new Error("what came is not what was said");
    }
  }

  start(seconds: number): void {
    this.#total = Math.ceil(this.#rate * seconds * (1 + WARM_UP));
    this.#first = Math.floor(this.#rate * seconds * WARM_UP);
    const measured = this.#total - this.#first;
    this.#lags = new Float64Array(measured);
    this.#latencies = new Float64Array(measured * (this.#clients.length / this.#rooms));
    for (const [at, client] of this.#clients.entries()) client.onBytes((bytes) => this.#take(at, bytes.length));
    this.#begun = performance.now();
    this.#turn();
  }

  /** Timers are a millisecond apart at best: it looks at the clock in each turn of the event loop, which never waits. */
  #turn(): void {
    this.#sendDue();
    if (this.#next < this.#total) setImmediate(() => this.#turn());
  }

  #due(message: number): number {
    return this.#begun + (message / this.#rate) * 1000;
  }

  #sendDue(): void {
    for (; this.#next < this.#total; this.#next++) {
      const lag = performance.now() - this.#due(this.#next);
      if (lag < 0) return;
      this.#clients[this.#next % this.#clients.length]!.write(this.#frames[this.#next % this.#rooms]!);
      if (this.#next >= this.#first) this.#lags[this.#next - this.#first] = lag;
    }
  }

  #take(at: number, length: number): void {
    const now = performance.now();
    this.#bytes[at]! += length;
    const room = at % this.#rooms;
    for (; this.#bytes[at]! >= (this.#count[at]! + 1) * this.#frameLength; this.#count[at]!++) {
      const message = this.#count[at]! * this.#rooms + room;
      this.heard++;
      if (message >= this.#first) this.#latencies[this.#measured++] = now - this.#due(message);
    }
    // A long turn would hold up what is due.
    this.#sendDue();
    if (this.heard >= this.#wanted()) this.#settled();
  }

  #wanted(): number {
    return this.#total * (this.#clients.length / this.#rooms);
  }

  /** Resolves when all has come that there is to come; rejects when that takes long, or to one came what was for another. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.check();
    await new Promise<void>((resolve, reject) => {
      this.#settled = resolve;
      setTimeout(() => reject(new Error(`${this.#wanted() - this.heard} messages did not come`)), 20_000).unref();
      if (this.heard >= this.#wanted()) resolve();
    });
    for (const [at, bytes] of this.#bytes.entries()) {
      const messages = Math.ceil((this.#total - (at % this.#rooms)) / this.#rooms);
      if (bytes !== messages * this.#frameLength) throw new Error("a connection heard more or less than its room's");
    }
  }

  latency(): Latency {
    return { ...percentiles(this.#latencies.subarray(0, this.#measured)), lag: percentiles(this.#lags).p99 };
  }
}
