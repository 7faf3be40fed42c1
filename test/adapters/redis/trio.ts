import { createClient } from "redis";
import { expect } from "vitest";
import { Cutter } from "../../../bench/loads/cutter.ts";
import { type Client, connect } from "../../../src/client/index.ts";
import { HostProcess } from "../../brokers/cluster.ts";
import { type RedisServer, startRedis } from "../../helpers/redis-server.ts";

export const PING_MS = 2000;
const PREFIX = "remembered:";

/** One who comes back at once, to the next process each time; and what he has heard and been told. */
export class Listener {
  readonly heard: string[] = [];
  readonly client: Client;
  #next: number;

  constructor(ports: () => readonly number[], first: number, room: string, topics: string) {
    this.#next = first;
    const address = () => {
      const all = ports();
      const port = all[this.#next % all.length];
      this.#next += 1;
      return `ws://127.0.0.1:${port}/?${new URLSearchParams({ room, topics })}`;
    };
    const backoff = { firstMs: 5, longestMs: 20, spreadMs: 5 };
    this.client = connect(address, { backoff, probe: false });
    this.client.on("said", (word) => void this.heard.push(word as string));
    this.client.addEventListener("status", () => {
      const { state, recovered } = this.client.status;
      if (state === "open" && recovered !== undefined) this.heard.push(`recovered: ${recovered}`);
    });
  }

  say(word: string, times = 1, topic?: string): Promise<unknown> {
    return this.client.request("say", { word, times, topic });
  }

  get words(): readonly string[] {
    return this.heard.filter((word) => !word.startsWith("recovered"));
  }

  get isComplete(): boolean {
    return !this.heard.includes("recovered: false");
  }

  async until(word: string): Promise<void> {
    await expect.poll(() => this.heard.includes(word), { interval: 5 }).toBe(true);
  }
}

/** Three processes whose rooms have a history in one Redis, each behind something that cuts its connections. */
export class Trio {
  redis: RedisServer;
  readonly hosts: readonly HostProcess[];
  readonly cutters: readonly Cutter[];
  readonly #listeners: Listener[] = [];

  private constructor(redis: RedisServer, hosts: readonly HostProcess[], cutters: readonly Cutter[]) {
    this.redis = redis;
    this.hosts = hosts;
    this.cutters = cutters;
  }

  static async start(): Promise<Trio> {
    const redis = await startRedis();
    const options = { url: redis.url, prefix: PREFIX, pingMs: PING_MS };
    const hosts = await Promise.all([0, 1, 2].map(() => HostProcess.startOn("redis", "node", options, "histories.ts")));
    await Promise.all(hosts.map((host) => host.told("connected")));
    const cutters = await Promise.all(hosts.map((host) => Cutter.before(portOf(host))));
    return new Trio(redis, hosts, cutters);
  }

  /** One who is in a room by the way that is cut; `ports`: the processes to which he goes, one after the other. */
  async enter(room: string, first: number, ports = () => this.cutters.map(({ port }) => port), topics = "") {
    const listener = new Listener(ports, first, room, topics);
    this.#listeners.push(listener);
    await expect.poll(() => listener.client.status.state, { interval: 5 }).toBe("open");
    // An answer comes once his process knows where the room is: what is said before is not for him. Of one who is closed without a place none comes.
    await listener.say("nothing", 0).catch(() => {});
    return listener;
  }

  enterAll(room: string): Promise<Listener[]> {
    return Promise.all([0, 1, 2].map((first) => this.enter(room, first)));
  }

  /** One whose connection nobody cuts. */
  speaker(room: string, host = 0): Promise<Listener> {
    return this.enter(room, 0, () => [portOf(this.hosts[host]!)]);
  }

  /** Has Redis do something as one who is none of ours. */
  async tell(...command: string[]): Promise<unknown> {
    const client = createClient({ url: this.redis.url });
    await client.connect();
    const answer = await client.sendCommand(command);
    client.destroy();
    return answer;
  }

  keyOf(room: string): string {
    return `${PREFIX}history:${JSON.stringify(["remembered", room])}`;
  }

  /** Everybody leaves. */
  part(): void {
    for (const { client } of this.#listeners.splice(0)) client.close();
  }

  close(): void {
    this.part();
    for (const cutter of this.cutters) cutter.close();
  }
}

export function portOf({ url }: HostProcess): number {
  return Number(new URL(url).port);
}

/** Lets a moment pass, of a length that nobody knows. */
export function moment(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ms));
}
