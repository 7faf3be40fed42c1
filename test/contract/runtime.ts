import { Client, type ClientOptions } from "../helpers/client.ts";
import { RawClient, type RawHandshake, type RawResponse } from "../helpers/raw.ts";

export const RUNTIMES = ["node", "bun", "deno", "workers", "durable"] as const;

/** What the contract runs against. `workers` keeps its rooms in the isolate, `durable` in Durable Objects. */
export type RuntimeName = (typeof RUNTIMES)[number];

/** The contract's app, served by one runtime. */
export interface RunningHost {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** What the host wrote to its console, line by line. */
  readonly logs: readonly string[];
  stop(): Promise<void>;
  /** Makes a room hibernate now, where the runtime has such a thing. */
  evict?(definition: string, room: string): Promise<void>;
  /** Whether rooms are to hibernate between the messages of every case. */
  readonly sleepy?: boolean;
}

/** Starts the contract's app. */
export type Start = () => Promise<RunningHost>;

let rooms = 0;

/** A room's name that no other case uses. */
export function freshRoom(): string {
  return `room-${++rooms}`;
}

/** The host under test as cases reach it. */
export class Suite {
  readonly runtime: RuntimeName;
  readonly #clients = new Set<Client>();
  #host: RunningHost | undefined;

  constructor(runtime: RuntimeName) {
    this.runtime = runtime;
  }

  async start(start: Start): Promise<void> {
    this.#host = await start();
  }

  async stop(): Promise<void> {
    await this.#host?.stop();
  }

  get host(): RunningHost {
    if (!this.#host) throw new Error("the host is not running");
    return this.#host;
  }

  /** Stands wherever a room might fall asleep between two messages: it does so if the host was started for that. */
  async sleep(room: string, definition = "main"): Promise<void> {
    if (this.host.sleepy) await this.hibernate(room, definition);
  }

  /** Puts a room to sleep. Does nothing where rooms can't. */
  async hibernate(room: string, definition = "main"): Promise<void> {
    await this.host.evict?.(definition, room);
  }

  async connect(path: string, options?: ClientOptions): Promise<Client> {
    const client = await Client.connect(this.host.url + path, options);
    this.#clients.add(client);
    return client;
  }

  /** A member of a room that hears what the hooks of the others are told. */
  async watch(path: string): Promise<Client> {
    const watcher = await this.connect(`${path}?name=watcher`);
    await watcher.ask("subscribe", "log");
    return watcher;
  }

  raw(from?: string): Promise<RawClient> {
    return RawClient.connect(this.host.url, from);
  }

  /** The HTTP answer to a handshake that is built by hand. */
  async answer(handshake: RawHandshake, from?: string): Promise<RawResponse> {
    const client = await this.raw(from);
    client.handshake(handshake);
    const response = await client.response();
    client.end();
    return response;
  }

  async post(path: string, body = ""): Promise<void> {
    const response = await fetch(this.host.url + path, { method: "POST", body });
    if (response.status !== 204) throw new Error(`POST ${path} was answered ${response.status}`);
  }

  /** What was recorded under a name, once it is at least this much. */
  records(name: string, count: number): Promise<readonly string[]> {
    return this.eventually(async () => {
      const list = (await (await fetch(`${this.host.url}/records/${name}`)).json()) as string[];
      return list.length >= count && list;
    });
  }

  /** Lets the host do what it may be about to do, before a test claims that it does nothing. */
  async settle(): Promise<void> {
    for (let i = 0; i < 50; i++) await (await fetch(`${this.host.url}/`)).text();
  }

  /** Asks until there is an answer, with a round trip to the host in between. */
  async eventually<T>(probe: () => T | false | undefined | Promise<T | false | undefined>): Promise<T> {
    for (;;) {
      const found = await probe();
      if (found) return found;
      await (await fetch(`${this.host.url}/`)).text();
    }
  }

  /** Ends the connections of the case that is over. */
  release(): void {
    for (const client of this.#clients) client.vanish();
    this.#clients.clear();
  }
}
