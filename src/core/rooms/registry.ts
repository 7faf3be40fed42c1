import { CLOSURE, isDefinition, type SocketDefinition } from "../contract/definition.ts";
import type { Failure } from "../contract/failures.ts";
import type { NotificationRules, Payloads } from "../contract/methods.ts";
import { type None, type NotifyArguments, notificationOf } from "../contract/notify.ts";
import type { RoomHost } from "../contract/room-host.ts";
import type { Sendable, SendOptions } from "../contract/socket.ts";
import type { Relay } from "./cluster/relay.ts";
import { copies } from "./copies.ts";
import { holders, isReplaced } from "./holders.ts";
import { LiveRoom } from "./room.ts";

/**
 * A room seen from outside: from a route, a queue, a cron job. On Cloudflare each method rejects with an Error that has the lines to add
 * when the definition's Durable Object is not in `env`, with one that names both when the object there is another definition's, and with
 * what the platform throws when it can't be reached.
 */
export interface RoomHandle<Notifications = None> {
  /** The id that decisions name it by. */
  readonly id: string;
  /**
   * {@link Room.send}: to every socket of the room, or of a topic. Resolves when the room or the broker has it, not when clients do.
   * Rejects with a TypeError for data of another type, and for an `except` that is no socket.
   */
  send(data: Sendable, options?: SendOptions): Promise<void>;
  /**
   * {@link Room.notify}: sends one of the definition's `notifications`. Rejects with a TypeError for another name, and for params that do
   * not fit their schema.
   */
  notify<Name extends keyof Notifications & string>(
    name: Name,
    ...params: NotifyArguments<Notifications[Name], [options?: SendOptions]>
  ): Promise<void>;
  /** {@link Room.close}: rejects with a TypeError for a code or reason that it throws for. Resolves when the room or the broker has it. */
  close(filter?: { readonly topic?: string | undefined }, code?: number, reason?: string): Promise<void>;
  /** How many sockets are open in it, wherever they are. Rejects when the broker can't be asked, or a process does not answer. */
  count(): Promise<number>;
}

/** A room wherever it is, which takes notifications as they are written. */
export interface FoundRoom extends Omit<RoomHandle, "notify"> {
  say(text: string, options?: SendOptions): Promise<void>;
}

type Named = Pick<SocketDefinition, "name" | "notification" | "keeper" | "roster" | "lives">;

const CLOSURES: Named = { name: CLOSURE };

/** Finds a definition's room elsewhere than among those of this process; undefined where it is one of them after all. */
export type Locator = (env: unknown, id: string) => FoundRoom | undefined;

/** Finds what joins a room to its members in other processes. */
export type Relays = (name: string, id: string) => Relay;

const locators = new Map<string, Locator>();
/** The rooms by definition, not by its name: one that replaces another of its name has rooms of its own. */
const live = new Map<Named, Map<string, LiveRoom>>();
let relays: Relays | undefined;
/** Why histories can't be kept; undefined where they can. */
let parted: Failure | undefined;

/** Tells where the rooms of a definition are, for a host that keeps them outside this process. */
export function locate(name: string, locator: Locator): void {
  locators.set(name, locator);
}

/**
 * Joins all rooms of this process, those too that there are already, to those of other processes; undefined separates them again. `withoutHistories`:
 * what is wrong with a definition that has one, where processes can't share them.
 */
export function relayRooms(through: Relays | undefined, withoutHistories?: Failure): void {
  relays = through;
  parted = withoutHistories;
  for (const room of liveRooms()) room.listen();
}

/** Why a definition with a history can't be served: a broker joins this process's rooms to other processes', and can't keep one for all of them. */
export function historyFailure({ keeper }: Pick<SocketDefinition, "keeper">): Failure | undefined {
  return keeper && parted;
}

/** Throws a RangeError for half a character (a lone surrogate): as UTF-8, which is what objects are named in, all of them are the same. */
export function checkWellFormed(id: string): void {
  if (!id.isWellFormed()) throw new RangeError("a room's id has no lone surrogates");
}

/**
 * The rooms of a definition, or of the one that replaced it, from anywhere in the program. `env` is the host's environment, which
 * Cloudflare needs to find the Durable Object; elsewhere it may be left out. Throws a TypeError for what is no definition; `get`
 * throws a RangeError for an id with a lone surrogate.
 */
export function rooms<State, Env, Rules extends NotificationRules = None>(
  definition: SocketDefinition<State, Env, unknown, unknown, Rules>,
  env?: Env,
): { get(id: string): RoomHandle<Payloads<Rules>> } {
  if (!isDefinition(definition))
    throw new TypeError("rooms takes a definition (defineSocket), and the env of the host");
  return {
    get(id) {
      checkWellFormed(id);
      const { say, ...room } = locators.get(definition.name)?.(env, id) ?? handle(definition, id);
      const notify = async (name: string, params?: unknown, options?: SendOptions) =>
        say(notificationOf(definition, name, params), options);
      return { ...room, notify };
    },
  };
}

/** The room in this process, made when it is first joined and forgotten when the last member leaves. */
export function liveRoom(definition: Named, id: string): LiveRoom {
  // Each closure is a definition of its own, and its room has a name of its own.
  const key = definition.name === CLOSURE ? CLOSURES : definition;
  return live.get(key)?.get(id) ?? newRoom(key, id);
}

function newRoom(key: Named, id: string): LiveRoom {
  const own = live.get(key) ?? new Map<string, LiveRoom>();
  live.set(key, own);
  const room: LiveRoom = roomOf(key, id, (host) => forget(key, own, room, host));
  own.set(id, room);
  return room;
}

/** Every room in this process that has members, or whose last handlers have not ended. */
export function* liveRooms(): Generator<LiveRoom, void> {
  for (const own of live.values()) yield* own.values();
}

function roomOf(definition: Named, id: string, emptied: (host: RoomHost) => void): LiveRoom {
  const { name } = definition;
  return new LiveRoom(id, {
    definition,
    emptied,
    // A closure's room has one socket, and no other process has it.
    relay: () => (name === CLOSURE ? undefined : relays?.(name, id)),
  });
}

function forget(definition: Named, own: Map<string, LiveRoom>, room: LiveRoom, host: RoomHost): void {
  own.delete(room.id);
  definition.keeper?.left(room.id, host.platform);
  definition.lives?.left(room, host);
  if (own.size === 0 && live.get(definition) === own) live.delete(definition);
}

/** The room of the definition that the name stands for now, if it has a member. */
function find(name: string, id: string): LiveRoom | undefined {
  for (const [definition, own] of live) {
    const room = definition.name === name && !isReplaced(definition) ? own.get(id) : undefined;
    if (room) return room;
  }
  return undefined;
}

function handle(definition: Named, id: string): FoundRoom {
  const { name } = definition;
  return handleOf(id, () => (holders.has(name) ? undefined : copies().get(name)?.(id)) ?? ownRoom(definition, id));
}

/** A room without a member in this process still reaches those in other processes. */
function ownRoom(definition: Named, id: string): LiveRoom {
  return find(definition.name, id) ?? roomOf(definition, id, () => {});
}

/** Lets other copies of this package find the rooms of a definition that this one serves. Returns what ends that. */
export function shareRooms(definition: Named): () => void {
  const { name } = definition;
  const room = (id: string) => ownRoom(definition, id);
  copies().set(name, room);
  return () => void (copies().get(name) === room && copies().delete(name));
}

/** A room of this memory, as it is seen from outside. `room`: finds it, at each call. */
export function handleOf(id: string, room: () => Pick<LiveRoom, "send" | "say" | "close" | "count">): FoundRoom {
  return {
    id,
    send: async (data, options) => room().send(data, options),
    say: async (text, options) => room().say(text, options),
    close: async (filter, code, reason) => room().close(filter, code, reason),
    count: async () => room().count(),
  };
}
