import type { Alarm } from "../storage/alarm.ts";
import type { StorageDriver } from "../storage/driver.ts";
import { type Observer, tellBoth } from "./observer.ts";
import type { Platform } from "./platform.ts";
import type { Moment, RoomHooks } from "./room-hooks.ts";
import type { RoomHost } from "./room-host.ts";
import { JsonStorage, type RoomStorage } from "./room-storage.ts";
import type { Room } from "./socket.ts";
import { awaitable, finished } from "./thenable.ts";

/** What a definition says about its rooms. */
export interface Housed {
  readonly name: string;
  readonly room?: RoomHooks | undefined;
  readonly observe?: Observer | undefined;
}

/** Makes an alarm that calls `ring`, which never rejects, and resolves with whether all went well. */
export type MakeAlarm = (ring: (retryCount: number) => Promise<boolean>, clock: Platform) => Alarm;

/** One room's life, in this process or object: its hooks, its alarm, and what it keeps. */
export class RoomLife {
  readonly #definition: Housed;
  readonly #driver: StorageDriver;
  readonly #makeAlarm: MakeAlarm;
  #room: Room;
  #host: RoomHost;
  #storage: JsonStorage | undefined;
  #alarm: Alarm | undefined;
  /** `open` has been run, or is running. */
  #isOpen = false;
  /** `open` failed when it was run last. */
  #hasFailed = false;
  /** Pending while `open` runs. */
  #opening: Promise<void> | undefined;
  /** Pending while `empty` runs. Never rejects. */
  #leaving: Promise<void> | undefined;

  constructor(definition: Housed, room: Room, host: RoomHost, driver: StorageDriver, makeAlarm: MakeAlarm) {
    this.#definition = definition;
    this.#room = room;
    this.#host = host;
    this.#driver = driver;
    this.#makeAlarm = makeAlarm;
  }

  get room(): Room {
    return this.#room;
  }

  get leaving(): Promise<void> | undefined {
    return this.#leaving;
  }

  /** Whether it can be forgotten: no member, no hook that runs, no alarm. */
  get isOver(): boolean {
    return this.#room.size === 0 && !this.#leaving && !this.#isOpen && !this.#alarm?.isSet;
  }

  get storage(): RoomStorage {
    const room = { definition: this.#definition.name, id: this.#room.id };
    this.#storage ??= new JsonStorage(room, this.#driver, (error) => this.#report(error));
    return this.#storage;
  }

  /** {@link Room.setAlarm}. */
  setAlarm(when: number | { getTime(): number }): Promise<void> {
    const at = timeOf(when, this.#host.platform.now());
    const alarm = this.#ownAlarm("setAlarm");
    return this.#told(async () => void (await alarm.set(at)));
  }

  /** {@link Room.getAlarm}. */
  getAlarm(): Promise<number | undefined> {
    const alarm = this.#ownAlarm("getAlarm");
    return this.#told(async () => alarm.get());
  }

  /** {@link Room.deleteAlarm}. */
  deleteAlarm(): Promise<void> {
    const alarm = this.#ownAlarm("deleteAlarm");
    return this.#told(async () => void (await alarm.clear()));
  }

  #ownAlarm(of: string): Alarm {
    if (!this.#hooks.alarm)
      throw new TypeError(`${of}: the definition has no alarm hook: room: { alarm: (room) => … }`);
    this.#alarm ??= this.#makeAlarm((retryCount) => this.#rang(retryCount), this.#host.platform);
    return this.#alarm;
  }

  /** Runs a call of a handler, and reports its failure: a rejection that the handler does not catch would be lost. */
  #told<Result>(run: () => Promise<Result>): Promise<Result> {
    const result = run();
    result.catch((error) => this.#report(error));
    return result;
  }

  /** From now on it is the life of this room object and host: the room was made anew, or its host has changed. */
  move(room: Room, host: RoomHost): void {
    this.#room = room;
    this.#host = host;
    this.#alarm?.move?.(host.platform);
  }

  /** Runs `open` unless it has run. Returns a promise while it runs; throws, or rejects with, what the hook does. */
  opened(before: Moment): Promise<void> | undefined {
    const { open } = this.#hooks;
    if (this.#isOpen || !open || (before === "close" && this.#hasFailed)) return this.#opening;
    this.#isOpen = true;
    this.#hasFailed = false;
    const woken = before !== "open" || this.#room.size > 1;
    const run = () => open.call(this.#hooks, this.#room, { woken });
    try {
      const pending = this.#leaving ? this.#leaving.then(run) : awaitable(run());
      if (pending) this.#opening = this.#awaitOpen(pending);
    } catch (error) {
      this.#failed();
      throw error;
    }
    return this.#opening;
  }

  #failed(): void {
    this.#isOpen = false;
    this.#hasFailed = true;
  }

  async #awaitOpen(pending: PromiseLike<unknown>): Promise<void> {
    try {
      await pending;
    } catch (error) {
      this.#failed();
      throw error;
    } finally {
      this.#opening = undefined;
    }
  }

  /** The last member has left. `over`: called when `empty` has ended, unless the last member has left once more meanwhile. */
  left(room: Room, host: RoomHost, over: () => void): void {
    this.#host = host;
    const wasOpen = this.#isOpen || !this.#hooks.open;
    const leaving = this.#leave(room, wasOpen, this.#opening).then(() => {
      if (this.#leaving !== leaving) return;
      this.#leaving = undefined;
      over();
    });
    this.#isOpen = false;
    this.#leaving = leaving;
    host.waitUntil(leaving);
  }

  /** Runs `empty`, unless `open` has failed, which has been reported. */
  async #leave(room: Room, wasOpen: boolean, opening: Promise<void> | undefined): Promise<void> {
    const before = this.#leaving;
    let isOpen = wasOpen;
    await finished(opening, () => {
      isOpen = false;
    });
    await before;
    if (isOpen) await finished((async () => this.#hooks.empty?.(room))(), (error) => this.#report(error));
    await this.idle();
  }

  /** Resolves when all that was to be stored is. Never rejects. */
  async idle(): Promise<void> {
    await this.#storage?.idle();
  }

  /** The room has slept: its memory is lost, so that `open` is to run again, though its members are still there. */
  slept(): void {
    this.#isOpen = false;
  }

  /** Runs the `alarm` hook. Rejects with what it throws. */
  async ring(retryCount: number): Promise<void> {
    if (this.#room.size > 0) await this.opened("message");
    await this.#hooks.alarm?.(this.#room, { retryCount });
  }

  #rang(retryCount: number): Promise<boolean> {
    const ringing = this.ring(retryCount).then(
      () => true,
      (error) => this.#report(error) ?? false,
    );
    this.#host.waitUntil(ringing);
    return ringing;
  }

  get #hooks(): RoomHooks {
    return this.#definition.room ?? {};
  }

  #report(error: unknown): undefined {
    tellBoth(this.#definition, this.#host.observe, { type: "error", error });
  }
}

/** A number beyond three years was probably meant as milliseconds since 1970. */
const LONGEST_MS = 1e11;

/** When an alarm is to ring, in milliseconds since 1970. Throws a RangeError for what is no time. */
function timeOf(when: number | { getTime(): number }, now: number): number {
  if (typeof when === "number" && when >= 0 && when < LONGEST_MS) return now + when;
  const at = typeof when === "object" ? when?.getTime?.() : undefined;
  if (Number.isFinite(at)) return at as number;
  const hint = typeof when === "number" && when >= LONGEST_MS ? ": make a Date of it" : "";
  throw new RangeError("setAlarm takes milliseconds from now, or a Date, not ".concat(String(when), hint));
}
