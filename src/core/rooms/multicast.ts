import type { Limits } from "../contract/limits.ts";
import type { Message } from "../contract/socket.ts";
import type { NativePubSub } from "../contract/transport.ts";

/** How often the members' buffers are checked while `limits.bufferedBytes` bytes are published. */
const CHECKS = 16;

/** A room's member, as far as a multicast needs it. */
export interface Reached {
  readonly id: string;
  readonly definition: { readonly name: string; readonly limits: Limits };
  readonly room: { readonly id: string };
  readonly pubSub: NativePubSub | undefined;
  checkBuffer(): void;
}

/**
 * A room's members as subscribers of their runtime's own broadcast, which frames a message once for all of them. The host of a
 * runtime that has one brings it.
 */
export class Multicast {
  /** The room's channel on the runtime's server. */
  readonly #channel: string;
  readonly #server: unknown;
  /** How many bytes were published since the last check, at most. */
  #unchecked = 0;

  private constructor(first: Reached) {
    this.#channel = `onesocket:${JSON.stringify([first.definition.name, first.room.id])}`;
    this.#server = first.pubSub?.server;
  }

  /** Subscribes all members, to their topics too; undefined where the broadcast does not reach one of them. */
  static of(
    members: ReadonlyMap<string, Reached>,
    topics: ReadonlyMap<string, ReadonlySet<Reached>>,
  ): Multicast | undefined {
    const [...all] = members.values();
    const multicast = new Multicast(all[0]!);
    if (!all.every((member) => multicast.#reaches(member))) return undefined;
    for (const member of all) multicast.subscribe(member);
    for (const [topic, subscribers] of topics) {
      for (const member of subscribers) multicast.subscribe(member, topic);
    }
    return multicast;
  }

  #reaches({ pubSub }: Reached): boolean {
    return pubSub !== undefined && pubSub.server === this.#server;
  }

  /** Subscribes one more member; false when the broadcast does not reach it. */
  join(member: Reached): boolean {
    if (!this.#reaches(member)) return false;
    this.subscribe(member);
    return true;
  }

  subscribe({ pubSub }: Reached, topic?: string): void {
    pubSub?.subscribe(this.#named(topic));
  }

  unsubscribe({ pubSub }: Reached, topic?: string): void {
    pubSub?.unsubscribe(this.#named(topic));
  }

  /** Sends to a topic, or all of the members, but not to the one that is excepted. */
  publish(message: Message, topic: string | undefined, except: string, members: ReadonlyMap<string, Reached>): void {
    const excepted = members.get(except);
    const speaker = excepted ?? members.values().next().value;
    if (!speaker) return;
    speaker.pubSub?.publish(this.#named(topic), message, excepted !== undefined);
    // A character is at most three bytes, and a header of 16 bytes is a long one.
    this.#unchecked += 3 * message.length + 16;
    if (this.#isCheckDue(speaker)) for (const member of members.values()) member.checkBuffer();
  }

  /** The channel of a topic, or of all. A lone surrogate is written out: as UTF-8, all of them are the same. */
  #named(topic: string | undefined): string {
    if (topic === undefined) return this.#channel;
    return topic.isWellFormed() ? `${this.#channel}:${topic}` : `${this.#channel}!${JSON.stringify(topic)}`;
  }

  /** Whether so much was published that slow consumers are to be looked for (M8): to ask each time would cost more than sending. */
  #isCheckDue({ definition }: Reached): boolean {
    if (this.#unchecked * CHECKS < definition.limits.bufferedBytes) return false;
    this.#unchecked = 0;
    return true;
  }
}
