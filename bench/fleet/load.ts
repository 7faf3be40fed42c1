import { type LoadClient, openAll } from "../loads/client.ts";
import { sleep } from "../loads/measurement.ts";
import { frameOf, payloadOf } from "../payloads.ts";

/** Who is there, and how much they say. */
export interface FleetLoad {
  readonly clients: number;
  /** Clients in each room, on whatever hosts. */
  readonly members: number;
  /** Messages per second of all clients together, of 100 bytes. */
  readonly perSecond: number;
}

const PAYLOAD = payloadOf({ kind: "binary", size: 100, seed: 0 });
const SAID = frameOf("binary", PAYLOAD, 0x12345678);
const HEARD = frameOf("binary", PAYLOAD, undefined).length;
/** A pong that nobody asked for shows life, too (RFC 6455 §5.5.3). */
const PONG = Buffer.of(0x8a, 0x80, 0, 0, 0, 0);

/** Clients of some hosts, each in a room with others that are on other hosts. */
export class Crowd {
  readonly #clients: readonly LoadClient[];
  readonly #load: FleetLoad;
  /** Bytes that have come. */
  #bytes = 0;
  #said = 0;

  private constructor(clients: readonly LoadClient[], load: FleetLoad) {
    this.#clients = clients;
    this.#load = load;
    for (const client of clients) {
      client.onBytes((bytes) => {
        this.#bytes += bytes.length;
      });
    }
  }

  static async open(ports: readonly number[], load: FleetLoad): Promise<Crowd> {
    const rooms = Math.ceil(load.clients / load.members);
    const where = (at: number) => ({
      port: ports[Math.floor(at / rooms) % ports.length]!,
      path: `/?room=${at % rooms}`,
    });
    return new Crowd(await openAll(load.clients, 50, where), load);
  }

  /** They talk, one after the other. Rejects when not all is heard by all. */
  async talk(seconds: number): Promise<void> {
    const [begun, before] = [performance.now(), this.#bytes];
    const all = Math.floor(this.#load.perSecond * seconds);
    for (let said = 0; said < all; ) {
      const due = Math.min(all, ((performance.now() - begun) / 1000) * this.#load.perSecond);
      for (; said < due; said++) this.#clients[this.#said++ % this.#clients.length]!.write(SAID);
      await sleep(0.001);
    }
    const wanted = all * this.#load.members * HEARD;
    for (let waited = 0; waited < 100 && this.#bytes - before < wanted; waited++) await sleep(0.05);
    if (this.#bytes - before !== wanted) {
      throw new Error(`${(this.#bytes - before) / HEARD} deliveries came, of ${wanted / HEARD}`);
    }
  }

  /** They only answer pings; resolves with how many came. */
  async idle(seconds: number): Promise<number> {
    let pings = 0;
    for (const client of this.#clients) {
      client.onBytes(() => {
        pings += 1;
        client.write(PONG);
      });
    }
    await sleep(seconds);
    return pings;
  }

  close(): void {
    for (const client of this.#clients) client.reset();
  }
}
