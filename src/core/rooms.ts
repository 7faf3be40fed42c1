import type { SocketDefinition } from "./definition.ts";
import { LiveRoom } from "./room.ts";
import type { Sendable, SendOptions } from "./socket.ts";

/** A room seen from outside: from a route, a queue, a cron job. */
export interface RoomHandle {
  readonly id: string;
  /** Sends to every socket of the room, or of a topic. Resolves when the room has it, not when clients do. */
  send(data: Sendable, options?: SendOptions): Promise<void>;
  /** Closes every socket of the room, or of a topic. */
  close(filter?: { readonly topic?: string | undefined }, code?: number, reason?: string): Promise<void>;
}

/** Finds a definition's room elsewhere than in this process. */
export type Locator = (env: unknown, id: string) => RoomHandle;

const locators = new Map<string, Locator>();
const live = new Map<string, Map<string, LiveRoom>>();

/** Tells where the rooms of a definition are, for a host that keeps them outside this process. */
export function locate(name: string, locator: Locator): void {
  locators.set(name, locator);
}

/**
 * The rooms of a definition, from anywhere in the program. `env` is the host's environment, which
 * Cloudflare needs to find the Durable Object; elsewhere it may be left out.
 */
export function rooms<State, Env>(
  definition: SocketDefinition<State, Env, unknown>,
  env?: Env,
): { get(id: string): RoomHandle } {
  return { get: (id) => locators.get(definition.name)?.(env, id) ?? handle(definition.name, id) };
}

/** The room in this process, made when it is first joined and forgotten when the last member leaves. */
export function liveRoom(name: string, id: string): LiveRoom {
  const named = live.get(name) ?? new Map<string, LiveRoom>();
  live.set(name, named);
  const room = named.get(id) ?? new LiveRoom(id, { emptied: () => forget(name, named, id) });
  named.set(id, room);
  return room;
}

/** Every room in this process that has members, or whose last handlers have not ended. */
export function* liveRooms(): Generator<LiveRoom, void> {
  for (const named of live.values()) yield* named.values();
}

function forget(name: string, named: Map<string, LiveRoom>, id: string): void {
  named.delete(id);
  if (named.size === 0 && live.get(name) === named) live.delete(name);
}

function handle(name: string, id: string): RoomHandle {
  const room = () => live.get(name)?.get(id);
  return {
    id,
    send: async (data, options) => room()?.send(data, options),
    close: async (filter, code, reason) => room()?.close(filter, code, reason),
  };
}
