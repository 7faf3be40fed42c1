import type { Sql } from "../history/sql-history.ts";
import { type AlarmStorage, type Invocation, ObjectAlarm, type Ring } from "../storage/object-alarm.ts";
import { SqlStorage } from "../storage/sql-storage.ts";
import type { RoomHost } from "./room-host.ts";
import { type Housed, RoomLife } from "./room-life.ts";
import type { Room } from "./socket.ts";

/** A Durable Object's storage, as far as its room's life needs it. */
export interface ObjectStorage extends AlarmStorage {
  /** Throws for a class that is not of `new_sqlite_classes`. */
  readonly sql: Sql;
}

/** Who else uses the object's one alarm. */
export interface OtherAlarms {
  /** Watches over its sockets. */
  readonly sockets: Ring;
  /** The class's own, if it has one. */
  readonly class: Ring | undefined;
}

/** The life of the one room that a Durable Object is. */
export class ObjectLife {
  readonly #definition: Housed;
  readonly #storage: ObjectStorage;
  readonly #alarms: ObjectAlarm | undefined;
  #life: RoomLife | undefined;

  constructor(definition: Housed, storage: ObjectStorage, now: () => number) {
    this.#definition = definition;
    this.#storage = storage;
    if (definition.room?.alarm) this.#alarms = new ObjectAlarm(storage, now);
  }

  /** The storage in which the sweep of silent sockets sets its alarm; undefined where it may use the object's own. */
  get alarmStorage(): AlarmStorage | undefined {
    return this.#alarms?.view("sockets");
  }

  /** `host`: who serves it. */
  of(room: Room, host: RoomHost): RoomLife {
    const storage = new SqlStorage(this.#storage);
    this.#life ??= new RoomLife(this.#definition, room, host, storage, () => this.#alarms!.of("room"));
    return this.#life;
  }

  /** The last member in memory has left. `isEmpty`: whether no member hibernates either. */
  left(room: Room, host: RoomHost, isEmpty: () => boolean): void {
    const { open, empty } = this.#definition.room ?? {};
    if ((open || empty) && isEmpty()) this.of(room, host).left(room, host, () => {});
  }

  /**
   * What the object is to do when its alarm rings, where the room's hook shares it; undefined where none does. From now on the class finds
   * what it sets itself in its storage, and nothing else. `life`: finds the room's. `failed`: is told of what one of them throws.
   */
  share(
    life: () => RoomLife,
    others: OtherAlarms,
    failed: (error: unknown) => void,
  ): (() => Promise<void>) | undefined {
    const alarms = this.#alarms;
    const { sockets, class: own } = others;
    if (own) alarms?.lend();
    const rings = { sockets, class: own, room: ({ retryCount }: Invocation) => life().ring(retryCount) };
    return alarms && (() => alarms.ring(rings, failed));
  }
}
