import { frameOf, payloadOf } from "../payloads.ts";
import type { ServerProcess } from "../process.ts";
import { checkQuiet, type LoadClient, openAll } from "./client.ts";
import { type Amount, type Measurement, sleep, stopwatch } from "./measurement.ts";

export interface FanOutLoad {
  readonly connections: number;
  /** Messages published and not yet delivered to all. */
  readonly inFlight: number;
  readonly size: number;
}

/** The first connection publishes, and all of them hear it. */
export async function fanOut(
  server: ServerProcess,
  { connections, inFlight, size }: FanOutLoad,
  { seconds, divisor }: Amount,
): Promise<Measurement> {
  const clients = await openAll(Math.ceil(connections / divisor), 50, () => ({ port: server.port, path: "/" }));
  const payload = payloadOf({ kind: "binary", size, seed: 1 });
  const frame = frameOf("binary", payload, 0x12345678);
  const frames = Buffer.concat(Array.from({ length: inFlight }, () => frame));
  const delivered = Buffer.concat(Array.from({ length: inFlight }, () => frameOf("binary", payload, undefined)));
  const publish = (count: number) => clients[0]!.write(frames.subarray(0, count * frame.length));
  const rounds = new Rounds(clients, delivered.length / inFlight, publish);
  try {
    await verify(clients, delivered, () => publish(inFlight));
    rounds.start(inFlight);
    await sleep(seconds / 4);
    const read = stopwatch(server, () => Math.floor(rounds.bytes / rounds.frameLength));
    await sleep(seconds);
    const measured = read();
    await rounds.stop();
    await verify(clients, delivered, () => publish(inFlight));
    await checkQuiet(clients);
    return measured;
  } finally {
    for (const client of clients) client.reset();
  }
}

/** Every subscriber's bytes are compared. */
async function verify(clients: readonly LoadClient[], expected: Buffer, publish: () => void): Promise<void> {
  const heard = Promise.all(clients.map((client) => client.collect(expected.length)));
  publish();
  for (const bytes of await heard) if (!bytes.equals(expected)) throw new Error("a delivery is not what was published");
}

/** Publishes again for each message that has been delivered to all. */
class Rounds {
  readonly frameLength: number;
  readonly #clients: readonly LoadClient[];
  readonly #publish: (count: number) => void;
  bytes = 0;
  #done = 0;
  #published = 0;
  #stopped = false;
  #settled = () => {};

  constructor(clients: readonly LoadClient[], frameLength: number, publish: (count: number) => void) {
    this.#clients = clients;
    this.frameLength = frameLength;
    this.#publish = publish;
  }

  start(inFlight: number): void {
    for (const client of this.#clients) client.onBytes((bytes) => this.#take(bytes.length));
    this.#published = inFlight;
    this.#publish(inFlight);
  }

  #take(length: number): void {
    this.bytes += length;
    const done = Math.floor(this.bytes / (this.frameLength * this.#clients.length)) - this.#done;
    if (done === 0) return;
    this.#done += done;
    if (this.#stopped) {
      this.#settle();
      return;
    }
    this.#published += done;
    this.#publish(done);
  }

  #settle(): void {
    if (this.#done === this.#published) this.#settled();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const client of this.#clients) client.check();
    await new Promise<void>((resolve, reject) => {
      this.#settled = resolve;
      setTimeout(() => reject(new Error("not all that was published was delivered")), 20_000).unref();
      this.#settle();
    });
  }
}
