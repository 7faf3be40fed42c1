import { Buffer } from "node:buffer";
import type { BrokerEvent } from "../../core/contract/observer.ts";
import type { Broker, ConnectBroker, Subscriber } from "../../core/rooms/cluster/broker.ts";
import { Connections, RETURN_MS } from "../shared/brokers/connections.ts";
import { numbersOf } from "../shared/brokers/numbers.ts";
import { Polls } from "../shared/brokers/polls.ts";
import { PublishQueue } from "../shared/brokers/publish-queue.ts";
import { platform } from "../shared/platform.ts";
import { checkUrl, isRedisClient, newClient, type RedisAddress, type RedisClient, type RedisUrl } from "./client.ts";
import { Connection } from "./connection.ts";
import { decodeLogged, REFUSED, RedisLog, type RedisPublication } from "./log.ts";
import { decodeAnswer, decodeQuestion, encodeAnswer, encodeQuestion } from "./poll-messages.ts";
import { UnfitServer } from "./server-kind.ts";

/** Options of `redis`: a `url` or a `client`. */
export interface RedisOptions {
  /** Such as `redis://localhost:6379`, or `rediss://…` for TLS; or a function that finds it out, called for each connection. */
  readonly url?: RedisUrl | undefined;
  /** A client that node-redis' `createClient` made, connected or not, whose options each connection takes; it is not used itself. */
  readonly client?: RedisClient | undefined;
  /** Before every channel's name: processes with another one don't hear these. Default `"onesocket:"`. */
  readonly prefix?: string | undefined;
  /** Messages kept until Redis has confirmed them; of more, each is dropped and told. Default 50 000. */
  readonly keptMessages?: number | undefined;
  /** Bytes of memory for them, 360 of which each batch takes for itself; one alone may be larger. Default 16 MiB. */
  readonly keptBytes?: number | undefined;
  /** Milliseconds between two pings, and in which Redis has to answer one: twice that long a frozen one may go unnoticed. Default 2000. */
  readonly pingMs?: number | undefined;
}

/** The first byte of what is published to a room. */
const BATCH = 0;
const QUESTION = 1;
const LOGGED = 2;

/** Stands for the subscriber of a channel that was left, while Redis may still bring something on it: it answers questions, lest they be waited for. */
const NOBODY: Subscriber = { receive: () => {}, unreadable: () => {}, size: () => 0 };

const NO_CLIENT =
  "client must be one that createClient() of the package redis made, version 5 or later: a cluster, a Sentinel, a pool " +
  "has several connections, which keep no order";

/** Throws a TypeError for options that make no sense. */
export function connectRedis(options: RedisOptions): ConnectBroker {
  const { url, client } = options;
  if ((url === undefined) === (client === undefined)) throw new TypeError("redis() takes either a url or a client");
  if (url !== undefined && typeof url !== "function") checkUrl(url);
  if (client !== undefined && !isRedisClient(client)) throw new TypeError(NO_CLIENT);
  numbersOf(options);
  return (tell) => new RedisBroker(options, tell);
}

class RedisBroker implements Broker {
  readonly id: string = platform.randomId();
  readonly log: RedisLog;
  readonly #address: RedisAddress;
  readonly #prefix: string;
  readonly #pingMs: number;
  readonly #tell: (event: BrokerEvent) => void;
  readonly #queue: PublishQueue<RedisPublication>;
  readonly #polls: Polls<symbol>;
  readonly #subscribers = new Map<string, Subscriber>();
  /** Resolves when what was subscribed is, or its connection is lost. Never rejects. */
  #subscribed: Promise<unknown> = Promise.resolve();
  readonly #connections: Connections<RedisPublication>;
  /** The present connection, once it can subscribe. */
  #connection: Connection | undefined;
  /** Whether what is published leaves at once. */
  #isFlowing = false;

  constructor(options: RedisOptions, tell: (event: BrokerEvent) => void) {
    const { prefix = "onesocket:" } = options;
    const { pingMs, keptMessages, keptBytes } = numbersOf(options);
    this.#address = options;
    this.#prefix = prefix;
    this.#pingMs = pingMs;
    this.#tell = tell;
    this.#queue = new PublishQueue({ messages: keptMessages, bytes: keptBytes });
    this.#polls = new Polls(pingMs, { engine: "Redis", processes: "processes" });
    this.log = new RedisLog({
      sender: this.id,
      keyOf: (room) => `${prefix}history:${room}`,
      channelOf: (room) => this.#channelOf(room),
      put: (publication) => {
        this.#queue.put(publication);
        this.#publishQueued();
      },
      connection: () => this.#connection,
    });
    this.#connections = new Connections({
      queue: this.#queue,
      connect: () => this.#connect(),
      lastingReason: (error) => (error instanceof UnfitServer ? error.message : ""),
      tell,
    });
    this.#connections.start();
  }

  // What rooms want.

  subscribe(room: string, subscriber: Subscriber): () => void {
    const channel = this.#channelOf(room);
    this.#subscribers.set(channel, subscriber);
    this.#waitFor(this.#try((client) => client.subscribe(channel, this.#onMessage, true)));
    return () => {
      this.log.left(room);
      this.#leave(channel).catch(() => {});
    };
  }

  #waitFor(subscribed: Promise<unknown> | undefined): void {
    this.#subscribed = this.#subscribed.then(() => subscribed).catch(() => {});
  }

  /**
   * Unsubscribes, unless somebody comes first. For a channel whose SUBSCRIBE was answered redis (5.0.0 to 6.3.1, 2026-11) sends no other one, though
   * an UNSUBSCRIBE is on its way that was sent before the answer came, and makes it deaf. So that is sent only after the answer.
   */
  async #leave(channel: string): Promise<void> {
    const nobody = { ...NOBODY };
    const isLeft = () => this.#subscribers.get(channel) === nobody;
    this.#subscribers.set(channel, nobody);
    await this.#subscribed;
    if (isLeft()) await this.#try((client) => client.unsubscribe(channel, this.#onMessage, true));
    if (isLeft()) this.#subscribers.delete(channel);
  }

  publish(room: string, bytes: Uint8Array<ArrayBuffer>, messages: number): void {
    const framed = Buffer.concat([Buffer.of(BATCH), bytes]);
    this.#queue.put({ channel: this.#channelOf(room), bytes: framed, messages });
    this.#publishQueued();
  }

  async count(room: string): Promise<number> {
    const connection = this.#connection;
    if (!connection || !this.#isFlowing) {
      throw new Error("the room can't be counted: Redis is not connected; room.size counts this process's sockets");
    }
    if (connection.isClustered) {
      throw new Error(
        "the room can't be counted: in a Redis Cluster a node knows its own subscribers only; room.size counts this process's sockets",
      );
    }
    return this.#polls.poll((id) => {
      const question = Buffer.concat([Buffer.of(QUESTION), encodeQuestion({ id, inbox: this.#inbox })]);
      return connection.do((client) => client.publish(this.#channelOf(room), question));
    });
  }

  close(): Promise<void> {
    return this.#connections.close(this.#isFlowing);
  }

  // What Redis brings.

  readonly #onMessage = (message: Buffer, name: Buffer): void => {
    const channel = name.toString();
    const subscriber = this.#subscribers.get(channel);
    try {
      if (channel === this.#inbox) this.#counted(message);
      else if (subscriber) this.#dispatch(message, subscriber);
    } catch (error) {
      // Thrown further it would cost the client its connection, and so would it in every process that got the same.
      if (subscriber) subscriber.unreadable(error);
      else this.#tell({ state: "unreadable", room: "", error });
    }
  };

  /** Takes a process's answer. Redis tells how many processes got the question, and not which. */
  #counted(message: Buffer): void {
    const answer = decodeAnswer(message);
    if (!answer) throw new Error("what came as an answer is none");
    this.#polls.answered(answer.id, Symbol(), answer.size);
  }

  #dispatch(message: Buffer, subscriber: Subscriber): void {
    const content = message.subarray(1) as Buffer<ArrayBuffer>;
    if (message[0] === BATCH) subscriber.receive(content);
    else if (message[0] === QUESTION) this.#answer(content, subscriber.size());
    else if (message[0] === LOGGED) subscriber.logged?.(decodeLogged(content));
    else throw new Error("what came begins with no kind of message of this version");
  }

  #answer(content: Uint8Array, size: number): void {
    const question = decodeQuestion(content);
    // Elsewhere than to a process an answer would be a message of ours.
    if (!question?.inbox.startsWith(this.#processes)) throw new Error("what came as a question is none");
    this.#try((client) => client.publish(question.inbox, encodeAnswer({ id: question.id, size })));
  }

  // Connections, one after the other.

  /** Rejects when the connection could not be had, or is lost, or closed with this broker. */
  async #connect(): Promise<never> {
    const client = await newClient(this.#address, this.#pingMs);
    const { signal } = this.#connections;
    signal.throwIfAborted();
    const connection = new Connection(client, this.#pingMs);
    const close = () => connection.close();
    signal.addEventListener("abort", close);
    try {
      await connection.open();
      await this.log.prepare(connection);
      this.#connection = connection;
      const channels = [this.#inbox, ...this.#subscribers.keys()];
      const subscribed = connection.doInTime((made) => made.subscribe(channels, this.#onMessage, true));
      this.#waitFor(subscribed);
      await subscribed;
      for (const subscriber of this.#subscribers.values()) subscriber.returned?.();
      if (this.#connections.isDown) await connection.wait(RETURN_MS);
      this.#isFlowing = true;
      this.#connections.connected();
      this.#publishQueued();
      for (;;) {
        await connection.check();
        this.log.touch(this.#pingMs);
        this.#connections.tellDropped();
      }
    } finally {
      signal.removeEventListener("abort", close);
      this.#connection = undefined;
      this.#isFlowing = false;
      this.#queue.rewind();
      connection.close();
    }
  }

  #publishQueued(): void {
    const connection = this.#connection;
    if (!connection || !this.#isFlowing) return;
    for (let publication = this.#queue.next(); publication; publication = this.#queue.next()) {
      const { channel, bytes, appending, resent } = publication;
      const confirmed = (isRefused: unknown) => {
        if (this.#connection !== connection) return;
        if (isRefused === REFUSED) this.#queue.refused();
        else this.#queue.confirmed();
      };
      const sent = appending
        ? this.log.send(connection, appending, resent === true)
        : connection.do<unknown>((client) => client.publish(channel, bytes as Buffer));
      sent.then(confirmed, () => {});
    }
  }

  /** Has a command done, if there is a connection. What fails is done anew by the next one. */
  #try(command: (client: RedisClient) => Promise<unknown>): Promise<unknown> | undefined {
    return this.#connection?.do(command).catch(() => {});
  }

  #channelOf(room: string): string {
    return `${this.#prefix}room:${room}`;
  }

  /** What the inbox of each process begins with. */
  get #processes(): string {
    return `${this.#prefix}process:`;
  }

  /** Where this process is answered. */
  get #inbox(): string {
    return `${this.#processes}${this.id}`;
  }
}
