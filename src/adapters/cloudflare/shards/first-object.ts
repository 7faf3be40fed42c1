import type { Missed, Remembered, RoomHistory } from "../../../core/history/history.ts";
import type { Posting } from "../../../core/rooms/cluster/batch.ts";
import type { RoomRelay } from "../../../core/rooms/room.ts";
import { CallQueue } from "./call-queue.ts";
import { Deduplicator } from "./deduplicator.ts";
import { Directory } from "./directory.ts";
import { copiedPosting, Losses, sizeOf } from "./losses.ts";
import type { Part, PartHost } from "./part.ts";
import { ShardLog } from "./shard-log.ts";
import type { Siblings } from "./siblings.ts";
import { type Delivery, type Item, type MissedQuery, type Origin, type ShardCall, VERSION } from "./wire.ts";

type Message = Extract<Delivery, { readonly post: Posting }>;

/** Resolves with how many shards did not get it. */
type Sent = Promise<number>;

/**
 * A room's first object: it knows which shards have members, brings them what is told by one of them or from outside, and has the room's
 * history. Sockets that came when the room had one object are its own members.
 */
export class FirstObject implements Part, RoomRelay {
  readonly room: string;
  readonly answer = {};
  readonly #host: PartHost;
  readonly #siblings: Siblings;
  readonly #life: string;
  #number = 0;
  readonly #queues = new Map<number, CallQueue<Delivery>>();
  readonly #deduplicator = new Deduplicator();
  readonly #losses: Losses;
  readonly #directory: Directory;
  readonly #history: RoomHistory | undefined;
  readonly #log: ShardLog | undefined;
  /** The last message that was sent here. */
  #lastSent: Sent = Promise.resolve(0);

  constructor(room: string, host: PartHost, siblings: Siblings) {
    this.room = room;
    this.#host = host;
    this.#siblings = siblings;
    this.#life = host.platform.randomId();
    this.#losses = new Losses(host);
    const { sql } = host.state.storage;
    this.#directory = new Directory(sql);
    this.#history = host.definition.keeper?.stored(sql, host.platform);
    this.#log = this.#history && new ShardLog(this.#history, this.#directory);
  }

  get relay(): RoomRelay {
    return this;
  }

  get shares(): boolean {
    return this.#history !== undefined;
  }

  get history(): RoomRelay["history"] {
    const history = this.#history;
    return history && { at: history.at, missed: (by, then) => missedOf(history, { by, since: then }) };
  }

  open(): void {}

  close(): void {}

  post(posting: Posting): void {
    this.#send({ post: copiedPosting(posting), by: this.#nextOrigin() });
  }

  append({ text, ...audience }: Remembered): void {
    if (!this.#history) return;
    const post = { ...audience, act: this.#history.add(text, audience) };
    this.#host.room.perform(post);
    this.#send({ post, by: this.#nextOrigin(), at: this.#history.at });
  }

  #nextOrigin(): Origin {
    this.#number += 1;
    return [0, this.#life, this.#number];
  }

  #send(message: Message): void {
    this.#lastSent = sum(this.#spread(message));
    this.#losses.watch(this.#lastSent, sizeOf(message.post));
  }

  async sent(): Promise<void> {
    const unreached = await this.#lastSent;
    if (unreached > 0) throw new Error(`${unreached} of the room's shards could not be reached`);
  }

  async count(): Promise<number> {
    const sizes = this.#directory.shards.map((shard) =>
      this.#siblings.get(shard).onesocketShard({ version: VERSION, verb: "size" }),
    );
    return (await Promise.all(sizes)).reduce<number>((all, size) => all + Number(size), this.#host.room.size);
  }

  async call(call: ShardCall): Promise<unknown> {
    if (call.verb === "count") return this.count();
    return call.verb === "tell" ? this.#handleAll(call) : 0;
  }

  /** All items are numbered and on their way before anything is waited for. The call is acknowledged when all shards have them. */
  #handleAll({ shard, members, items }: Extract<ShardCall, { readonly verb: "tell" }>): Sent {
    this.#directory.note(shard, members);
    const sent = items.flatMap((item) => this.#handle(item, shard));
    this.#log?.keep();
    return sum(sent);
  }

  #handle(item: Item, shard: number): readonly Sent[] {
    if ("ask" in item) return [this.#answer(item.ask, this.#missed(item.missed), shard)];
    if ("touch" in item) return [];
    if ("post" in item) return this.#pass(item, shard);
    if (!this.#log) return [];
    const { topic, except } = item.say;
    const [act, at] = this.#log.number(item.say, shard, item.by[1], item.nth);
    return this.#pass({ post: { topic, except, act }, by: item.by, at });
  }

  #missed(asked: MissedQuery | undefined): Missed {
    if (this.#history && asked) return missedOf(this.#history, asked);
    return { at: this.#history?.at, texts: undefined };
  }

  /** One that can't be brought is no message that the shard's members miss: who asked is told that nothing is known. */
  #answer(answer: number, missed: Missed, shard: number): Sent {
    const size = (missed.texts ?? []).reduce((sum, text) => sum + sizeOf({ act: text }), 0);
    return this.#queueTo(shard)
      .send({ answer, missed }, size)
      .catch(() => 0);
  }

  /** `from`: a shard that has it already. */
  #pass(message: Message, from?: number): readonly Sent[] {
    if (this.#deduplicator.isNew(message.by)) this.#host.room.perform(message.post);
    return this.#spread(message, from);
  }

  #spread(message: Message, from?: number): readonly Sent[] {
    return this.#directory.shards.flatMap((shard) => (shard === from ? [] : this.#bring(message, shard)));
  }

  #bring(message: Message, shard: number): Sent {
    return this.#queueTo(shard)
      .send(message, sizeOf(message.post))
      .catch(() => {
        this.#directory.miss(shard);
        return 1;
      });
  }

  #queueTo(shard: number): CallQueue<Delivery> {
    const queue = this.#queues.get(shard) ?? new CallQueue((items) => this.#call(shard, items), this.#host.platform);
    this.#queues.set(shard, queue);
    return queue;
  }

  async #call(shard: number, deliveries: readonly Delivery[]): Promise<number> {
    const missed = this.#directory.missedBy(shard);
    await this.#siblings.get(shard).onesocketShard({ version: VERSION, verb: "bring", missed, deliveries });
    this.#directory.told(shard);
    return 0;
  }
}

function missedOf(history: RoomHistory, { by, since }: MissedQuery): Missed {
  return { texts: history.missed(by, since), at: history.at };
}

async function sum(sent: readonly Sent[]): Sent {
  return (await Promise.all(sent)).reduce((all, one) => all + one, 0);
}
