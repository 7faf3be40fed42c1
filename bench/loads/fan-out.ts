import { deflateRawSync } from "node:zlib";
import { frameOf, type Kind, payloadOf } from "../payloads.ts";
import type { ServerProcess } from "../process.ts";
import { checkQuiet, type LoadClient, openAll } from "./client.ts";
import { inflatesTo, NO_TAKEOVER } from "./echo.ts";
import { type Amount, type Measurement, watched } from "./measurement.ts";

export interface FanOutLoad {
  readonly connections: number;
  /** Messages published and not yet delivered to all. */
  readonly inFlight: number;
  readonly size: number;
  readonly kind: Kind;
  /** Compressed for all who hear it. */
  readonly deflate?: boolean;
  /** How many rooms there are that know nothing of each other, each with its share of the connections; default 1. */
  readonly rooms?: number;
  /** How many of one room's connections publish, in turns; default 1. */
  readonly speakers?: number;
}

/** The first connection publishes, or the first ones in turns, and all of them hear it; where there are several rooms, the first of each to its own. */
export async function fanOut(
  server: ServerProcess,
  { connections, inFlight, size, kind, deflate, rooms = 1, speakers: inTurns = 1 }: FanOutLoad,
  { seconds, divisor }: Amount,
): Promise<Measurement> {
  const where = { port: server.port, path: "/", extensions: deflate ? NO_TAKEOVER : undefined };
  const speakers = await openAll(Math.max(rooms, inTurns), 1, () => where);
  const payload = payloadOf({ kind, size, seed: 1 });
  const body = deflate ? deflateRawSync(payload, { finishFlush: 2 }).subarray(0, -4) : payload;
  const frame = frameOf(kind, body, 0x12345678, deflate ? 0x40 : 0);
  const frames = Buffer.concat(Array.from({ length: inFlight }, () => frame));
  const plain = frameOf(kind, payload, undefined);
  let turn = 0;
  const publish = (count: number) => {
    if (inTurns > 1) for (let at = 0; at < count; at++) speakers[turn++ % inTurns]!.write(frame);
    else for (const speaker of speakers) speaker.write(frames.subarray(0, count * frame.length));
  };
  // How a server compresses is its own affair: it is asked before there are others.
  const length = deflate ? await speakers[0]!.frameLength(() => publish(1)) : plain.length;
  const isRight = (reply: Buffer) => (deflate ? inflatesTo(reply, payload) : reply.equals(plain));
  const clients = [
    ...speakers,
    ...(await openAll(Math.ceil(connections / divisor) - speakers.length, 50, () => where)),
  ];
  const rounds = new Rounds(clients, length, publish);
  const verifyAll = () => verify(clients, { length, inFlight, isRight }, () => publish(inFlight));
  try {
    await verifyAll();
    rounds.start(inFlight);
    const measured = await watched(server, seconds, () => Math.floor(rounds.bytes / rounds.frameLength));
    await rounds.stop();
    await verifyAll();
    await checkQuiet(clients);
    return measured;
  } finally {
    for (const client of clients) client.reset();
  }
}

/** How long each delivery is, how many come, and whether one is what it should be. */
interface Delivery {
  readonly length: number;
  readonly inFlight: number;
  isRight(reply: Buffer): boolean;
}

/** Every subscriber's bytes are looked at. */
async function verify(clients: readonly LoadClient[], delivery: Delivery, publish: () => void): Promise<void> {
  const { length, inFlight, isRight } = delivery;
  const heard = Promise.all(clients.map((client) => client.collect(length * inFlight)));
  publish();
  for (const bytes of await heard) {
    for (let at = 0; at < bytes.length; at += length) {
      if (!isRight(bytes.subarray(at, at + length))) throw new Error("a delivery is not what was published");
    }
  }
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
