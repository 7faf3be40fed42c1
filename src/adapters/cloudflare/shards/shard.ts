import type { Missed, Remembered } from "../../../core/history/history.ts";
import type { Posting } from "../../../core/rooms/cluster/batch.ts";
import type { Members } from "../../../core/rooms/cluster/relay.ts";
import type { RoomRelay } from "../../../core/rooms/room.ts";
import type { Position } from "../../../core/rpc/wire.ts";
import { CallQueue } from "./call-queue.ts";
import { Deduplicator } from "./deduplicator.ts";
import { HistoryPosition } from "./history-position.ts";
import { copiedPosting, Losses, sizeOf } from "./losses.ts";
import type { Part, PartHost } from "./part.ts";
import { JOINING } from "./placed.ts";
import type { Siblings } from "./siblings.ts";
import { type Delivery, type Item, type MissedQuery, type Origin, type ShardCall, VERSION } from "./wire.ts";

/** One of the objects that have a room's members between them. What it has for the others goes through the first. */
export class Shard implements Part, RoomRelay {
  readonly room: string;
  readonly #shard: number;
  readonly #host: PartHost;
  readonly #siblings: Siblings;
  readonly #life: string;
  #number = 0;
  #nth = 0;
  readonly #queue: CallQueue<Item>;
  readonly #deduplicator = new Deduplicator();
  readonly #losses: Losses;
  readonly #position = new HistoryPosition((missed) => this.#askFirst(missed));
  #members: Members | undefined;
  /** The first object knows that it has members: all that others say comes here. */
  #isKnown = false;
  #announced: Promise<unknown> | undefined;
  #questions = 0;
  readonly #answers = new Map<number, (missed: Missed) => void>();

  constructor(room: string, shard: number, host: PartHost, siblings: Siblings) {
    this.room = room;
    this.#shard = shard;
    this.#host = host;
    this.#siblings = siblings;
    this.#life = host.platform.randomId();
    this.#queue = new CallQueue((items) => this.#tell(items), host.platform);
    this.#losses = new Losses(host);
  }

  get relay(): RoomRelay {
    return this;
  }

  get shares(): boolean {
    return this.#host.definition.keeper !== undefined;
  }

  get history(): HistoryPosition | undefined {
    return this.shares ? this.#position : undefined;
  }

  get answer(): Readonly<Record<string, string>> {
    return this.#isKnown ? {} : { [JOINING]: "1" };
  }

  /** It has its first member: one that was there before this memory was is in the directory already. */
  open(members: Members): void {
    this.#members = members;
    this.#isKnown = this.#host.openSockets().length > 0;
    if (this.#isKnown) return;
    this.#position.forget();
    // A failure is told by `#join`, which tries again.
    this.#announced = this.#queue.send({ touch: true }).catch(() => {});
  }

  async #join(): Promise<void> {
    await this.#announced;
    if (!this.#isKnown) await this.#queue.send({ touch: true });
  }

  /** The last member that this memory knew has gone. If the first object can't be told, it learns so when it next calls this shard. */
  close(): void {
    this.#members = undefined;
    if (!this.#isInhabited()) this.#queue.send({ touch: true }).catch(() => {});
  }

  #isInhabited(): boolean {
    return this.#members !== undefined || this.#host.openSockets().length > 0;
  }

  post(posting: Posting): void {
    const size = sizeOf(posting);
    this.#losses.watch(this.#queue.send({ post: copiedPosting(posting), by: this.#nextOrigin() }, size), size);
  }

  append({ text, topic, except }: Remembered): void {
    const size = sizeOf({ act: text });
    this.#nth += 1;
    const item: Item = { say: { text, topic, except }, by: this.#nextOrigin(), nth: this.#nth };
    this.#losses.watch(this.#queue.send(item, size), size);
  }

  #nextOrigin(): Origin {
    this.#number += 1;
    return [this.#shard, this.#life, this.#number];
  }

  async count(): Promise<number> {
    return (await this.#siblings.get(0).onesocketShard({ version: VERSION, verb: "count" })) as number;
  }

  /** Nothing to wait for: whoever sends from outside calls the first object. */
  async sent(): Promise<void> {}

  async #tell(items: readonly Item[]): Promise<number> {
    const members = this.#isInhabited();
    const told: ShardCall = { version: VERSION, verb: "tell", shard: this.#shard, members, items };
    const unreached = (await this.#siblings.get(0).onesocketShard(told)) as number;
    this.#isKnown = members;
    return unreached;
  }

  /** Asks the first object, whose answer comes before the question is acknowledged, or not at all. */
  #askFirst(missed?: MissedQuery): Promise<Missed> {
    this.#questions += 1;
    const ask = this.#questions;
    return new Promise<Missed>((resolve, reject) => {
      this.#answers.set(ask, resolve);
      this.#queue
        .send(missed ? { ask, missed } : { ask })
        .then(() => reject(new Error("the room's first object gave no answer")), reject)
        .finally(() => this.#answers.delete(ask))
        .catch(() => {});
    });
  }

  async call(call: ShardCall): Promise<unknown> {
    if (call.verb === "joined") await this.#join();
    if (call.verb === "size") return this.#host.room.size;
    if (call.verb === "bring") await this.#deliver(call.deliveries, call.missed);
    return 0;
  }

  async #deliver(deliveries: readonly Delivery[], missed: number): Promise<void> {
    if (missed > 0) this.#tellMissed(missed);
    for (const delivery of deliveries) {
      if ("answer" in delivery) this.#answer(delivery.answer, delivery.missed);
      else if (delivery.at && this.#isKnown && this.#position.isAwaited) this.#position.set(before(delivery.at));
      // Whoever waits for this place is sent it before all that comes after it.
      if ("answer" in delivery || this.#position.wasAwaited()) await this.#nextTurn();
      if ("post" in delivery) this.#perform(delivery);
    }
    if (!this.#isInhabited()) this.close();
  }

  #answer(ask: number, missed: Missed): void {
    if (missed.at) this.#position.set(missed.at);
    this.#answers.get(ask)?.(missed);
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => void this.#host.platform.after(0, resolve));
  }

  /** While the first object does not know of members here, what comes may be late messages to earlier ones, and says nothing of where these are. */
  #perform({ post, by, at }: Extract<Delivery, { readonly post: Posting }>): void {
    if (at && this.#isKnown) this.#follow(at);
    if (this.#deduplicator.isNew(by)) this.#host.room.perform(post);
  }

  /** A gap is a notification that was numbered and never came: its sender died before the first object had brought it to all, and so did that. */
  #follow(at: Position): void {
    const lack = this.#position.lackBefore(at);
    if (lack > 0) this.#tellMissed(lack);
    this.#position.set(at);
  }

  /** Members of a room with a history are closed: they come back, and get what they missed. */
  #tellMissed(messages: number): void {
    this.#position.forget();
    this.#losses.missed(this.room, messages);
    if (this.shares) this.#host.room.perform({ act: { code: 1012, reason: "messages of the room did not come" } });
  }
}

function before([epoch, offset]: Position): Position {
  return [epoch, offset - 1];
}
