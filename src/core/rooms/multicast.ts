import type { Message } from "../contract/socket.ts";
import type { RoomMember } from "./member.ts";

/** How often in `limits.bufferedBytes` published bytes the members' buffers are looked at. */
const LOOKS = 16;

/** A room's members as pubSubs of their runtime's own broadcast, which frames a message once for all of them. */
export class Multicast {
  /** Of the room, on its server. */
  readonly #channel: string;
  readonly #server: unknown;
  /** How many bytes were published since the last look, at most. */
  #unseen = 0;

  constructor(speaker: RoomMember) {
    this.#channel = `onesocket:${JSON.stringify([speaker.definition.name, speaker.room.id])}`;
    this.#server = speaker.pubSub?.server;
  }

  /** Whether it can reach this one. */
  reaches({ pubSub }: RoomMember): boolean {
    return pubSub !== undefined && pubSub.server === this.#server;
  }

  subscribe({ pubSub }: RoomMember, topic?: string): void {
    pubSub?.subscribe(this.#named(topic));
  }

  unsubscribe({ pubSub }: RoomMember, topic?: string): void {
    pubSub?.unsubscribe(this.#named(topic));
  }

  /** Sends to a topic, or all. `others`: all but the speaker, whose server it is sent from in any case. */
  publish(message: Message, topic: string | undefined, speaker: RoomMember, others: boolean): void {
    speaker.pubSub?.publish(this.#named(topic), message, others);
    // A character is at most three bytes, and a header of 16 bytes is a long one.
    this.#unseen += 3 * message.length + 16;
  }

  /** Of a topic, or of all. Half a character (a lone surrogate) is written out: as UTF-8, all of them are the same. */
  #named(topic: string | undefined): string {
    if (topic === undefined) return this.#channel;
    return topic.isWellFormed() ? `${this.#channel}:${topic}` : `${this.#channel}!${JSON.stringify(topic)}`;
  }

  /** Whether so much was published that it is time to look for slow consumers (M8): to ask each time would cost more than sending. */
  due({ definition }: RoomMember): boolean {
    if (this.#unseen * LOOKS < definition.limits.bufferedBytes) return false;
    this.#unseen = 0;
    return true;
  }
}
