import { expect } from "vitest";
import { Client, type ClientOptions, type OpenSocket } from "../helpers/client.ts";
import { RawClient, type RawHandshake, type RawResponse } from "../helpers/raw.ts";

export const RUNTIMES = ["node", "bun", "deno", "workers", "durable"] as const;

/** What the contract runs against. `workers` keeps its rooms in the isolate, `durable` in Durable Objects. */
export type RuntimeName = (typeof RUNTIMES)[number];

/** When the rooms of a case hibernate: as soon as its sockets are open, between its messages, or after all of it. */
export type Moment = "before" | "between" | "after";

/** The contract's app, served by one runtime. */
export interface RunningHost {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** What the host wrote to its console, line by line. */
  readonly logs: readonly string[];
  stop(): Promise<void>;
  /** Makes a room hibernate now, where the runtime has such a thing; false if it was out of memory already. */
  evict?(definition: string, room: string): Promise<boolean>;
  /** How often a room has been made, in memory; asking wakes it. */
  made?(definition: string, room: string): Promise<number>;
  /** How many events of a room's sockets have begun and not ended, where they keep it from hibernating. */
  running?(definition: string, room: string): Promise<number>;
  /** Moves the clock by so many milliseconds, where it stands still. */
  advance?(ms: number): Promise<void>;
  /** What its clock says, in milliseconds since 1970. Default: that of everybody. */
  now?(): number;
  /** Opens a client's socket, where there is no network between; then no case is asked that looks at bytes. */
  readonly open?: OpenSocket;
  /** Asks by HTTP. Default: over the network. */
  readonly fetch?: typeof fetch;
  /** When rooms are made to hibernate in every case. Default: only where a case is about that. */
  readonly asleep?: Moment;
}

/** Starts the contract's app. */
export type Start = () => Promise<RunningHost>;

/** Where a socket is. */
interface Place {
  readonly definition: string;
  readonly room: string;
  readonly key: string;
}

/** By the app's routes: `/definition/room`. */
function placeOf(path: string): Place {
  const [, definition = "", room = "default"] = new URL(path, "http://host").pathname
    .split("/")
    .map(decodeURIComponent);
  return { definition, room, key: `${definition}/${room}` };
}

const ECHOING = ["echo", "packed"];

/** What a client can see of its socket. What it was sent before, and did not read, is dropped. */
async function view(client: Client, { definition }: Place): Promise<unknown> {
  // Some of its sockets answer nothing.
  if (definition === "slow") return undefined;
  if (ECHOING.includes(definition)) {
    const text = `echo ${++rooms}`;
    client.send(text);
    while ((await client.next()) !== text);
    return undefined;
  }
  client.tell("me");
  for (;;) {
    const { room, ...me } = await client.json();
    if (room === undefined && definition !== "versions") continue;
    const { ids, ...rest } = (room ?? { ids: [] }) as { ids: string[] };
    return { ...me, ...rest, ids: ids.toSorted() };
  }
}

let rooms = 0;

/** A room's name that no other case uses. */
export function freshRoom(): string {
  return `room-${++rooms}`;
}

/** The host under test as cases reach it. */
export class Suite {
  readonly runtime: RuntimeName;
  /** Whether cases can look at bytes. */
  readonly isWired: boolean;
  /** Whether a room's sockets are in several objects, each of which lists its own. */
  isSpread = false;
  readonly #clients = new Map<Client, Place>();
  /** The rooms of the case. */
  readonly #places = new Map<string, Place>();
  /** How often each room was put to sleep, by all cases. */
  readonly #sleeps = new Map<string, number>();
  #host: RunningHost | undefined;
  #awake = false;

  constructor(runtime: RuntimeName, isWired = true) {
    this.runtime = runtime;
    this.isWired = isWired;
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
    if (this.host.asleep === "between") await this.hibernate(room, definition);
  }

  /** What a room calls its size where it has so many sockets. */
  size(sockets: number): number {
    return this.isSpread ? (expect.any(Number) as number) : sockets;
  }

  /** Puts a room to sleep. Does nothing where rooms can't. */
  async hibernate(room: string, definition = "main"): Promise<void> {
    if (!(await this.host.evict?.(definition, room))) return;
    const key = `${definition}/${room}`;
    this.#sleeps.set(key, (this.#sleeps.get(key) ?? 0) + 1);
  }

  /** From here on something is at work in the case's rooms, or is to be remembered, so that they must not hibernate by themselves. */
  stayAwake(): void {
    this.#awake = true;
  }

  async connect(path: string, options?: ClientOptions): Promise<Client> {
    const client = await Client.connect(this.host.url + path, options, this.host.open);
    this.#clients.set(client, await this.#enter(path));
    return client;
  }

  /** Asks the app by plain HTTP. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    return (this.host.fetch ?? fetch)(this.host.url + path, init);
  }

  /** A socket has been opened. */
  async #enter(path: string): Promise<Place> {
    const place = placeOf(path);
    this.#places.set(place.key, place);
    if (this.host.asleep === "before" && !this.#awake) await this.hibernate(place.room, place.definition);
    return place;
  }

  /** A member of a room that hears what the hooks of the others are told. */
  async watch(path: string): Promise<Client> {
    const watcher = await this.connect(`${path}?name=watcher`);
    await watcher.ask("subscribe", "log");
    return watcher;
  }

  async raw(from?: string): Promise<RawClient> {
    const client = await RawClient.connect(this.host.url, from);
    client.opened = async (path) => void (await this.#enter(path));
    return client;
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
    const response = await this.fetch(path, { method: "POST", body });
    if (response.status !== 204) throw new Error(`POST ${path} was answered ${response.status}`);
  }

  /** What was recorded under a name, once it is at least this much. */
  records(name: string, count: number): Promise<readonly string[]> {
    return this.eventually(async () => {
      const list = (await (await this.fetch(`/records/${name}`)).json()) as string[];
      return list.length >= count && list;
    });
  }

  /** Lets the host do what it may be about to do, before a test claims that it does nothing. */
  async settle(): Promise<void> {
    for (let i = 0; i < 50; i++) await (await this.fetch("/")).text();
  }

  /** Lets so many milliseconds pass, where they don't by themselves. */
  async pass(ms: number): Promise<void> {
    await this.host.advance?.(ms);
  }

  /** What the host's clock says, in milliseconds since 1970. */
  now(): number {
    return this.host.now?.() ?? Date.now();
  }

  /** Asks until there is an answer, with a round trip to the host in between. */
  async eventually<T>(probe: () => T | false | undefined | Promise<T | false | undefined>): Promise<T> {
    for (;;) {
      const found = await probe();
      if (found) return found;
      await (await this.fetch("/")).text();
    }
  }

  /** Ends the connections of the case that is over. */
  release(): void {
    for (const client of this.#clients.keys()) client.vanish();
    this.#clients.clear();
    this.#places.clear();
    this.#awake = false;
  }

  /**
   * What must be so after a case with hibernation: who is still connected finds everything as it was before the last sleep,
   * and every room was made anew exactly as often as it was put to sleep.
   */
  async expectAllAsBefore(): Promise<void> {
    const open = [...this.#clients].filter(([client]) => client.socket.readyState === client.socket.OPEN);
    const before = await Promise.all(open.map(([client, place]) => view(client, place)));
    if (this.host.asleep === "after") {
      for (const { room, definition } of this.#places.values()) await this.hibernate(room, definition);
    }
    expect(await Promise.all(open.map(([client, place]) => view(client, place)))).toEqual(before);
    for (const { key, room, definition } of this.host.made ? this.#places.values() : []) {
      expect(await this.host.made?.(definition, room), `how often ${key} was made`).toBe(
        1 + (this.#sleeps.get(key) ?? 0),
      );
    }
  }
}
