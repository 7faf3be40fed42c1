import { notificationText } from "../rpc/answers.ts";
import { OTHERS } from "../rpc/wire.ts";
import { Elsewhere } from "./elsewhere.ts";
import { type Entry, News } from "./news.ts";
import { type Changes, listOf, readWord } from "./words.ts";

/** Messages that one room's changes may cost in a millisecond: they are gathered for as long as that takes. */
const MESSAGES_PER_MS = 10;

/** Where a member's timers are. */
export interface Timers {
  /** Calls `run` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** A room's member, as far as the others see it. */
export interface Present {
  readonly id: string;
  readonly state: unknown;
  readonly definition: { readonly limits: { readonly stateBytes: number } };
  readonly platform: Timers;
  deliver(text: string, shared?: { made?: object | undefined }): boolean;
  waitUntil(work: PromiseLike<unknown>): void;
}

/** A room, as its roster sees it. */
export interface Gathering {
  /** Those in this process or object. */
  readonly sockets: readonly Present[];
  readonly size: number;
  get(id: string): Present | undefined;
  /** Says something to the rosters of the same room in other processes. */
  post(posting: { readonly act: { readonly roster: string } }): void;
}

/**
 * Who is in a room, as its members are shown one another: each is told at first who is there, and then what changes. All have been told the same;
 * what has changed since is told together, so that a room's changes cost a bounded number of messages however many there are.
 */
export class Roster {
  readonly #room: Gathering;
  readonly #project: (member: Present) => string | undefined;
  /** What all have been told: projections as JSON, by the ids of their sockets. */
  readonly #shown = new Map<string, string>();
  readonly #elsewhere = new Elsewhere();
  /** Whose projections may not be what was told, and whether they are or were in this process. */
  #touched = new Map<string, boolean>();
  #list: string | undefined;
  #isLoaded = false;
  /** By whose platform the next telling is due. */
  #timekeeper: Present | undefined;
  #cancel: (() => void) | undefined;

  /** `project`: what others see of a member, as JSON; undefined for nothing. Never throws. */
  constructor(room: Gathering, project: (member: Present) => string | undefined) {
    this.#room = room;
    this.#project = project;
  }

  /** A socket has opened, and is in the room. What it is told of the others comes before all else. */
  enter(member: Present): void {
    this.#load(member);
    this.#list ??= notificationText(OTHERS, listOf(this.#shown));
    member.deliver(this.#list);
    this.touch(member);
  }

  /** A member's state is about to change, or it is about to leave. */
  touch(member: Present): void {
    this.#load();
    this.#touched.set(member.id, true);
    this.#arm(member);
  }

  /** Who slept through what came before has been told already: of all but who has just come. */
  #load(fresh?: Present): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    for (const member of this.#room.sockets) if (member !== fresh) this.#show(member.id, this.#project(member));
  }

  #show(id: string, text: string | undefined): void {
    if (text === undefined) this.#shown.delete(id);
    else this.#shown.set(id, text);
  }

  // When it is told.

  /** `by`: who may be gone soon. Where a platform's timers end with its socket, another one's is better. */
  #arm(by?: Present): void {
    if (this.#timekeeper && this.#timekeeper !== by) return;
    this.#cancel?.();
    const { sockets, size } = this.#room;
    const timekeeper = sockets.find((member) => member !== by) ?? by;
    const ms = Math.floor(size / MESSAGES_PER_MS);
    this.#timekeeper = timekeeper;
    if (timekeeper && ms > 0) this.#cancel = timekeeper.platform.after(ms, () => this.flush());
    else Promise.resolve().then(() => this.flush(), undefined);
  }

  /** Tells now what has changed. Never throws. */
  flush(): void {
    const timekeeper = this.#timekeeper;
    this.#timekeeper = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
    try {
      this.#tell(this.#changed());
    } catch (error) {
      timekeeper?.waitUntil(Promise.reject(error));
    }
  }

  /** What is not as it was told, and from here on counts as told. */
  #changed(): Entry[] {
    const touched = this.#touched;
    this.#touched = new Map();
    const changed: Entry[] = [];
    for (const [id, isOwn] of touched) {
      const member = this.#room.get(id);
      const text = member ? this.#project(member) : this.#elsewhere.get(id);
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
    if (own.length > 0) this.#room.post({ act: { roster: new News(own).text } });
    const news = new News(changed);
    const [text, shared] = [notificationText(OTHERS, news.text), {}];
    for (const member of this.#room.sockets) {
      const others = news.has(member.id) ? news.without(member.id) : text;
      if (others === text) member.deliver(text, shared);
      else if (others) member.deliver(notificationText(OTHERS, others));
    }
  }

  // Other processes.

  /** By which timers go on; undefined where nobody is here. */
  get platform(): Timers | undefined {
    return this.#room.sockets[0]?.platform;
  }

  /** Tells the other processes who is here, and asks who is there: they have come, or may have missed something, or we have. */
  meet(): void {
    this.#elsewhere.doubt();
    this.#announce(true);
  }

  /** Hears another process. Throws for what no roster says. */
  hear(from: string, text: string): void {
    const { ask, ...changes } = readWord(text);
    this.#touchElsewhere(this.#elsewhere.take(from, changes as Changes));
    if (ask) this.#announce(false);
  }

  /** Another process has died. */
  gone(from: string): void {
    this.#touchElsewhere(this.#elsewhere.drop(from));
  }

  /** Some time has passed: who was asked and has not answered by now is not there. */
  sweep(): void {
    for (const from of this.#elsewhere.unanswered()) this.gone(from);
  }

  /** Nobody is here any more, and no other process is heard. */
  part(): void {
    for (const id of this.#elsewhere.clear()) this.#shown.delete(id);
    this.#list = undefined;
  }

  #touchElsewhere(ids: Iterable<string>): void {
    for (const id of ids) this.#touched.set(id, this.#touched.get(id) ?? false);
    if (this.#touched.size > 0) this.#arm();
  }

  #announce(ask: boolean): void {
    const own = [...this.#shown].filter(([id]) => this.#room.get(id));
    this.#room.post({ act: { roster: listOf(own, ask) } });
  }
}
