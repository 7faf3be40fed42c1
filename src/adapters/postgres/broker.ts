import type { BrokerEvent } from "../../core/contract/observer.ts";
import type { Broker, ConnectBroker, Subscriber } from "../../core/rooms/cluster/broker.ts";
import { Connections, RETRY_MS, RETURN_MS } from "../shared/brokers/connections.ts";
import { numbersOf } from "../shared/brokers/numbers.ts";
import { Polls } from "../shared/brokers/polls.ts";
import { PublishQueue } from "../shared/brokers/publish-queue.ts";
import { platform } from "../shared/platform.ts";
import { Channels } from "./channels.ts";
import { checkUrl, type NewPostgresClient, type Notification, newClient, type PostgresAddress } from "./client.ts";
import { Connection, type OutgoingNotification } from "./connection.ts";
import { Parts } from "./parts.ts";
import { decodeAnswer, decodeQuestion, encodeAnswer, encodeQuestion } from "./poll-messages.ts";
import { isRefusal } from "./refusal.ts";
import { Sender } from "./sender.ts";

/** Options of `postgres`: a `url` or a `client`. */
export interface PostgresOptions {
  /** Such as `postgres://user:password@localhost:5432/database`: PostgreSQL itself, or a pool in session mode. */
  readonly url?: string | undefined;
  /** Makes a new `Client` of the package `pg`, not connected: called for each connection. */
  readonly client?: NewPostgresClient | undefined;
  /** Before every channel's name: processes with another one don't hear these. At most 32 of `A–Z a–z 0–9 _ . : -`. Default `"onesocket:"`. */
  readonly prefix?: string | undefined;
  /** Messages kept until PostgreSQL has confirmed them; of more, each is dropped and told. Default 50 000. */
  readonly keptMessages?: number | undefined;
  /** Bytes of memory for them, 360 of which each batch takes for itself; one alone may be larger. Default 16 MiB. */
  readonly keptBytes?: number | undefined;
  /** Milliseconds between two pings, and in which PostgreSQL has to answer each query: twice that long a frozen one may go unnoticed. Default 2000. */
  readonly pingMs?: number | undefined;
}

/** The most milliseconds between two attempts: after a refusal, twice as many each time. */
const REFUSED_MS = 30_000;

const HOLDERS =
  "select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 1 and classid = $1::bigint::oid and objid = $2::bigint::oid " +
  "and database = (select oid from pg_database where datname = current_database())";

/** Throws a TypeError for options that make no sense. */
export function connectPostgres(options: PostgresOptions): ConnectBroker {
  const { url, client, prefix = "" } = options;
  if ((url === undefined) === (client === undefined)) throw new TypeError("postgres() takes either a url or a client");
  if (url !== undefined) checkUrl(url);
  if (client !== undefined && typeof client !== "function") {
    throw new TypeError("client is a function, () => new Client(…) of the package pg: a Client can't connect twice");
  }
  if (typeof prefix !== "string" || !/^[\w.:-]{0,32}$/.test(prefix)) {
    throw new TypeError("prefix has at most 32 characters of A–Z a–z 0–9 _ . : -, since a channel's name has 63 bytes");
  }
  numbersOf(options);
  return (tell) => new PostgresBroker(options, tell);
}

class PostgresBroker implements Broker {
  readonly id: string = platform.randomId();
  readonly #address: PostgresAddress;
  readonly #channels: Channels;
  readonly #pingMs: number;
  readonly #tell: (event: BrokerEvent) => void;
  readonly #queue: PublishQueue;
  readonly #sender: Sender;
  readonly #polls: Polls<number>;
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #connections: Connections;
  #connection: Connection | undefined;
  #refusals = 0;

  constructor(options: PostgresOptions, tell: (event: BrokerEvent) => void) {
    const { prefix = "onesocket:" } = options;
    const { pingMs, keptMessages, keptBytes } = numbersOf(options);
    this.#address = options;
    this.#channels = new Channels(prefix);
    this.#pingMs = pingMs;
    this.#tell = tell;
    this.#queue = new PublishQueue({ messages: keptMessages, bytes: keptBytes });
    this.#sender = new Sender(this.#queue);
    this.#polls = new Polls(pingMs, { engine: "PostgreSQL", processes: "processes" });
    this.#connections = new Connections({
      queue: this.#queue,
      connect: () => this.#connect(),
      lastingReason: (error) => (isRefusal(error) ? (error as Error).message : ""),
      pauseMs: (error) => this.#pauseAfter(error),
      tell,
    });
    this.#connections.start();
  }

  // What rooms want.

  subscribe(room: string, subscriber: Subscriber): () => void {
    const channel = this.#channels.room(room);
    this.#subscribers.set(channel, subscriber);
    this.#sender.execute(`LISTEN "${channel}"`);
    return () => {
      this.#subscribers.delete(channel);
      this.#sender.execute(`UNLISTEN "${channel}"`);
    };
  }

  publish(room: string, bytes: Uint8Array<ArrayBuffer>, messages: number): void {
    this.#queue.put({ channel: this.#channels.room(room), bytes, messages });
    this.#sender.push();
  }

  async count(room: string): Promise<number> {
    const connection = this.#connection;
    if (!connection || !this.#sender.isFlowing) {
      throw new Error(
        "the room can't be counted: PostgreSQL is not connected; room.size counts this process's sockets",
      );
    }
    return this.#polls.poll((id) => this.#ask(connection, encodeQuestion({ id, channel: this.#channels.room(room) })));
  }

  /** Who holds the lock listens, and is asked: the lock is taken after LISTEN, and goes with the connection. */
  async #ask(connection: Connection, question: string): Promise<ReadonlySet<number>> {
    const text = `with asked as materialized (${HOLDERS}), told as materialized (select pg_notify($3, $4)) select pid from asked, told`;
    const rows = await connection.query(text, [...this.#channels.lock, this.#channels.everybody, question]);
    return new Set(rows.map(({ pid }) => Number(pid)));
  }

  close(): Promise<void> {
    return this.#connections.close(this.#sender.isFlowing);
  }

  // What PostgreSQL brings.

  #receive({ channel, payload = "", processId }: Notification, connection: Connection, inbox: Inbox): void {
    const subscriber = this.#subscribers.get(channel);
    try {
      if (channel === this.#channels.everybody) this.#answer(payload, processId);
      else if (channel === this.#channels.process(connection.pid)) inbox.receive(payload, processId);
      else if (processId !== connection.pid && subscriber)
        deliver(inbox.parts.add(processId, channel, payload), subscriber);
    } catch (error) {
      if (subscriber) subscriber.unreadable(error);
      else this.#tell({ state: "unreadable", room: "", error });
    }
  }

  #answer(payload: string, asker: number): void {
    const { id, channel } = decodeQuestion(payload);
    const size = this.#subscribers.get(channel)?.size() ?? 0;
    this.#sender.notify({ channel: this.#channels.process(asker), payload: encodeAnswer({ id, size }) });
  }

  // Connections, one after the other.

  /** One that is not there is asked often; one that refuses ever more rarely. */
  #pauseAfter(error: unknown): number {
    this.#refusals = isRefusal(error) ? this.#refusals + 1 : 0;
    return this.#refusals === 0 ? 0 : Math.min(REFUSED_MS, RETRY_MS * 2 ** (this.#refusals - 1));
  }

  /** Rejects when the connection could not be had, or is lost, or closed with this broker. */
  async #connect(): Promise<never> {
    const { signal } = this.#connections;
    const connection = new Connection(await newClient(this.#address), this.#pingMs);
    const close = () => connection.close();
    signal.addEventListener("abort", close);
    try {
      signal.throwIfAborted();
      await this.#open(connection);
      if (this.#connections.isDown) await connection.wait(RETURN_MS);
      this.#refusals = 0;
      this.#connections.connected();
      this.#sender.flow();
      for (;;) {
        await connection.check();
        this.#connections.tellDropped();
      }
    } finally {
      signal.removeEventListener("abort", close);
      this.#connection = undefined;
      this.#sender.end();
      connection.close();
    }
  }

  /** Listens to all that is wanted, and makes sure that it is heard. */
  async #open(connection: Connection): Promise<void> {
    const inbox = new Inbox(this.#polls, this.id);
    await connection.open((notification) => this.#receive(notification, connection, inbox));
    this.#connection = connection;
    this.#sender.begin(connection);
    const own = this.#channels.process(connection.pid);
    const channels = [own, this.#channels.everybody, ...this.#subscribers.keys()];
    await connection.query(channels.map((channel) => `LISTEN "${channel}"`).join("; "));
    await this.#notifySelf(connection, { channel: own, payload: this.id });
    await connection.checkListening(inbox.greeted);
    await connection.query("select pg_advisory_lock_shared(($1::bigint << 32) | $2::bigint)", [...this.#channels.lock]);
  }

  /**
   * Sends the process a notification; through a pool from another connection, for PgBouncer 1.18 (2026-11) in transaction mode brings a client what it has notified
   * itself, with the answer to its query, and nothing else.
   */
  async #notifySelf(connection: Connection, note: OutgoingNotification): Promise<void> {
    if (connection.isDirect) return connection.notify([note]);
    const other = new Connection(await newClient(this.#address), this.#pingMs);
    try {
      await other.open(() => {});
      await other.notify([note]);
    } finally {
      other.close();
    }
  }
}

function deliver(bytes: Uint8Array<ArrayBuffer> | undefined, subscriber: Subscriber): void {
  if (bytes) subscriber.receive(bytes);
}

/** Takes what comes to this process alone, on one connection, and the parts of what is not whole yet. */
class Inbox {
  /** Resolves when the notification has come that the process sends itself. */
  readonly greeted: Promise<void>;
  readonly parts: Parts = new Parts();
  readonly #polls: Polls<number>;
  readonly #id: string;
  readonly #greet: () => void;

  constructor(polls: Polls<number>, id: string) {
    this.#polls = polls;
    this.#id = id;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.greeted = promise;
    this.#greet = resolve;
  }

  /** Takes what came. Throws for what is neither the greeting nor an answer. */
  receive(payload: string, sender: number): void {
    if (payload === this.#id) this.#greet();
    else {
      const { id, size } = decodeAnswer(payload);
      this.#polls.answered(id, sender, size);
    }
  }
}
