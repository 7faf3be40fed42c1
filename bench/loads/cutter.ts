import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server on which connections break: anywhere in a message, in both directions, without a word. */
export class Cutter {
  readonly #port: () => number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** How many connections it has cut. */
  cuts = 0;

  private constructor(port: () => number) {
    this.#port = port;
    this.#server = createServer((client) => this.#join(client));
  }

  /** Before the server on this port of 127.0.0.1, or the one that is asked for with each connection. */
  static async before(port: number | (() => number)): Promise<Cutter> {
    const cutter = new Cutter(typeof port === "number" ? () => port : port);
    cutter.#server.listen(0, "127.0.0.1");
    await once(cutter.#server, "listening");
    return cutter;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #join(client: Socket): void {
    const server = connect(this.#port(), "127.0.0.1");
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const end = () => this.#end(pair);
    for (const [from, to] of [pair, pair.toReversed() as [Socket, Socket]]) {
      from.setNoDelay(true);
      from
        .on("data", (bytes) => to.write(bytes))
        .on("error", end)
        .on("close", end);
    }
  }

  #end(pair: readonly [Socket, Socket]): void {
    if (!this.#pairs.delete(pair)) return;
    for (const socket of pair) socket.destroy();
  }

  /** Cuts one of the connections by chance; what it is bringing comes in part. */
  cut(): void {
    const pair = [...this.#pairs][Math.floor(Math.random() * this.#pairs.size)];
    if (!pair) return;
    this.cuts += 1;
    const [client, server] = pair;
    server.removeAllListeners("data");
    server.once("data", (bytes: Buffer) => {
      client.write(bytes.subarray(0, Math.floor(Math.random() * bytes.length)), () => this.#end(pair));
    });
    setTimeout(() => this.#end(pair), 5 * Math.random());
  }

  close(): void {
    for (const pair of this.#pairs) this.#end(pair);
    this.#server.close();
  }
}
