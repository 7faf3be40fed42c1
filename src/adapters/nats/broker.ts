import type { BrokerEvent } from "../../core/contract/observer.ts";
import type { Broker, ConnectBroker, Subscriber } from "../../core/rooms/cluster/broker.ts";
import { checkKept } from "../shared/brokers/kept.ts";
import { Outages } from "../shared/brokers/outages.ts";
import { Outbox } from "../shared/brokers/outbox.ts";
import { Polls } from "../shared/brokers/polls.ts";
import { sleep } from "../shared/brokers/time.ts";
import { platform } from "../shared/platform.ts";
import { Connection, type ConnectNats, lastingReason } from "./connection.ts";
import { Assembly, cut } from "./parts.ts";
import { Processes } from "./processes.ts";
import { checkPrefix, Subjects } from "./subjects.ts";
import { decodeTalk, encodeTalk, type Talk } from "./talk.ts";

/** Options of `nats`. */
export interface NatsOptions {
  /** Makes a connection, anew for each attempt, such as `(attempt) => connect({ servers: "localhost:4222", ...attempt })` with `connect` of `@nats-io/transport-node`. It is closed with the broker, or when it is lost. `attempt` bounds by `pingMs` how long a server is waited for: otherwise up to 20 seconds. */
  readonly connect: ConnectNats;
  /** What every subject begins with, before a dot: processes with another one don't hear these. Default `"onesocket"`. */
  readonly prefix?: string | undefined;
  /** Messages kept until NATS has confirmed them; of more, each is dropped and told. Default 50 000. */
  readonly keptMessages?: number | undefined;
  /** Bytes of memory for them, 360 of which each batch takes for itself; one alone may be larger. Default 16 MiB. */
  readonly keptBytes?: number | undefined;
  /** Milliseconds between two pings, and in which NATS, or a process that is asked for a count, has to answer. Default 2000. */
  readonly pingMs?: number | undefined;
}

/** Milliseconds from a connection that was got back to the first publish on it: by then other processes are back, too. */
const RETURN_MS = 1000;
/** Milliseconds that `close` gives to what was published, and then to the connection. */
const CLOSE_MS = 1000;

/** Throws a TypeError for options that make no sense. */
export function connectNats(options: NatsOptions): ConnectBroker {
  const { connect, prefix = "onesocket", ...numbers } = Object(options) as NatsOptions;
  if (typeof connect !== "function")
    throw new TypeError(
      "nats() takes a connect function: nats({ connect: (attempt) => connect({ servers, ...attempt }) })",
    );
  checkPrefix(prefix);
  checkKept(numbers);
  return (tell) => new NatsBroker(options, tell);
}

/** A room's subscription. */
interface Heard {
  readonly subscriber: Subscriber;
  readonly assembly: Assembly;
  unsubscribe(): void;
}

class NatsBroker implements Broker {
  readonly id: string = platform.randomId();
  readonly #connect: ConnectNats;
  readonly #pingMs: number;
  readonly #tell: (event: BrokerEvent) => void;
  readonly #subjects: Subjects;
  readonly #outbox: Outbox;
  readonly #polls: Polls<string>;
  readonly #processes: Processes = new Processes();
  readonly #rooms = new Map<string, Heard>();
  readonly #closing = new AbortController();
  readonly #outages: Outages;
  readonly #ended: Promise<void>;
  /** Whose subscriptions are kept like ours. */
  #connection: Connection | undefined;
  /** What is published leaves at once. */
  #flowing = false;
  /** Fulfilled when all other processes have had the time to tell that they are there. */
  #acquainted: Promise<void> = Promise.resolve();
  /** What has been sent since NATS was last asked to confirm. */
  #sent = 0;
  #confirming = false;
  #letters = 0;

  constructor(options: NatsOptions, tell: (event: BrokerEvent) => void) {
    const { prefix = "onesocket", pingMs = 2000, keptMessages = 50_000, keptBytes = 1 << 24 } = options;
    this.#connect = options.connect;
    this.#pingMs = pingMs;
    this.#tell = tell;
    this.#subjects = new Subjects(prefix);
    this.#outbox = new Outbox({ messages: keptMessages, bytes: keptBytes });
    this.#polls = new Polls(pingMs, { engine: "NATS", processes: "other processes" });
    this.#outages = new Outages({
      signal: this.#closing.signal,
      outbox: this.#outbox,
      hold: () => this.#hold(),
      lastingReason,
      tell,
    });
    this.#ended = this.#outages.run().catch((error) => this.#tell({ state: "lost", error }));
  }

  // What rooms want.

  subscribe(room: string, subscriber: Subscriber): () => void {
    const subject = this.#subjects.room(room);
    const heard = { subscriber, assembly: new Assembly(), unsubscribe: () => {} };
    this.#rooms.set(subject, heard);
    if (this.#connection) this.#hear(this.#connection, subject, heard);
    return () => {
      this.#rooms.delete(subject);
      heard.unsubscribe();
    };
  }

  publish(room: string, bytes: Uint8Array<ArrayBuffer>, messages: number): void {
    this.#outbox.put({ channel: this.#subjects.room(room), bytes, messages });
    this.#flow();
  }

  async count(room: string): Promise<number> {
    const connection = this.#connection;
    if (!connection || !this.#flowing) {
      throw new Error("the room can't be counted: NATS is not connected; room.size counts this process's sockets");
    }
    await this.#acquainted;
    const subject = this.#subjects.room(room);
    const others = await this.#polls.take(async (id) => {
      this.#say(this.#subjects.all, { say: "count", from: this.id, id, room: subject });
      await connection.confirmed();
      return this.#processes.ids;
    });
    return others + this.#size(subject);
  }

  async close(): Promise<void> {
    if (this.#flowing) await Promise.race([this.#outbox.emptied(), sleep(CLOSE_MS, this.#closing.signal)]);
    this.#say(this.#subjects.all, { say: "gone", from: this.id });
    this.#closing.abort();
    await this.#ended;
    this.#outbox.abandon();
    this.#outages.tellDropped();
  }

  #size(subject: string): number {
    return this.#rooms.get(subject)?.subscriber.size() ?? 0;
  }

  // What NATS brings. What is thrown into the client would end its reading.

  #hear(connection: Connection, subject: string, heard: Heard): void {
    const { subscriber, assembly } = heard;
    heard.unsubscribe = connection.subscribe(subject, (data) => {
      try {
        const bytes = assembly.take(data);
        if (bytes) subscriber.receive(bytes);
      } catch (error) {
        subscriber.unreadable(error);
      }
    });
  }

  readonly #listen = (data: Uint8Array): void => {
    const talk = decodeTalk(data);
    if (!talk) {
      const error = new Error("what came is nothing that a process of this version says");
      this.#tell({ state: "unreadable", room: "", error });
    } else if (talk.from !== this.id) this.#answer(talk);
  };

  #answer(talk: Talk): void {
    const { from } = talk;
    if (talk.say === "gone") {
      this.#processes.gone(from);
      this.#polls.gone(from);
      return;
    }
    this.#processes.heard(from);
    const sender = this.#subjects.process(from);
    if (talk.say === "hello") this.#say(sender, { say: "here", from: this.id });
    if (talk.say === "size") this.#polls.answered(talk.id, from, talk.size);
    if (talk.say === "count")
      this.#say(sender, { say: "size", from: this.id, id: talk.id, size: this.#size(talk.room) });
  }

  #say(subject: string, talk: Talk): void {
    this.#connection?.publish(subject, encodeTalk(talk));
  }

  // How a connection follows the other.

  /** Rejects when the connection could not be had, or is lost, or closed with this broker. */
  async #hold(): Promise<never> {
    const { signal } = this.#closing;
    const connection = await Connection.open(this.#connect, this.#pingMs, signal);
    const leave = Promise.withResolvers<never>();
    const abort = () => leave.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      return await Promise.race([this.#serve(connection), leave.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
      this.#connection = undefined;
      this.#flowing = false;
      this.#outbox.rewind();
      await this.#part(connection);
    }
  }

  /** What is left is not waited for where the next connection is. */
  async #part(connection: Connection): Promise<void> {
    if (this.#closing.signal.aborted) await connection.close(CLOSE_MS);
    else connection.drop();
  }

  async #serve(connection: Connection): Promise<never> {
    this.#connection = connection;
    this.#sent = 0;
    this.#processes.clear();
    connection.subscribe(this.#subjects.all, this.#listen);
    connection.subscribe(this.#subjects.process(this.id), this.#listen);
    for (const [subject, heard] of this.#rooms) this.#hear(connection, subject, heard);
    this.#say(this.#subjects.all, { say: "hello", from: this.id });
    await connection.confirmedInTime();
    this.#acquainted = connection.rest(this.#pingMs);
    this.#acquainted.catch(() => {});
    if (this.#outages.isDown) await connection.rest(RETURN_MS);
    this.#flowing = true;
    this.#outages.over();
    this.#flow();
    for (;;) {
      await connection.rest(this.#pingMs);
      this.#processes.beat();
      this.#say(this.#subjects.all, { say: "here", from: this.id });
      await connection.confirmedInTime();
      this.#outages.tellDropped();
    }
  }

  // What leaves.

  #flow(): void {
    const connection = this.#connection;
    if (!connection || !this.#flowing) return;
    for (let letter = this.#outbox.next(); letter; letter = this.#outbox.next()) {
      this.#letters = (this.#letters + 1) >>> 0;
      for (const part of cut(this.id, this.#letters, letter.bytes, connection.maxPayload))
        connection.publish(letter.channel, part);
      this.#sent += 1;
    }
    this.#confirm(connection).catch(() => {});
  }

  /** One question at a time, for all that was sent before it. */
  async #confirm(connection: Connection): Promise<void> {
    if (this.#confirming) return;
    this.#confirming = true;
    try {
      while (this.#sent > 0 && this.#connection === connection) {
        const sent = this.#sent;
        this.#sent = 0;
        await connection.confirmed();
        if (this.#connection === connection) for (let i = 0; i < sent; i += 1) this.#outbox.arrived();
      }
    } finally {
      this.#confirming = false;
    }
  }
}
