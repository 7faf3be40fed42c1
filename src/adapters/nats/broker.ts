import type { BrokerEvent } from "../../core/contract/observer.ts";
import type { Broker, ConnectBroker, Subscriber } from "../../core/rooms/cluster/broker.ts";
import { CLOSE_MS, Connections, RETURN_MS } from "../shared/brokers/connections.ts";
import { numbersOf } from "../shared/brokers/numbers.ts";
import { Polls } from "../shared/brokers/polls.ts";
import { PublishQueue } from "../shared/brokers/publish-queue.ts";
import { platform } from "../shared/platform.ts";
import { Connection, type ConnectNats, lastingReason } from "./connection.ts";
import { Assembly, cut } from "./parts.ts";
import { decodeProcessMessage, encodeProcessMessage, type ProcessMessage } from "./process-messages.ts";
import { Processes } from "./processes.ts";
import { checkPrefix, Subjects } from "./subjects.ts";

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

/** Throws a TypeError for options that make no sense. */
export function connectNats(options: NatsOptions): ConnectBroker {
  const { connect, prefix = "onesocket" } = Object(options) as NatsOptions;
  if (typeof connect !== "function")
    throw new TypeError(
      "nats() takes a connect function: nats({ connect: (attempt) => connect({ servers, ...attempt }) })",
    );
  checkPrefix(prefix);
  numbersOf(options);
  return (tell) => new NatsBroker(options, tell);
}

/** A room's subscription. */
interface RoomSubscription {
  readonly subscriber: Subscriber;
  readonly assembly: Assembly;
  unsubscribe(): void;
}

class NatsBroker implements Broker {
  readonly id: string = platform.randomId();
  readonly #newConnection: ConnectNats;
  readonly #pingMs: number;
  readonly #tell: (event: BrokerEvent) => void;
  readonly #subjects: Subjects;
  readonly #queue: PublishQueue;
  readonly #polls: Polls<string>;
  readonly #processes: Processes = new Processes();
  readonly #rooms = new Map<string, RoomSubscription>();
  readonly #connections: Connections;
  /** The present connection, once it can subscribe. */
  #connection: Connection | undefined;
  /** Whether what is published leaves at once. */
  #isFlowing = false;
  /** Fulfilled when all other processes have had the time to tell that they are there. */
  #othersKnown: Promise<void> = Promise.resolve();
  /** What has been sent since NATS was last asked to confirm. */
  #sent = 0;
  #confirming = false;
  #published = 0;

  constructor(options: NatsOptions, tell: (event: BrokerEvent) => void) {
    const { prefix = "onesocket", connect } = options;
    const { pingMs, keptMessages, keptBytes } = numbersOf(options);
    this.#newConnection = connect;
    this.#pingMs = pingMs;
    this.#tell = tell;
    this.#subjects = new Subjects(prefix);
    this.#queue = new PublishQueue({ messages: keptMessages, bytes: keptBytes });
    this.#polls = new Polls(pingMs, { engine: "NATS", processes: "other processes" });
    this.#connections = new Connections({
      queue: this.#queue,
      connect: () => this.#connect(),
      lastingReason,
      tell,
    });
    this.#connections.start();
  }

  // What rooms want.

  subscribe(room: string, subscriber: Subscriber): () => void {
    const subject = this.#subjects.room(room);
    const subscription = { subscriber, assembly: new Assembly(), unsubscribe: () => {} };
    this.#rooms.set(subject, subscription);
    if (this.#connection) this.#listenTo(this.#connection, subject, subscription);
    return () => {
      this.#rooms.delete(subject);
      subscription.unsubscribe();
    };
  }

  publish(room: string, bytes: Uint8Array<ArrayBuffer>, messages: number): void {
    this.#queue.put({ channel: this.#subjects.room(room), bytes, messages });
    this.#publishQueued();
  }

  async count(room: string): Promise<number> {
    const connection = this.#connection;
    if (!connection || !this.#isFlowing) {
      throw new Error("the room can't be counted: NATS is not connected; room.size counts this process's sockets");
    }
    await this.#othersKnown;
    const subject = this.#subjects.room(room);
    const others = await this.#polls.poll(async (id) => {
      this.#send(this.#subjects.all, { say: "count", from: this.id, id, room: subject });
      await connection.confirmed();
      return this.#processes.ids;
    });
    return others + this.#size(subject);
  }

  close(): Promise<void> {
    const farewell = () => this.#send(this.#subjects.all, { say: "gone", from: this.id });
    return this.#connections.close(this.#isFlowing, farewell);
  }

  #size(subject: string): number {
    return this.#rooms.get(subject)?.subscriber.size() ?? 0;
  }

  // What NATS brings. What is thrown into the client would end its reading.

  #listenTo(connection: Connection, subject: string, subscription: RoomSubscription): void {
    const { subscriber, assembly } = subscription;
    subscription.unsubscribe = connection.subscribe(subject, (data) => {
      try {
        const bytes = assembly.add(data);
        if (bytes) subscriber.receive(bytes);
      } catch (error) {
        subscriber.unreadable(error);
      }
    });
  }

  readonly #onProcessMessage = (data: Uint8Array): void => {
    const message = decodeProcessMessage(data);
    if (!message) {
      const error = new Error("what came is nothing that a process of this version says");
      this.#tell({ state: "unreadable", room: "", error });
    } else if (message.from !== this.id) this.#answer(message);
  };

  #answer(message: ProcessMessage): void {
    const { from } = message;
    if (message.say === "gone") {
      this.#processes.gone(from);
      this.#polls.gone(from);
      return;
    }
    this.#processes.seen(from);
    const sender = this.#subjects.process(from);
    if (message.say === "hello") this.#send(sender, { say: "here", from: this.id });
    if (message.say === "size") this.#polls.answered(message.id, from, message.size);
    if (message.say === "count")
      this.#send(sender, { say: "size", from: this.id, id: message.id, size: this.#size(message.room) });
  }

  #send(subject: string, message: ProcessMessage): void {
    this.#connection?.publish(subject, encodeProcessMessage(message));
  }

  // Connections, one after the other.

  /** Rejects when the connection could not be had, or is lost, or closed with this broker. */
  async #connect(): Promise<never> {
    const { signal } = this.#connections;
    const connection = await Connection.open(this.#newConnection, this.#pingMs, signal);
    const leave = Promise.withResolvers<never>();
    const abort = () => leave.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      return await Promise.race([this.#serve(connection), leave.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
      this.#connection = undefined;
      this.#isFlowing = false;
      this.#queue.rewind();
      await this.#disconnect(connection);
    }
  }

  /** Ends a connection: in order when the broker is closed; at once when the next connection is waiting. */
  async #disconnect(connection: Connection): Promise<void> {
    if (this.#connections.signal.aborted) await connection.close(CLOSE_MS);
    else connection.drop();
  }

  async #serve(connection: Connection): Promise<never> {
    this.#connection = connection;
    this.#sent = 0;
    this.#processes.clear();
    connection.subscribe(this.#subjects.all, this.#onProcessMessage);
    connection.subscribe(this.#subjects.process(this.id), this.#onProcessMessage);
    for (const [subject, subscription] of this.#rooms) this.#listenTo(connection, subject, subscription);
    this.#send(this.#subjects.all, { say: "hello", from: this.id });
    await connection.confirmedInTime();
    this.#othersKnown = connection.wait(this.#pingMs);
    this.#othersKnown.catch(() => {});
    if (this.#connections.isDown) await connection.wait(RETURN_MS);
    this.#isFlowing = true;
    this.#connections.connected();
    this.#publishQueued();
    for (;;) {
      await connection.wait(this.#pingMs);
      this.#processes.tick();
      this.#send(this.#subjects.all, { say: "here", from: this.id });
      await connection.confirmedInTime();
      this.#connections.tellDropped();
    }
  }

  // What leaves.

  #publishQueued(): void {
    const connection = this.#connection;
    if (!connection || !this.#isFlowing) return;
    for (let publication = this.#queue.next(); publication; publication = this.#queue.next()) {
      this.#published = (this.#published + 1) >>> 0;
      for (const part of cut(this.id, this.#published, publication.bytes, connection.maxPayload))
        connection.publish(publication.channel, part);
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
        if (this.#connection === connection) for (let i = 0; i < sent; i += 1) this.#queue.confirmed();
      }
    } finally {
      this.#confirming = false;
    }
  }
}
