import type { SocketDefinition } from "../core/contract/definition.ts";
import type { Platform } from "../core/contract/platform.ts";
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

  constructor(env: unknown) {
    this.env = env;
    open.add(this);
  }

  /** Finds the definition's rooms here, for `rooms(definition, env)`. */
  take(definition: SocketDefinition): void {
    if (this.#live.has(definition)) return;
    this.#live.set(definition, new Map());
    if (definition.keeper) this.#keepers.set(definition, definition.keeper.another());
    locate(definition.name, (env, id) => found(definition.name, env, id));
  }

  of(definition: SocketDefinition, id: string): LiveRoom {
    this.take(definition);
    const rooms = this.#live.get(definition)!;
    const room = rooms.get(id) ?? this.#make(definition, id, (platform) => this.#emptied(definition, room, platform));
    rooms.set(id, room);
    return room;
  }

  handle(name: string, id: string): FoundRoom | undefined {
    const definition = [...this.#live.keys()].findLast((one) => one.name === name);
    if (!definition) return undefined;
    return handleOf(id, () => this.#live.get(definition)?.get(id) ?? this.#make(definition, id, () => {}));
  }

  close(): void {
    open.delete(this);
  }

  #make(definition: SocketDefinition, id: string, emptied: (platform: Platform) => void): LiveRoom {
    const { name, notification, roster } = definition;
    const keeper = this.#keepers.get(definition);
    return new LiveRoom(id, { definition: { name, ...(notification && { notification }), keeper, roster }, emptied });
  }

  #emptied(definition: SocketDefinition, room: LiveRoom, platform: Platform): void {
    const rooms = this.#live.get(definition);
    if (rooms?.get(room.id) !== room) return;
    rooms.delete(room.id);
    this.#keepers.get(definition)?.left(room.id, platform);
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
