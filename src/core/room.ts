import { checkClose } from "./close.ts";
import { sendable } from "./sendable.ts";
import type { Session } from "./session.ts";
import type { Room, Sendable, SendOptions } from "./socket.ts";

/** Where a room comes from and what becomes of it. */
export interface RoomHome {
  /** The escape hatch that handlers see as `room.raw`. */
  readonly raw?: unknown;
  /** Joins the members that this memory does not know yet: those that hibernated. Called once, when they are first needed. */
  load?(): void;
  /** The last member is gone and its last handler has ended. */
  emptied?(): void;
}

/** The members of one room in this process or object, and their topics. */
export class LiveRoom implements Room {
  readonly id: string;
  readonly #home: RoomHome;
  readonly #members = new Map<string, Session>();
  /** Members, and those whose `close` handler may still send here. */
  readonly #holders = new Set<Session>();
  readonly #topics = new Map<string, Map<string, Session>>();
  #loaded = false;

  constructor(id: string, home: RoomHome) {
    this.id = id;
    this.#home = home;
  }

  get raw(): unknown {
    return this.#home.raw;
  }

  get sockets(): readonly Session[] {
    return [...this.#all().values()];
  }

  get size(): number {
    return this.#all().size;
  }

  get(id: string): Session | undefined {
    return this.#all().get(id);
  }

  send(data: Sendable, { except, topic }: SendOptions = {}): void {
    const message = sendable(data);
    for (const session of this.#of(topic)) {
      if (session.id !== except?.id) session.deliver(message);
    }
  }

  close({ topic }: { readonly topic?: string | undefined } = {}, code = 1000, reason = ""): void {
    checkClose(code, reason);
    for (const session of [...this.#of(topic)]) session.close(code, reason);
  }

  join(session: Session): void {
    this.#members.set(session.id, session);
    this.#holders.add(session);
    for (const topic of session.topics) this.subscribed(session, topic);
  }

  leave(session: Session): void {
    if (this.#members.get(session.id) !== session) return;
    this.#members.delete(session.id);
    for (const topic of session.topics) this.unsubscribed(session, topic);
  }

  release(session: Session): void {
    if (this.#holders.delete(session) && this.#holders.size === 0) this.#home.emptied?.();
  }

  subscribed(member: Pick<Session, "id">, topic: string): void {
    const session = this.#members.get(member.id);
    if (!session) return;
    const subscribers = this.#topics.get(topic);
    if (subscribers) subscribers.set(session.id, session);
    else this.#topics.set(topic, new Map([[session.id, session]]));
  }

  unsubscribed({ id }: Pick<Session, "id">, topic: string): void {
    const subscribers = this.#topics.get(topic);
    if (subscribers?.delete(id) && subscribers.size === 0) this.#topics.delete(topic);
  }

  #all(): Map<string, Session> {
    if (!this.#loaded) {
      this.#loaded = true;
      this.#home.load?.();
    }
    return this.#members;
  }

  #of(topic: string | undefined): Iterable<Session> {
    const members = this.#all();
    return topic === undefined ? members.values() : (this.#topics.get(topic)?.values() ?? []);
  }
}
