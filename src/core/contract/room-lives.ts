import { TimerAlarm } from "../storage/alarm.ts";
import { processStorage } from "../storage/memory-storage.ts";
import { ObjectLife, type ObjectStorage } from "./object-life.ts";
import { checkNames } from "./option-names.ts";
import { ROOM_HOOKS } from "./room-hooks.ts";
import type { RoomHost } from "./room-host.ts";
import { type Housed, type MakeAlarm, RoomLife } from "./room-life.ts";
import type { Room } from "./socket.ts";

/** The lives of one definition's rooms, as far as they have hooks to run, an alarm that is set, or something stored. */
export class RoomLives {
  readonly #definition: Housed;
  readonly #known = new Map<string, RoomLife>();

  /** Throws a TypeError for a hook that there is none of. */
  constructor(definition: Housed) {
    checkNames(definition.room, ROOM_HOOKS, "room", "hook");
    for (const [name, hook] of Object.entries(definition.room ?? {})) {
      if (hook !== undefined && typeof hook !== "function")
        throw new TypeError(`room.${name} is a function of the room`);
    }
    this.#definition = definition;
  }

  /** An empty one for the same definition. */
  another(): RoomLives {
    return new RoomLives(this.#definition);
  }

  /** The life of a room of this process. `host`: who serves its sockets. */
  of(room: Room, host: RoomHost): RoomLife {
    const life = this.#known.get(room.id) ?? this.#made(room, host);
    // Whoever asks after the last one has left: nobody else tells when that is over.
    if (room.size === 0) this.#tidyLater(life);
    return life;
  }

  #made(room: Room, host: RoomHost): RoomLife {
    const alarm: MakeAlarm = (ring, clock) => new TimerAlarm(clock, ring, () => this.#tidy(life));
    const life: RoomLife = new RoomLife(this.#definition, room, host, host.storage ?? processStorage(), alarm);
    this.#known.set(room.id, life);
    return life;
  }

  /** Somebody is in a room of this process, served by this host; an alarm may have outlived another room of the same id. */
  enter(room: Room, host: RoomHost): void {
    this.#known.get(room.id)?.move(room, host);
  }

  /** The last one has left a room of this process. */
  left(room: Room, host: RoomHost): void {
    const life = this.#definition.room?.empty ? this.of(room, host) : this.#known.get(room.id);
    life?.left(room, host, () => this.#tidy(life));
  }

  /** Pending while the `empty` hook of a room runs. Never rejects. */
  leaving(id: string): Promise<void> | undefined {
    return this.#known.get(id)?.leaving;
  }

  /** The rooms have slept: their memory is lost, though their members are still there. */
  slept(): void {
    for (const life of this.#known.values()) life.slept();
  }

  /** Once what is asked of it in this turn is done. */
  #tidyLater(life: RoomLife): void {
    Promise.resolve()
      .then(() => life.idle())
      .then(() => this.#tidy(life))
      .catch(() => {});
  }

  #tidy(life: RoomLife): void {
    if (life.isOver && this.#known.get(life.room.id) === life) this.#known.delete(life.room.id);
  }

  /** The life of the one room that an object is. `now`: milliseconds since 1970. */
  inObject(storage: ObjectStorage, now: () => number): ObjectLife {
    return new ObjectLife(this.#definition, storage, now);
  }
}
