import { type ChildProcess, fork } from "node:child_process";
import { startNats } from "../../test/helpers/engines/nats.ts";
import { startPostgres } from "../../test/helpers/engines/postgres.ts";
import { startRedis } from "../../test/helpers/engines/redis.ts";
import { cpuSeconds, ownSeconds } from "../process.ts";
import type { Passed } from "./crew.ts";
import type { Order, Told } from "./end.ts";

/** What lies between processes. */
export type EngineName = "redis" | "nats" | "postgres" | "cluster";

export const ENGINES: readonly EngineName[] = ["redis", "nats", "postgres", "cluster"];

/** One process at an engine. */
export class End {
  pid = 0;
  readonly #send: (order: Order) => void;
  #answer = Promise.withResolvers<Told>();

  constructor(send: (order: Order) => void) {
    this.#send = send;
  }

  take(told: Told): void {
    this.pid = told.pid;
    this.#answer.resolve(told);
  }

  /** Resolves when it has joined the engine. */
  joined(): Promise<Told> {
    return this.#answer.promise;
  }

  /** Resolves when it is done. */
  order(order: Order): Promise<Told> {
    this.#answer = Promise.withResolvers();
    this.#send(order);
    return this.#answer.promise;
  }

  /** CPU seconds so far. */
  cpu(): number {
    return ownSeconds(this.pid);
  }
}

/** An engine of our own, with so many ends that are connected to it. */
export interface Line {
  readonly ends: readonly End[];
  /** CPU seconds of the engine so far. */
  cpu(): number;
  stop(): Promise<void>;
}

const FLAGS = { execArgv: ["--conditions=onesocket-source"] };

const SERVERS = {
  redis: async () => startRedis().then((server) => ({ server, options: { url: server.url } })),
  nats: async () => startNats().then((server) => ({ server, options: { servers: server.address } })),
  postgres: async () => startPostgres().then((server) => ({ server, options: { url: server.url } })),
};

/** Starts an engine that is a program of its own, and tells how its broker is connected. */
export async function startEngine(engine: Exclude<EngineName, "cluster">) {
  const { server, options } = await SERVERS[engine]();
  const kill = () => process.kill(server.pid(), "SIGQUIT");
  process.once("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    await server.kill();
  };
  return { options, cpu: () => cpuSeconds(server.pid()), stop };
}

export async function startLine(engine: EngineName, count: number): Promise<Line> {
  const line = engine === "cluster" ? startCrew(count) : await startEnds(engine, count);
  await Promise.all(line.ends.map((end) => end.joined()));
  return line;
}

async function startEnds(engine: Exclude<EngineName, "cluster">, count: number): Promise<Line> {
  const { options, cpu, stop: stopEngine } = await startEngine(engine);
  const children: ChildProcess[] = [];
  const ends = Array.from({ length: count }, () => {
    const child = fork(`${import.meta.dirname}/end.ts`, [engine, JSON.stringify(options)], FLAGS);
    const end = new End((order) => child.send(order));
    child.on("message", (told: Told) => end.take(told));
    children.push(child);
    return end;
  });
  const stop = async () => {
    for (const child of children) child.kill();
    await stopEngine();
  };
  return { ends, cpu, stop };
}

function startCrew(count: number): Line {
  const child = fork(`${import.meta.dirname}/crew.ts`, [`${count}`], FLAGS);
  const ends = Array.from(
    { length: count },
    (_, end) => new End((what) => child.send({ end, what } satisfies Passed<Order>)),
  );
  child.on("message", ({ end, what }: Passed<Told>) => ends[end]?.take(what));
  return { ends, cpu: () => ownSeconds(child.pid!), stop: async () => void child.kill() };
}
