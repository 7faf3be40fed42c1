import { notificationText } from "../rpc/answers.ts";
import { OTHERS } from "../rpc/wire.ts";
import { type Entry, PresenceDiff } from "./presence-diff.ts";
import { RemoteMembers } from "./remote-members.ts";
import { readRosterMessage, rosterText } from "./roster-message.ts";

/** Messages that one room's changes may cost in a millisecond: they are gathered for as long as that takes. */
const MESSAGES_PER_MS = 10;

/** Where a member's timers are. */
export interface Timers {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** A room's member, as far as a roster shows it. */
export interface RosterMember {
  readonly id: string;
  readonly state: unknown;
  readonly definition: { readonly limits: { readonly stateBytes: number } };
  readonly platform: Timers;
  deliver(text: string, shared?: { made?: object | undefined }): boolean;
  waitUntil(work: PromiseLike<unknown>): void;
}

/** The room of a roster. */
export interface RosterRoom {
  /** Those in this process or object. */
  readonly sockets: readonly RosterMember[];
  readonly size: number;
  get(id: string): RosterMember | undefined;
  /** Sends a message to the rosters of the same room in other processes. */
  post(posting: { readonly act: { readonly roster: string } }): void;
}

/**
 * Who is in a room, as its members are shown one another: each is told at first who is there, and then what changes. All have been told the same;
 * what has changed since is told together, so that a room's changes cost a bounded number of messages however many there are.
 */
export class Roster {
  readonly #room: RosterRoom;
  readonly #project: (member: RosterMember) => string | undefined;
  /** What all have been told: projections as JSON, by the ids of their sockets. */
  readonly #shown = new Map<string, string>();
  readonly #remote = new RemoteMembers();
  /** The ids of those whose projection may have changed since it was told, and whether they are or were in this process. */
  #touched = new Map<string, boolean>();
  /** The notification with all who are there, for whoever enters; undefined after a change. */
  #list: string | undefined;
  #isLoaded = false;
  /** Who enters while it is being loaded. */
  #fresh: RosterMember | undefined;
  /** The member whose platform has the timer of the next notification. */
  #timekeeper: RosterMember | undefined;
  #cancel: (() => void) | undefined;
  /** When it is due, by the clock: whoever takes over the timer has what is left of the time. */
  #due = Infinity;

  /** `project`: what others see of a member, as JSON; undefined for nothing. Never throws. */
  constructor(room: RosterRoom, project: (member: RosterMember) => string | undefined) {
    this.#room = room;
    this.#project = project;
  }

  /** A socket has opened, and is in the room. What it is told of the others comes before all else. */
  enter(member: RosterMember): void {
    this.#load(member);
    this.#list ??= notificationText(OTHERS, rosterText(this.#shown));
    member.deliver(this.#list);
    this.touch(member);
  }

  /** A member's state is about to change, or it is about to leave. */
  touch(member: RosterMember): void {
    this.#load();
    this.#touched.set(member.id, true);
    this.#arm(member);
  }

  /** After a wake the roster knows nothing, though members have been told of one another: of all but the one who has just entered. */
  #load(fresh?: RosterMember): void {
    if (this.#isLoaded) return;
    this.#fresh = fresh ?? this.#fresh;
    // Those who sleep are known from here on, and the silent among them are dropped at once: they have been shown, and each of them comes here first.
    this.#room.size;
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    for (const member of this.#room.sockets) if (member !== this.#fresh) this.#show(member.id, this.#project(member));
    this.#fresh = undefined;
  }

  #show(id: string, text: string | undefined): void {
    if (text === undefined) this.#shown.delete(id);
    else this.#shown.set(id, text);
  }

  /** Sets the timer of the next notification. `by`: who may leave soon; another member's timer is taken, for some end with their socket. */
  #arm(by?: RosterMember): void {
    if (this.#timekeeper && this.#timekeeper !== by) return;
    this.#cancel?.();
    const { sockets, size } = this.#room;
    const timekeeper = sockets.find((member) => member !== by) ?? by;
    const ms = timekeeper ? this.#left(timekeeper.platform.now(), Math.floor(size / MESSAGES_PER_MS)) : 0;
    this.#timekeeper = timekeeper;
    if (timekeeper && ms > 0) this.#cancel = timekeeper.platform.after(ms, () => this.flush());
    else Promise.resolve().then(() => this.flush(), undefined);
  }

  /** Milliseconds until what has changed is told: no more than `ms`, though the clock be set. */
  #left(now: number, ms: number): number {
    this.#due = Math.min(this.#due, now + ms);
    return this.#due - now;
  }

  /** Tells now what has changed. Never throws. */
  flush(): void {
    const timekeeper = this.#timekeeper;
    this.#timekeeper = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due = Infinity;
    try {
      this.#tell(this.#changed());
    } catch (error) {
      timekeeper?.waitUntil(Promise.reject(error));
    }
  }

  /** What differs from what was told; from here on it counts as told. */
  #changed(): Entry[] {
    const touched = this.#touched;
    this.#touched = new Map();
    const changed: Entry[] = [];
    for (const [id, isOwn] of touched) {
      const member = this.#room.get(id);
      const text = member ? this.#project(member) : this.#remote.get(id);
      if (text === this.#shown.get(id)) continue;
      this.#show(id, text);
      changed.push({ id, text, isOwn });
    }
    return changed;
  }

  #tell(changed: readonly Entry[]): void {
    if (changed.length === 0) return;
    this.#list = undefined;
    const own = changed.filter(({ isOwn }) => isOwn);
    if (own.length > 0) this.#room.post({ act: { roster: new PresenceDiff(own).text } });
    const diff = new PresenceDiff(changed);
    const [text, shared] = [notificationText(OTHERS, diff.text), {}];
    for (const member of this.#room.sockets) {
      const others = diff.has(member.id) ? diff.without(member.id) : text;
      if (others === text) member.deliver(text, shared);
      else if (others) member.deliver(notificationText(OTHERS, others));
    }
  }

  /** The timers of a member in this process; undefined where there is none. */
  get platform(): Timers | undefined {
    return this.#room.sockets[0]?.platform;
  }

  /** Tells the other processes who is here and asks for theirs: when one side may have missed something of the other. */
  meet(): void {
    this.#remote.asked();
    this.#announce(true);
  }

  /** Takes note of a message from another process. Throws an Error for what is no message of a roster. */
  receiveMessage(from: string, text: string): void {
    const { ask, ...changes } = readRosterMessage(text);
    this.#touchRemote(this.#remote.update(from, changes));
    if (ask) this.#announce(false);
  }

  /** Another process has died. */
  gone(from: string): void {
    this.#touchRemote(this.#remote.drop(from));
  }

  /** Takes those processes for gone that were asked and have not answered for too long. Called now and then. */
  sweep(): void {
    for (const from of this.#remote.unanswered()) this.gone(from);
  }

  /** The last member in this process has left: other processes are not subscribed to any more. They are told now, for the process may end. */
  part(): void {
    this.flush();
    for (const id of this.#remote.clear()) this.#shown.delete(id);
    this.#list = undefined;
  }

  #touchRemote(ids: Iterable<string>): void {
    for (const id of ids) this.#touched.set(id, this.#touched.get(id) ?? false);
    if (this.#touched.size > 0) this.#arm();
  }

  #announce(ask: boolean): void {
    const own = [...this.#shown].filter(([id]) => this.#room.get(id));
    this.#room.post({ act: { roster: rosterText(own, ask) } });
  }
}
