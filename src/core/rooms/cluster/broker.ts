import { type BrokerEvent, checkObserver, type Observer } from "../../contract/observer.ts";
import type { Log, Logged } from "./log.ts";

/** What a process does for one channel. */
export interface Subscriber {
  /** Takes what was published, in the order of each process that published it; what came twice is dropped here. */
  receive(bytes: Uint8Array<ArrayBuffer>): void;
  /** Takes note that something came which no process of ours has published, and that it was dropped. */
  unreadable(error: unknown): void;
  /** How many sockets this process has there now. */
  size(): number;
  /** Takes what was appended to the channel's {@link Broker.log}, in its order. */
  logged?(said: Logged): void;
  /** Some of what was appended may not have come, since the broker was away. What comes from now on is brought again. */
  returned?(): void;
}

/**
 * Carries what rooms say between processes; one for each process. It may bring back what this process itself published,
 * and bring a thing twice: the rooms know both by what is in the bytes.
 */
export interface Broker {
  /** This process among all that share the broker: unique, and new with every start. */
  readonly id: string;
  /** Brings what is published to a channel from now on, until the returned function is called. At most one at a time for each channel. */
  subscribe(channel: string, subscriber: Subscriber): () => void;
  /**
   * Passes bytes on to the channel's subscribers, in the order of the calls. Never throws: what can't be passed on is kept,
   * up to a bound, and past it told as `dropped`. `messages`: how many are in it.
   */
  publish(channel: string, bytes: Uint8Array<ArrayBuffer>, messages: number): void;
  /** The sum of all subscribers' sizes, this process's included. Rejects when it can't be known. */
  count(channel: string): Promise<number>;
  /** Keeps what rooms notify, for clients that come back to any process; undefined where it can't: then no room has a history. */
  readonly log?: Log | undefined;
  /** Ends the connection, once what was published has left, but in bounded time. Called once, last. */
  close(): Promise<void>;
}

/** Connects this process to a broker. Returns at once, whether or not the broker can be reached; `tell` takes what becomes of it. */
export type ConnectBroker = (tell: (event: BrokerEvent) => void) => Broker;

/** Makes a host of this process one of those that use a broker; the returned function ends that. What `redis()` returns. */
export type JoinBroker = (observe: Observer) => () => Promise<void>;

/**
 * Joins this process's rooms to those of all processes that use the same broker. Hosts do it by their `broker` option;
 * a program without sockets, such as a queue's worker, does it to send to rooms from outside. `observe` is told what
 * becomes of the broker. The returned function ends it; the connection ends with the last one.
 * Throws a TypeError when this process uses another broker already: give the same one to all of its hosts. Throws one, too, for an
 * `observe` that is no observer.
 */
export function useBroker(broker: JoinBroker, observe: Observer): () => Promise<void> {
  checkObserver(observe);
  return broker(observe);
}
