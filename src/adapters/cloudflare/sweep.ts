import { type HeartbeatRules, silenceMs } from "../../core/contract/heartbeat.ts";
import type { AlarmStorage } from "../../core/storage/object-alarm.ts";
import type { ObjectSocket } from "./object-socket.ts";
import type { ObjectState, WorkerSocket } from "./types.ts";

/** An object whose sockets are looked through. */
export interface Swept {
  /** Those that are open. */
  listed(): WorkerSocket[];
  /** What is known of one, made again after hibernation. */
  socketOf(socket: WorkerSocket): ObjectSocket | undefined;
  /** The object's alarm is ours: no subclass has one. */
  ownsAlarm(): boolean;
  /** Where that is set. */
  readonly alarms: AlarmStorage;
  /** The alarm is that of the heartbeat's `sweepMs`. */
  readonly sweepsByAlarm: boolean;
}

/** Drops an object's sockets whose clients have been silent for too long: where they can hibernate, no timer watches them. */
export class Sweep {
  readonly #heartbeat: HeartbeatRules;
  readonly #state: ObjectState;
  readonly #swept: Swept;
  /** Not before the room is needed: with thousands of sockets a look at all of them would be most of a wake's work. */
  #lookedAt = Infinity;
  #armed = false;

  constructor(heartbeat: HeartbeatRules, state: ObjectState, swept: Swept) {
    this.#heartbeat = heartbeat;
    this.#state = state;
    this.#swept = swept;
  }

  /** By an alarm, too. */
  get hasAlarm(): boolean {
    return this.#heartbeat.sweepMs !== Infinity;
  }

  /** A message came. */
  received(socket: ObjectSocket): void {
    socket.received(this.#heartbeat.timeoutMs);
  }

  /** Looks for the silent, at most once in the time that makes one. */
  run(): void {
    const before = Date.now() - silenceMs(this.#heartbeat);
    if (this.#lookedAt > before) return;
    this.#lookedAt = Date.now();
    for (const socket of this.#swept.listed()) {
      if (this.#isSilent(socket, before)) this.#swept.socketOf(socket)?.lost();
    }
  }

  /** Looks for them now. */
  look(): void {
    this.#lookedAt = 0;
    this.run();
  }

  /** The alarm rang. */
  alarm(): void {
    this.look();
    this.#armed = false;
    if (this.#state.getWebSockets().length > 0) this.arm();
  }

  #isSilent(socket: WorkerSocket, before: number): boolean {
    const pinged = this.#state.getWebSocketAutoResponseTimestamp(socket)?.getTime();
    if (pinged === undefined ? !this.#heartbeat.expectPing : pinged >= before) return false;
    return (this.#swept.socketOf(socket)?.lastReceived ?? before) < before;
  }

  /** Sets the alarm of `sweepMs`, once in a waking; a later one than was set before will do, for whatever woke us has swept. */
  arm(): void {
    if (this.#armed || !this.hasAlarm || !this.#swept.ownsAlarm()) return;
    this.#armed = true;
    // Not confirmed, or the 101 would wait for the disk: see `ObjectHost.take`.
    this.#state.waitUntil(
      this.#swept.alarms.setAlarm(Date.now() + this.#heartbeat.sweepMs, { allowUnconfirmed: true }),
    );
  }
}
