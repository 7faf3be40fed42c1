import type { SocketDefinition } from "../core/contract/definition.ts";
import type { RoomHost } from "../core/contract/room-host.ts";
import type { RoomLives } from "../core/contract/room-lives.ts";
import type { HistoryKeeper } from "../core/history/keeper.ts";
import { type FoundRoom, handleOf, locate } from "../core/rooms/registry.ts";
import { LiveRoom } from "../core/rooms/room.ts";

/** The kits that are open, the latest last. */
const open = new Set<TestRooms>();

/** The rooms of one kit, which no other hears. */
export class TestRooms {
  readonly env: unknown;
  readonly #live = new Map<SocketDefinition, Map<string, LiveRoom>>();
  readonly #keepers = new Map<SocketDefinition, HistoryKeeper>();
  readonly #lives = new Map<SocketDefinition, RoomLives>();

  #isAsleep = false;

  constructor(env: unknown) {
    this.env = env;
    open.add(this);
  }

  /** Finds the definition's rooms here, for `rooms(definition, env)`. */
  add(definition: SocketDefinition): void {
    if (this.#live.has(definition)) return;
    this.#live.set(definition, new Map());
    if (definition.keeper) this.#keepers.set(definition, definition.keeper.another());
    if (definition.lives) this.#lives.set(definition, definition.lives.another());
    locate(definition.name, (env, id) => found(definition.name, env, id));
  }

  of(definition: SocketDefinition, id: string): LiveRoom {
    this.add(definition);
    const rooms = this.#live.get(definition)!;
    const room: LiveRoom = rooms.get(id) ?? this.#make(definition, id, (host) => this.#emptied(definition, room, host));
    rooms.set(id, room);
    return room;
  }

  handle(name: string, id: string): FoundRoom | undefined {
    const definition = [...this.#live.keys()].findLast((one) => one.name === name);
    if (!definition) return undefined;
    return handleOf(id, () => this.#live.get(definition)?.get(id) ?? this.#make(definition, id, () => {}));
  }

  /** What `forget` lets go is not told that everybody has left: it sleeps, but for the rooms of these definitions. */
  sleep(awake: ReadonlySet<SocketDefinition>, forget: () => void): void {
    this.#isAsleep = true;
    forget();
    for (const [definition, lives] of this.#lives) if (!awake.has(definition)) lives.slept();
    this.#isAsleep = false;
  }

  close(): void {
    open.delete(this);
  }

  #make(definition: SocketDefinition, id: string, emptied: (host: RoomHost) => void): LiveRoom {
    const { name, notification, roster } = definition;
    const keeper = this.#keepers.get(definition);
    const lives = this.#lives.get(definition);
    return new LiveRoom(id, {
      definition: { name, ...(notification && { notification }), keeper, roster, lives },
      emptied,
    });
  }

  #emptied(definition: SocketDefinition, room: LiveRoom, host: RoomHost): void {
    const rooms = this.#live.get(definition);
    if (rooms?.get(room.id) !== room) return;
    rooms.delete(room.id);
    this.#keepers.get(definition)?.left(room.id, host.platform);
    if (!this.#isAsleep) this.#lives.get(definition)?.left(room, host);
  }
}

/** By the environment of a kit; else in the latest that has this definition. */
function found(name: string, env: unknown, id: string): FoundRoom | undefined {
  const latest = [...open].reverse();
  const own = latest.find((rooms) => rooms.env === env);
  for (const rooms of own ? [own] : latest) {
    const room = rooms.handle(name, id);
    if (room) return room;
  }
  return undefined;
}
