import type { Missed, Remembered } from "../../../core/history/history.ts";
import type { Posting } from "../../../core/rooms/cluster/batch.ts";
import type { Members } from "../../../core/rooms/cluster/relay.ts";
import type { RoomRelay } from "../../../core/rooms/room.ts";
import type { Position } from "../../../core/rpc/wire.ts";
import { Heard } from "./heard.ts";
import { Line } from "./line.ts";
import { kept, Losses, sizeOf } from "./losses.ts";
import type { Part, PartHost } from "./part.ts";
import { Place } from "./place.ts";
import { JOINING } from "./placed.ts";
import type { Siblings } from "./siblings.ts";
import { type Asked, type Delivery, type Item, type Origin, type ShardCall, VERSION } from "./wire.ts";

/** One of the objects that have a room's members between them. What it has for the others goes through the first. */
export class Shard implements Part, RoomRelay {
  readonly room: string;
  readonly #shard: number;
  readonly #host: PartHost;
  readonly #siblings: Siblings;
  readonly #life: string;
  #number = 0;
  #nth = 0;
  readonly #line: Line<Item>;
  readonly #heard = new Heard();
  readonly #losses: Losses;
  readonly #place = new Place((missed) => this.#ask(missed));
  #members: Members | undefined;
  /** The first object knows that it has members: all that others say comes here. */
  #isKnown = false;
  #touched: Promise<unknown> | undefined;
  #asks = 0;
  readonly #asked = new Map<number, (missed: Missed) => void>();

  constructor(room: string, shard: number, host: PartHost, siblings: Siblings) {
    this.room = room;
    this.#shard = shard;
    this.#host = host;
    this.#siblings = siblings;
    this.#life = host.platform.randomId();
    this.#line = new Line((items) => this.#tell(items), host.platform);
    this.#losses = new Losses(host);
  }

  get relay(): RoomRelay {
    return this;
  }

  get shares(): boolean {
    return this.#host.definition.keeper !== undefined;
  }

  get history(): Place | undefined {
    return this.shares ? this.#place : undefined;
  }

  get answer(): Readonly<Record<string, string>> {
    return this.#isKnown ? {} : { [JOINING]: "1" };
  }

  /** It has its first member: one that was there before this memory was is in the directory already. */
  open(members: Members): void {
    this.#members = members;
    this.#isKnown = this.#host.listed().length > 0;
    if (this.#isKnown) return;
    this.#place.forget();
    // Whoever waits for it tries again, and is told.
    this.#touched = this.#line.send({ touch: true }).catch(() => {});
  }

  async #join(): Promise<void> {
    await this.#touched;
    if (!this.#isKnown) await this.#line.send({ touch: true });
  }

  /** The last that this memory knew has gone. What fails is made up for when the first object next calls an empty one. */
  close(): void {
    this.#members = undefined;
    if (!this.#isInhabited()) this.#line.send({ touch: true }).catch(() => {});
  }

  #isInhabited(): boolean {
    return this.#members !== undefined || this.#host.listed().length > 0;
  }

  post(posting: Posting): void {
    const size = sizeOf(posting);
    this.#losses.watch(this.#line.send({ post: kept(posting), by: this.#by() }, size), size);
  }

  append({ text, topic, except }: Remembered): void {
    const size = sizeOf({ act: text });
    this.#nth += 1;
    const item: Item = { say: { text, topic, except }, by: this.#by(), nth: this.#nth };
    this.#losses.watch(this.#line.send(item, size), size);
  }

  #by(): Origin {
    this.#number += 1;
    return [this.#shard, this.#life, this.#number];
  }

  async count(): Promise<number> {
    return (await this.#siblings.get(0).onesocketShard({ version: VERSION, verb: "count" })) as number;
  }

  /** Nobody sends here from outside. */
  async sent(): Promise<void> {}

  async #tell(items: readonly Item[]): Promise<number> {
    const members = this.#isInhabited();
    const told: ShardCall = { version: VERSION, verb: "tell", shard: this.#shard, members, items };
    const unreached = (await this.#siblings.get(0).onesocketShard(told)) as number;
    this.#isKnown = members;
    return unreached;
  }

  /** The answer comes before its question is acknowledged, or not at all. */
  #ask(missed?: Asked): Promise<Missed> {
    this.#asks += 1;
    const ask = this.#asks;
    return new Promise<Missed>((resolve, reject) => {
      this.#asked.set(ask, resolve);
      this.#line
        .send(missed ? { ask, missed } : { ask })
        .then(() => reject(new Error("the room's first object gave no answer")), reject)
        .finally(() => this.#asked.delete(ask))
        .catch(() => {});
    });
  }

  async call(call: ShardCall): Promise<unknown> {
    if (call.verb === "joined") await this.#join();
    if (call.verb === "size") return this.#host.room.size;
    if (call.verb === "bring") await this.#take(call.deliveries, call.missed);
    return 0;
  }

  async #take(deliveries: readonly Delivery[], missed: number): Promise<void> {
    if (missed > 0) this.#miss(missed);
    for (const delivery of deliveries) {
      if ("answer" in delivery) this.#answer(delivery.answer, delivery.missed);
      else if (delivery.at && this.#isKnown && this.#place.isAwaited) this.#place.set(before(delivery.at));
      // Whoever waits for this place is sent it before all that comes after it.
      if ("answer" in delivery || this.#place.wasAwaited()) await this.#turn();
      if ("post" in delivery) this.#perform(delivery);
    }
    if (!this.#isInhabited()) this.close();
  }

  #answer(ask: number, missed: Missed): void {
    if (missed.at) this.#place.set(missed.at);
    this.#asked.get(ask)?.(missed);
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => void this.#host.platform.after(0, resolve));
  }

  /** While it is not known yet, what comes may be the rest of what came to members before, and tells nothing of where these are. */
  #perform({ post, by, at }: Extract<Delivery, { readonly post: Posting }>): void {
    if (at && this.#isKnown) this.#follow(at);
    if (this.#heard.isNew(by)) this.#host.room.perform(post);
  }

  /** One that was numbered, and never came: its sender died before the first object had brought it to all, and so did that. */
  #follow(at: Position): void {
    const lack = this.#place.lackBefore(at);
    if (lack > 0) this.#miss(lack);
    this.#place.set(at);
  }

  /** Who has a history to come back to gets all of it then. */
  #miss(messages: number): void {
    this.#place.forget();
    this.#losses.missed(this.room, messages);
    if (this.shares) this.#host.room.perform({ act: { code: 1012, reason: "messages of the room did not come" } });
  }
}

function before([epoch, offset]: Position): Position {
  return [epoch, offset - 1];
}
