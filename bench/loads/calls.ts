import { frameOf, payloadOf } from "../payloads.ts";
import type { ServerProcess } from "../process.ts";
import { checkQuiet, type LoadClient, openAll } from "./client.ts";
import { type Amount, type Measurement, watched } from "./measurement.ts";

/** How a server is called, in the words of its protocol. Ids are of two digits, so that all answers are as long. */
export interface Dialect {
  readonly path: string;
  /** What is said before, and a part of what comes then. */
  readonly prelude: readonly (readonly [said: string, heard: string])[];
  request(id: number, text: string): string;
  answer(id: number, text: string): string;
}

/** JSON-RPC 2.0. */
export const JSON_RPC: Dialect = {
  path: "/",
  prelude: [],
  request: (id, text) => `{"jsonrpc":"2.0","id":${id},"method":"say","params":{"text":"${text}"}}`,
  answer: (id, text) => `{"jsonrpc":"2.0","id":${id},"result":"${text}"}`,
};

/** tRPC 11 over WebSocket. */
export const TRPC: Dialect = {
  path: "/",
  prelude: [],
  request: (id, text) => `{"id":${id},"method":"mutation","params":{"path":"say","input":{"text":"${text}"}}}`,
  answer: (id, text) => `{"id":${id},"result":{"type":"data","data":"${text}"}}`,
};

/** Engine.IO 4 and Socket.IO 5, their protocols: an event that is acknowledged. */
export const SOCKET_IO: Dialect = {
  path: "/socket.io/?EIO=4&transport=websocket",
  // The server's own first words have come and gone.
  prelude: [["40", '40{"sid"']],
  request: (id, text) => `42${id}["say",{"text":"${text}"}]`,
  answer: (id, text) => `43${id}["${text}"]`,
};

export interface CallLoad {
  readonly connections: number;
  /** Calls in flight on each. */
  readonly depth: number;
  /** Bytes of the text that each says. */
  readonly size: number;
}

/** A call for each answer that comes back: as many are in flight all the time. */
class Caller {
  readonly #client: LoadClient;
  readonly #requests: readonly Buffer[];
  readonly #answers: Buffer;
  #received = 0;
  #sent = 0;
  #stopped = false;
  #settled = () => {};
  /** Answers that came. */
  count = 0;

  constructor(client: LoadClient, { request, answer }: Dialect, { depth, size }: CallLoad, seed: number) {
    const text = payloadOf({ kind: "text", size, seed }).toString();
    const ids = Array.from({ length: depth }, (_, at) => 10 + at);
    this.#client = client;
    this.#requests = ids.map((id) => frameOf("text", Buffer.from(request(id, text)), 0x9e3779b1));
    this.#answers = Buffer.concat(ids.map((id) => frameOf("text", Buffer.from(answer(id, text)), undefined)));
  }

  /** Calls once with each id, and compares every byte that comes back. */
  async verify(): Promise<void> {
    const answers = this.#client.collect(this.#answers.length);
    this.#client.write(Buffer.concat(this.#requests));
    const all = await answers;
    if (!all.equals(this.#answers)) throw new Error(`an answer is not what it should be: ${all}`);
  }

  start(): void {
    this.#client.onBytes((bytes) => this.#take(bytes.length));
    this.#send(this.#requests.length);
  }

  #send(calls: number): void {
    const { length } = this.#requests;
    const frames = Array.from({ length: calls }, (_, at) => this.#requests[(this.#sent + at) % length]!);
    this.#sent += calls;
    this.#client.write(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
  }

  #take(length: number): void {
    this.#received += length;
    const done = Math.floor((this.#received / this.#answers.length) * this.#requests.length) - this.count;
    this.count += done;
    if (this.#stopped) this.#settle();
    else if (done > 0) this.#send(done);
  }

  #settle(): void {
    if (this.count === this.#sent) this.#settled();
  }

  /** Resolves when every call is answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#client.check();
    await new Promise<void>((resolve, reject) => {
      this.#settled = resolve;
      setTimeout(() => reject(new Error(`${this.#sent - this.count} answers did not come`)), 20_000).unref();
      this.#settle();
    });
  }

  reset(): void {
    this.#client.reset();
  }
}

/** Says it, and waits until a part of what comes is heard. */
function exchange(client: LoadClient, said: string, heard: string): Promise<void> {
  let all = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${heard} did not come, but ${all}`)), 20_000);
    client.onBytes((bytes) => {
      all += bytes.toString("latin1");
      if (!all.includes(heard)) return;
      clearTimeout(timer);
      resolve();
    });
    client.write(frameOf("text", Buffer.from(said), 1));
  });
}

export async function calls(
  server: ServerProcess,
  dialect: Dialect,
  load: CallLoad,
  { seconds, divisor }: Amount,
): Promise<Measurement> {
  const number = Math.max(1, Math.floor(load.connections / divisor));
  const opened = await openAll(number, 50, () => ({ port: server.port, path: dialect.path }));
  for (const client of opened) for (const [said, heard] of dialect.prelude) await exchange(client, said, heard);
  const callers = opened.map((client, seed) => new Caller(client, dialect, load, seed));
  try {
    await Promise.all(callers.map((caller) => caller.verify()));
    for (const caller of callers) caller.start();
    const measured = await watched(server, seconds, () => callers.reduce((sum, { count }) => sum + count, 0));
    await Promise.all(callers.map((caller) => caller.stop()));
    await checkQuiet(opened);
    return measured;
  } finally {
    for (const caller of callers) caller.reset();
  }
}
