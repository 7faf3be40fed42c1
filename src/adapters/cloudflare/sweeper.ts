import { type HeartbeatRules, silenceMs } from "../../core/contract/heartbeat.ts";
import type { AlarmStorage } from "../../core/storage/object-alarm.ts";
import type { ObjectSocket } from "./object-socket.ts";
import type { ObjectState, WorkerSocket } from "./types.ts";

/** An object, as those see it that look through its sockets. */
export interface SweptObject {
  /** Its sockets that are open. */
  openSockets(): WorkerSocket[];
  /** What is known of one, made again after hibernation. */
  socketOf(socket: WorkerSocket): ObjectSocket | undefined;
  /** Whether the object's alarm is ours: no subclass has one of its own. */
  ownsAlarm(): boolean;
  /** Where the alarm is set. */
  readonly alarms: AlarmStorage;
  /** Whether the alarm is that of the heartbeat's `sweepMs`. */
  readonly sweepsByAlarm: boolean;
}

/** Drops an object's sockets whose clients have been silent for too long: where they can hibernate, no timer watches them. */
export class Sweeper {
  readonly #heartbeat: HeartbeatRules;
  readonly #state: ObjectState;
  readonly #object: SweptObject;
  /** When it last ran. Infinity: not before the room is needed, for with thousands of sockets a look at each would be most of a wake's work. */
  #lastRun = Infinity;
  #armed = false;

  constructor(heartbeat: HeartbeatRules, state: ObjectState, swept: SweptObject) {
    this.#heartbeat = heartbeat;
    this.#state = state;
    this.#object = swept;
  }

  /** Whether an alarm wakes the object for it. */
  get hasAlarm(): boolean {
    return this.#heartbeat.sweepMs !== Infinity;
  }

  /** A message came. */
  noteReceived(socket: ObjectSocket): void {
    socket.noteReceived(this.#heartbeat.timeoutMs);
  }

  /** Drops the silent; looks for them at most once in the time after which a socket counts as silent. */
  run(): void {
    const before = Date.now() - silenceMs(this.#heartbeat);
    if (this.#lastRun > before) return;
    this.#lastRun = Date.now();
    for (const socket of this.#object.openSockets()) {
      if (this.#isSilent(socket, before)) this.#object.socketOf(socket)?.timeOut();
    }
  }

  /** Looks for them now, whenever it was that it last did. */
  sweepNow(): void {
    this.#lastRun = 0;
    this.run();
  }

  /** The alarm rang. */
  alarm(): void {
    this.sweepNow();
    this.#armed = false;
    if (this.#state.getWebSockets().length > 0) this.arm();
  }

  #isSilent(socket: WorkerSocket, before: number): boolean {
    const pinged = this.#state.getWebSocketAutoResponseTimestamp(socket)?.getTime();
    if (pinged === undefined ? !this.#heartbeat.expectPing : pinged >= before) return false;
    return (this.#object.socketOf(socket)?.lastReceived ?? before) < before;
  }

  /** Sets the alarm of `sweepMs`, once in a waking; a later one than was set before will do, for whatever woke us has swept. */
  arm(): void {
    if (this.#armed || !this.hasAlarm || !this.#object.ownsAlarm()) return;
    this.#armed = true;
    // Not confirmed, or the 101 would wait for the disk: see `ObjectHost.accept`.
    this.#state.waitUntil(
      this.#object.alarms.setAlarm(Date.now() + this.#heartbeat.sweepMs, { allowUnconfirmed: true }),
    );
  }
}
