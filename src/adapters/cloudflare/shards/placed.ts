import { checkNames } from "../../../core/contract/option-names.ts";
import type { RoomPlace } from "../places.ts";
import { closeQuietly } from "../socket.ts";
import type { ObjectNamespace, ObjectStub, WorkerSocket } from "../types.ts";
import { MOST_SHARDS, objectName, shardOf } from "./names.ts";
import { VERSION } from "./wire.ts";

/** What is to be said of the objects of a room; a function is given the room's id. */
export interface PlaceOptions {
  /** The name of their Durable Object binding. */
  readonly binding: string;
  /**
   * How many objects a room's sockets are spread over, from 1 to 256. Their class extends `shardedRoom`. May be changed at any time. Default: one, of
   * a class that extends `durableRoom`.
   */
  readonly shards?: number | ((room: string) => number) | undefined;
  /** Where the objects have to run and to store, such as `"eu"`. In another jurisdiction a room is another room. Default: anywhere. */
  readonly jurisdiction?: string | ((room: string) => string | undefined) | undefined;
  /** Where an object had better be made, such as `"weur"`: heard once, when it is first used. Default: near who first uses it. */
  readonly locationHint?: string | ((room: string) => string | undefined) | undefined;
}

const OPTIONS = ["binding", "shards", "jurisdiction", "locationHint"] satisfies (keyof PlaceOptions)[];

/**
 * Where a definition's rooms live, if there is more to say than a binding's name:
 * `rooms: { chat: placed({ binding: "CHAT", shards: 16 }) }`. Throws a TypeError or RangeError, which says what to change, for what can't be right.
 */
export function placed(options: PlaceOptions): RoomPlace {
  checkOptions(options);
  const { binding } = options;
  return { binding, objectOf: (...asked) => objectOf(options, ...asked), joined };
}

function checkOptions(options: PlaceOptions): void {
  const { binding, shards = 1, jurisdiction = "", locationHint = "" }: PlaceOptions = Object(options);
  if (binding === "isolate") throw new TypeError('rooms has "isolate" by itself, without shards or places');
  if (typeof binding !== "string" || binding === "")
    throw new TypeError('placed takes a Durable Object binding\'s name, as in { binding: "CHAT" }');
  checkNames(options, OPTIONS, "placed");
  if (typeof shards !== "function") checkShards(shards, `shards of ${JSON.stringify(binding)}`);
  for (const [option, value] of Object.entries({ jurisdiction, locationHint })) {
    if (typeof value !== "string" && typeof value !== "function")
      throw new TypeError(`${option} of ${JSON.stringify(binding)} is a string, or a function of the room's id`);
  }
}

function objectOf(options: PlaceOptions, namespace: ObjectNamespace, room: string, socket?: string): ObjectStub {
  const [shards, jurisdiction, locationHint] = [options.shards, options.jurisdiction, options.locationHint].map(
    (given) => (typeof given === "function" ? given(room) : given),
  ) as [number?, string?, string?];
  const within = jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction);
  const id = within.idFromName(shards === undefined ? room : nameAmong(options, shards, room, socket));
  return locationHint === undefined ? within.get(id) : within.get(id, { locationHint });
}

function nameAmong({ binding }: PlaceOptions, shards: number, room: string, socket: string | undefined): string {
  checkShards(shards, `shards of ${JSON.stringify(binding)} for the room ${JSON.stringify(room)}`);
  return objectName(room, socket === undefined ? 0 : shardOf(socket, shards));
}

function checkShards(shards: unknown, of: string): void {
  if (Number.isInteger(shards) && (shards as number) > 0 && (shards as number) <= MOST_SHARDS) return;
  const given = typeof shards === "string" ? JSON.stringify(shards) : String(shards);
  throw new RangeError(`${of} is a whole number from 1 to ${MOST_SHARDS}, not ${given}`);
}

/** On an object's answer: its members don't hear the room's other shards yet. */
export const JOINING = "onesocket-joining";

/** The client is not told that it is in the room before it hears all shards. */
async function joined(object: ObjectStub, { headers }: Response, socket: WorkerSocket): Promise<void> {
  if (!headers.has(JOINING)) return;
  try {
    await object.onesocketShard({ version: VERSION, verb: "joined" });
  } catch (error) {
    socket.accept();
    closeQuietly(socket, 1013);
    throw error;
  }
}
