import { checkNames } from "../../core/contract/option-names.ts";
import { MOST_SHARDS, objectName, shardOf } from "./shards/names.ts";
import type { ObjectNamespace, ObjectStub } from "./types.ts";

/** A Durable Object binding, and what is to be said of the objects of a room; a function is given the room's id. */
export interface RoomPlace {
  /** The binding's name. */
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

/** Where each definition's rooms live: a Durable Object binding's name, or `"isolate"`, or a binding and more. */
export type RoomMap = Readonly<Record<string, string | RoomPlace>>;

const PLACE = ["binding", "shards", "jurisdiction", "locationHint"] satisfies (keyof RoomPlace)[];

/** Throws a TypeError or RangeError, which says what to change, for a map that can't be right. */
export function checkPlaces(map: RoomMap): void {
  for (const [name, place] of Object.entries(map)) {
    const of = `rooms.${name}`;
    const binding = bindingOf(place);
    if (place !== binding && binding === "isolate")
      throw new TypeError(`${of} is "isolate" by itself, without shards or places, or { binding: "CHAT", … }`);
    if (typeof binding !== "string" || binding === "")
      throw new TypeError(`${of} is a Durable Object binding's name, such as "CHAT" or { binding: "CHAT" }`);
    if (typeof place === "string") continue;
    checkNames(place, PLACE, of);
    const { shards = 1, jurisdiction = "", locationHint = "" } = place;
    if (typeof shards !== "function") checkShards(shards, `${of}.shards`);
    for (const [option, value] of Object.entries({ jurisdiction, locationHint })) {
      if (typeof value !== "string" && typeof value !== "function")
        throw new TypeError(`${of}.${option} is a string, or a function of the room's id`);
    }
  }
}

/** The name of the binding of a place. */
export function bindingOf(place: RoomMap[string] | undefined): string | undefined {
  return typeof place === "object" ? place?.binding : place;
}

/** An object of a room: that of a socket, by its id, or else the first. Throws what a function of the place throws, and a RangeError for its result. */
export function objectAt(
  namespace: ObjectNamespace,
  place: RoomMap[string],
  room: string,
  socket?: string,
): ObjectStub {
  if (typeof place === "string") return namespace.get(namespace.idFromName(room));
  const [shards, jurisdiction, locationHint] = [place.shards, place.jurisdiction, place.locationHint].map((given) =>
    typeof given === "function" ? given(room) : given,
  ) as [number?, string?, string?];
  const within = jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction);
  const id = within.idFromName(shards === undefined ? room : nameAmong(place, shards, room, socket));
  return locationHint === undefined ? within.get(id) : within.get(id, { locationHint });
}

function nameAmong({ binding }: RoomPlace, shards: number, room: string, socket: string | undefined): string {
  checkShards(shards, `shards of ${JSON.stringify(binding)} for the room ${JSON.stringify(room)}`);
  return objectName(room, socket === undefined ? 0 : shardOf(socket, shards));
}

function checkShards(shards: unknown, of: string): void {
  if (Number.isInteger(shards) && (shards as number) > 0 && (shards as number) <= MOST_SHARDS) return;
  const given = typeof shards === "string" ? JSON.stringify(shards) : String(shards);
  throw new RangeError(`${of} is a whole number from 1 to ${MOST_SHARDS}, not ${given}`);
}
