import type { SocketDefinition } from "../contract/definition.ts";
import { notificationOf } from "../contract/notify.ts";
import type { RoomLife } from "../contract/room-life.ts";
import type { RoomStorage } from "../contract/room-storage.ts";
import { exceptedId, sendable } from "../contract/sendable.ts";
import type { Message, Room, Sendable, SendOptions } from "../contract/socket.ts";
import type { Shared } from "../contract/transport.ts";
import type { Remembering, RoomHistory } from "../history/history.ts";
import type { RoomMemory } from "../history/room-memory.ts";
import type { Roster } from "../presence/roster.ts";
import { checkClose } from "../protocol/close.ts";
import type { Posting } from "./cluster/batch.ts";
import type { Relay } from "./cluster/relay.ts";
import type { MemberHost, RoomMember } from "./member.ts";
import type { Multicast } from "./multicast.ts";

/** What joins a room to its members elsewhere: a {@link Relay}, or what a runtime has for it. */
export type RoomRelay = Pick<Relay, "post" | "open" | "close" | "count" | "append" | "shares"> & {
  readonly history: Remembering | undefined;
};

/** Where a room comes from and what becomes of it. */
export interface RoomHome {
  /** Whose room it is, for its notifications and their history. */
  readonly definition?: Pick<SocketDefinition, "name" | "notification" | "keeper" | "roster" | "lives"> | undefined;
  /** The escape hatch that handlers see as `room.raw`. */
  readonly raw?: unknown;
  /** The same, as `room.object`. */
  readonly object?: unknown;
  /** Joins the members that this memory does not know yet: those that hibernated. Called once, when they are first needed. */
  load?(): void;
  /** What joins the room to its members in other processes; undefined where there is no broker. */
  relay?(): RoomRelay | undefined;
  /** The history of its notifications, where that is not kept in this process. */
  history?(): RoomHistory | undefined;
  /** Who serves it, where that is known before somebody is in it. */
  readonly host?: MemberHost | undefined;
  /** Its hooks, alarm and storage, where they are an object's and not this process's. */
  life?(): RoomLife | undefined;
  /** The last member is gone and its last handler has ended. `host`: that member's. */
  emptied?(host: MemberHost): void;
}

/** The members of one room in this process or object, and their topics. */
export class LiveRoom implements Room {
  readonly id: string;
  /** What shows its members one another; undefined where the definition has no presence. */
  readonly roster: Roster | undefined;
  /** The history of its notifications; undefined where the definition has none. */
  readonly memory: RoomMemory | undefined;
  readonly #home: RoomHome;
  readonly #members = new Map<string, RoomMember>();
  /** How many members there are, and those whose `close` handler may still send here. */
  #holders = 0;
  readonly #topics = new Map<string, Set<RoomMember>>();
  #loaded = false;
  /** The host of the member that came last and is still there. */
  #host: MemberHost | undefined;
  /** The runtime's own broadcast: looked for when there is something to send to more than one; null where none reaches all members. */
  #multicast: Multicast | null | undefined;

  constructor(id: string, home: RoomHome) {
    this.id = id;
    this.#home = home;
    this.#host = home.host;
    this.roster = home.definition?.roster?.(this);
    this.memory = home.definition?.keeper?.memory(id, home);
  }

  get raw(): unknown {
    return this.#home.raw;
  }

  get object(): unknown {
    return this.#home.object;
  }

  get env(): unknown {
    return this.#host?.env;
  }

  /** Its hooks, its alarm, and what it keeps. Only a closure's room has none, which no handler sees. */
  get life(): RoomLife {
    return this.#home.life?.() ?? this.#home.definition!.lives!.of(this, this.#host!);
  }

  get storage(): RoomStorage {
    return this.life.storage;
  }

  setAlarm(when: number | { getTime(): number }): Promise<void> {
    return this.life.setAlarm(when);
  }

  getAlarm(): Promise<number | undefined> {
    return this.life.getAlarm();
  }

  deleteAlarm(): Promise<void> {
    return this.life.deleteAlarm();
  }

  get sockets(): readonly RoomMember[] {
    return [...this.#all().values()];
  }

  get size(): number {
    return this.#all().size;
  }

  get(id: string): RoomMember | undefined {
    return this.#all().get(id);
  }

  send(data: Sendable, { except, topic }: SendOptions = {}): void {
    const message = sendable(data);
    const excepted = exceptedId(except);
    this.post({ topic, except: excepted, act: message });
    this.#deliver(message, topic, excepted);
  }

  notify(name: string, params?: unknown, options?: SendOptions): void {
    this.say(notificationOf(this.#home.definition, name, params), options);
  }

  /** Sends a notification that is JSON already, with its position if the room has a history. */
  say(text: string, options: SendOptions = {}): void {
    const { topic, except } = options;
    const said = this.memory ? this.memory.say({ text, topic, except: exceptedId(except) }) : text;
    if (said !== undefined) this.send(said, options);
  }

  close({ topic }: { readonly topic?: string | undefined } = {}, code = 1000, reason = ""): void {
    checkClose(code, reason);
    this.post({ topic, act: { code, reason } });
    this.#close(topic, code, reason);
  }

  async count(): Promise<number> {
    return this.#home.relay?.()?.count() ?? this.size;
  }

  /** Has the members in other processes get it too. */
  post(posting: Posting): void {
    this.#home.relay?.()?.post(posting);
  }

  /** Does here what the room did in another process. */
  perform({ topic, except, act }: Posting): void {
    if (typeof act === "string" || act instanceof Uint8Array) this.#deliver(act, topic, except);
    else if ("code" in act) this.#close(topic, act.code, act.reason);
  }

  /** Subscribes to what other processes send, if it has members. */
  listen(): void {
    if (this.#members.size > 0) this.#home.relay?.()?.open(this, this.memory?.rules);
  }

  join(member: RoomMember): void {
    this.#members.set(member.id, member);
    this.#holders += 1;
    this.#serve(member.host);
    if (this.#members.size === 1) {
      this.memory?.enter(member.platform);
      this.listen();
    }
    if (this.#multicast?.join(member) === false) this.#multicast = null;
    const { topics } = member;
    // Not by an iterator, which is garbage for every socket that comes.
    for (let at = 0; at < topics.length; at++) this.subscribed(member, topics[at]!);
  }

  leave(member: RoomMember): void {
    if (this.#members.get(member.id) !== member) return;
    this.roster?.touch(member);
    this.#members.delete(member.id);
    this.#multicast?.unsubscribe(member);
    for (const topic of member.topics) this.unsubscribed(member, topic);
    const next = this.#members.values().next().value;
    // In an isolate each socket is served by its own request, which ends with it.
    if (next) this.#serve(next.host);
    else this.#home.relay?.()?.close(this);
  }

  #serve(host: MemberHost): void {
    if (host === this.#host) return;
    this.#host = host;
    this.#home.definition?.lives?.enter(this, host);
  }

  /** Resolves when the `empty` hook has ended that runs after the last member has gone; undefined where none runs. Never rejects. */
  hooksEnded(): Promise<void> | undefined {
    return this.#home.definition?.lives?.leaving(this.id);
  }

  /** A member's last handler has ended. Called once for each member. */
  release({ host }: Pick<RoomMember, "host">): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#home.emptied?.(host);
  }

  subscribed(member: RoomMember, topic: string): void {
    if (this.#members.get(member.id) !== member) return;
    const subscribers = this.#topics.get(topic);
    if (subscribers) subscribers.add(member);
    else this.#topics.set(topic, new Set([member]));
    this.#multicast?.subscribe(member, topic);
  }

  unsubscribed(member: RoomMember, topic: string): void {
    const subscribers = this.#topics.get(topic);
    if (!subscribers?.delete(member)) return;
    if (subscribers.size === 0) this.#topics.delete(topic);
    this.#multicast?.unsubscribe(member, topic);
  }

  #deliver(message: Message, topic: string | undefined, except: string | undefined): void {
    if (this.#multicast === undefined && this.#all().size > 1)
      this.#multicast = this.#host?.multicast?.(this.#members, this.#topics) ?? null;
    if (this.#multicast) this.#multicast.publish(message, topic, except ?? "", this.#members);
    else this.#sendEach(message, topic, except);
  }

  #sendEach(message: Message, topic: string | undefined, except: string | undefined): void {
    const shared: Shared = { made: undefined };
    const excepted = except === undefined ? undefined : this.#all().get(except);
    for (const member of this.#of(topic)) if (member !== excepted) member.deliver(message, shared);
  }

  #close(topic: string | undefined, code: number, reason: string): void {
    for (const member of [...this.#of(topic)]) member.close(code, reason);
  }

  #all(): Map<string, RoomMember> {
    if (!this.#loaded) {
      this.#loaded = true;
      this.#home.load?.();
    }
    return this.#members;
  }

  #of(topic: string | undefined): Iterable<RoomMember> {
    const members = this.#all();
    return topic === undefined ? members.values() : (this.#topics.get(topic) ?? []);
  }
}
