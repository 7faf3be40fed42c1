import type { ObjectNamespace, ObjectStub, WorkerSocket } from "./types.ts";

/** A Durable Object binding, and which of its objects a room has: made by `placed` of `onesocket/cloudflare/shards`. */
export interface RoomPlace {
  /** The binding's name. */
  readonly binding: string;
  /** An object of a room: that of a socket, by its id, or else the first. Throws what a function of the place throws, and a RangeError for its result. */
  objectOf(namespace: ObjectNamespace, room: string, socket?: string): ObjectStub;
  /** An object has answered with a socket. Rejects when it can't be let into the room, and lets it go. */
  joined(object: ObjectStub, response: Response, socket: WorkerSocket): Promise<void>;
}

/** Where each definition's rooms live: a Durable Object binding's name, or `"isolate"`, or a binding and more. */
export type RoomMap = Readonly<Record<string, string | RoomPlace>>;

/** Throws a TypeError, which says what to change, for a map that can't be right. */
export function checkPlaces(map: RoomMap): void {
  for (const [name, place] of Object.entries(map)) {
    if (typeof place === "string" ? place === "" : typeof place?.objectOf !== "function")
      throw new TypeError(
        `rooms.${name} is a Durable Object binding's name, such as "CHAT", or placed({ binding: "CHAT", … }) of onesocket/cloudflare/shards`,
      );
  }
}

/** The name of the binding of a place. */
export function bindingOf(place: RoomMap[string] | undefined): string | undefined {
  return typeof place === "object" ? place.binding : place;
}
