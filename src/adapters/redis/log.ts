import { Buffer } from "node:buffer";
import type { Remembered } from "../../core/history/history.ts";
import type { HistoryRules } from "../../core/history/rules.ts";
import type { Log, Logged, Span } from "../../core/rooms/cluster/log.ts";
import type { Position } from "../../core/rpc/wire.ts";
import type { Publication } from "../shared/brokers/publish-queue.ts";
import { platform } from "../shared/platform.ts";
import type { Connection } from "./connection.ts";
import { APPEND, READ } from "./log-scripts.ts";

/** What is appended, as the script takes it. */
export interface Appending {
  readonly room: string;
  /** Counts what this process appends. */
  readonly number: number;
  readonly said: string;
  readonly after: Position | undefined;
  readonly rules: HistoryRules;
}

/** Something to publish, or to append to a room's log. */
export interface RedisPublication extends Publication {
  readonly appending?: Appending | undefined;
}

/** What a log needs of its broker. */
interface LogHost {
  /** The process's id. */
  readonly sender: string;
  keyOf(room: string): string;
  channelOf(room: string): string;
  /** Takes what is to be sent, in order. */
  put(publication: RedisPublication): void;
  connection(): Connection | undefined;
}

/** Stands for what was not appended, and never will be. */
export const REFUSED = "refused";

/** Milliseconds that a stream is kept beyond the age of what is in it, and between two times that a process with members has it kept longer. */
const SPARE_MS = 60_000;
const TOUCH_MS = 20_000;

/** A server on which there can be histories. */
interface Server {
  /** The server's process: another one may lack what this one has confirmed. */
  readonly run: string;
  readonly append: string;
  readonly read: string;
}

/** Histories as streams: https://redis.io/docs/latest/develop/data-types/streams/ */
export class RedisLog implements Log {
  readonly #host: LogHost;
  readonly #servers = new WeakMap<Connection, Server>();
  /** The rooms that this process has sockets in, and for how long their streams are kept. */
  readonly #rooms = new Map<string, number>();
  #numbers = 0;
  /** Milliseconds since the streams were last kept longer. */
  #untouched = 0;

  constructor(host: LogHost) {
    this.#host = host;
  }

  append(room: string, { topic, except, text }: Remembered, rules: HistoryRules, after: Position | undefined): void {
    this.#numbers += 1;
    const said = JSON.stringify([topic ?? null, except ?? null, text]);
    const appending = { room, number: this.#numbers, said, after, rules };
    this.#host.put({ channel: "", bytes: Buffer.from(said), messages: 1, appending });
  }

  async read(room: string, after: Position | undefined, { ms, size }: HistoryRules): Promise<Span> {
    const connection = this.#host.connection();
    const server = connection && this.#servers.get(connection);
    if (!server) throw new Error("the room's history can't be read: Redis is not connected, or is one that has none");
    this.#rooms.set(room, ms + SPARE_MS);
    const [epoch, offset] = after ?? ["", 0];
    const numbers = [offset, ms + SPARE_MS, ms, size].map(String);
    const args = [platform.randomId(), server.run, epoch, ...numbers];
    const found = await connection.doInTime((client) =>
      client.sendCommand(["EVALSHA", server.read, "1", this.#host.keyOf(room), ...args]),
    );
    return spanOf(found as readonly string[]);
  }

  /** Sends what was put. Resolves with `REFUSED` where it is not appended; rejects with the connection. */
  async send(connection: Connection, appending: Appending, resent: boolean): Promise<unknown> {
    const server = this.#servers.get(connection);
    // In its turn: what becomes of each is told in the order in which they were put.
    if (!server) return connection.do((client) => client.ping()).then(() => REFUSED);
    const { room, number, said, rules } = appending;
    const [epoch, offset] = appending.after ?? ["", 0];
    const { messages, ms, size } = rules;
    const { sender } = this.#host;
    const names = [
      this.#host.channelOf(room),
      platform.randomId(),
      server.run,
      sender,
      `${number}`,
      resent ? "1" : "0",
    ];
    const args = [...names, epoch, `${offset}`, said, ...[ms + SPARE_MS, messages, ms, size].map(String)];
    return connection.do(async (client) => {
      try {
        const done = await client.sendCommand(["EVALSHA", server.append, "1", this.#host.keyOf(room), ...args]);
        return done === 0 ? REFUSED : done;
      } catch (error) {
        // Its memory is full, and the next connection would change nothing.
        if (/^OOM\b/.test((error as Error).message)) return REFUSED;
        throw error;
      }
    });
  }

  /** Finds out whether a server can have histories. One that can't carries messages all the same. */
  async prepare(connection: Connection): Promise<void> {
    // A node of a cluster has some of the keys, and tells to ask another one for the others.
    if (connection.isClustered) return;
    const ask = (...command: string[]) =>
      connection.doInTime((client) => client.sendCommand(command).catch((error) => refusal(error)));
    const [info, append, read] = [
      await ask("INFO", "server"),
      await ask("SCRIPT", "LOAD", APPEND),
      await ask("SCRIPT", "LOAD", READ),
    ];
    const [, run] = /^run_id:(\w+)/m.exec(String(info)) ?? [];
    if (run && typeof append === "string" && typeof read === "string")
      this.#servers.set(connection, { run, append, read });
  }

  /** The streams of rooms that somebody is in are kept, though nothing is said. `ms`: since the last call. No clock is asked, which may jump. */
  touch(ms: number): void {
    this.#untouched += ms;
    if (this.#untouched < TOUCH_MS) return;
    this.#untouched = 0;
    const connection = this.#host.connection();
    for (const [room, ms] of this.#rooms)
      connection?.do((client) => client.sendCommand(["PEXPIRE", this.#host.keyOf(room), `${ms}`])).catch(() => {});
  }

  /** This process has no socket in a room any more. */
  left(room: string): void {
    this.#rooms.delete(room);
  }
}

/** Undefined for what a server says no to; throws the error when it has said nothing. */
function refusal(error: unknown): undefined {
  if (/^(ERR|NOPERM)\b/.test((error as Error).message)) return undefined;
  throw error;
}

function spanOf([epoch, offset, isAll, ...said]: readonly string[]): Span {
  const at = [epoch, Number(offset)] as unknown as Position;
  return { at, said: isAll === "1" ? said.map(rememberedOf) : undefined };
}

/** What comes on a room's channel: its epoch, offset and what was said. Throws an Error for what is something else. */
export function decodeLogged(bytes: Buffer): Logged {
  const [, epoch, offset, said] = /^(\S+) (\d+) (.*)$/s.exec(bytes.toString()) ?? [];
  if (epoch === undefined || said === undefined) throw new Error("what came as a notification is none");
  return { ...rememberedOf(said), at: [epoch, Number(offset)] };
}

function rememberedOf(said: string): Remembered {
  const [topic, except, text] = JSON.parse(said) as (string | null)[];
  if (typeof text !== "string") throw new Error("what came as a notification is none");
  return { topic: topic ?? undefined, except: except ?? undefined, text };
}
