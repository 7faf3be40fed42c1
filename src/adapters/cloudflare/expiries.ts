import * as READY_STATE from "../../core/contract/ready-state.ts";
import { EXPIRES } from "./object-socket.ts";
import type { SweptObject } from "./sweeper.ts";
import type { ObjectState } from "./types.ts";

/**
 * Closes an object's sockets when the time is up that their decisions gave them: where they can hibernate, no timer watches them. An alarm
 * wakes the object for it; one of the heartbeat's own `sweepMs`, which an object has instead, does the same a little later.
 */
export class Expiries {
  readonly #state: ObjectState;
  readonly #object: SweptObject;
  /** The last attempt to set the alarm. They follow one another, lest a later time replace an earlier one. */
  #arming: Promise<void> = Promise.resolve();

  constructor(state: ObjectState, swept: SweptObject) {
    this.#state = state;
    this.#object = swept;
  }

  /** A socket is to be closed at that time, in milliseconds since 1970. Setting the alarm is not waited for, or the 101 would wait for the disk: see `ObjectHost.accept`. */
  add(until: number | undefined): void {
    if (until === undefined || this.#object.sweepsByAlarm || !this.#object.ownsAlarm()) return;
    const { alarms } = this.#object;
    const armed = this.#arming.then(async () => {
      const set = await alarms.getAlarm();
      if (set === null || set > until) await alarms.setAlarm(until, { allowUnconfirmed: true });
    });
    this.#arming = armed.catch(() => {});
    this.#state.waitUntil(armed);
  }

  /** Closes those whose time is up, and sets the alarm for the next of the others. */
  run(): void {
    let next = Infinity;
    for (const raw of this.#state.getWebSockets(EXPIRES)) {
      const session = raw.readyState === READY_STATE.OPEN ? this.#object.socketOf(raw)?.session : undefined;
      session?.limiter?.expired();
      const { until = Infinity } = session?.snapshot ?? {};
      if (session?.readyState === READY_STATE.OPEN) next = Math.min(next, until);
    }
    if (next !== Infinity) this.add(next);
  }
}
