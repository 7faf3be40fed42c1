import { closestName } from "../../core/contract/closest-name.ts";
import { copied, exceptedId, sendable } from "../../core/contract/sendable.ts";
import type { SendOptions } from "../../core/contract/socket.ts";
import { checkClose } from "../../core/protocol/close.ts";
import { type FoundRoom, locate } from "../../core/rooms/registry.ts";
import { bindingOf, checkPlaces, type RoomMap } from "./places.ts";
import type { ObjectNamespace, ObjectStub, RoomVerb } from "./types.ts";

/** Makes `rooms(definition, env)` find the objects. Throws what `checkPlaces` does. */
export function locateRooms(map: RoomMap): void {
  checkPlaces(map);
  for (const [name, binding] of Object.entries(map)) {
    if (binding !== "isolate") locate(name, (env, id) => objectRoom(env, name, map, id));
  }
}

function objectRoom(env: unknown, name: string, map: RoomMap, id: string): FoundRoom {
  const command = async (verb: RoomVerb, args: readonly unknown[]) => {
    const object = objectOf(env, map[name], id);
    if (!object) throw new Error(env ? missingObject(name, map, env) : missingEnv(name));
    return object.onesocketCommand(verb, args, name);
  };
  return {
    id,
    async send(data, options) {
      // A view would take all of its buffer along.
      await command("send", [copied(sendable(data)), plain(options)]);
    },
    async say(text, options) {
      await command("say", [text, plain(options)]);
    },
    async close({ topic } = {}, code = 1000, reason = "") {
      checkClose(code, reason);
      await command("close", [{ topic }, code, reason]);
    },
    count: async () => (await command("count", [])) as number,
  };
}

/** What can travel of it: a socket can't. */
function plain({ except, topic }: SendOptions = {}): SendOptions {
  const id = exceptedId(except);
  return { except: id === undefined ? undefined : { id }, topic };
}

/** An object of a room: that of a socket, by its id, or else the first; undefined when its binding is not mapped, or not there. */
export function objectOf(
  env: unknown,
  place: RoomMap[string] | undefined,
  room: string,
  socket?: string,
): ObjectStub | undefined {
  const binding = bindingOf(place);
  const namespace = binding && (env as Record<string, unknown> | undefined)?.[binding];
  if (!place || !isNamespace(namespace)) return undefined;
  return typeof place === "string"
    ? namespace.get(namespace.idFromName(room))
    : place.objectOf(namespace, room, socket);
}

function isNamespace(binding: unknown): binding is ObjectNamespace {
  return typeof (binding as Partial<ObjectNamespace> | undefined)?.idFromName === "function";
}

function missingEnv(name: string): string {
  return `env, to find the Durable Object by, is missing for the definition ${JSON.stringify(name)}: rooms(definition, env)`;
}

/** What an operator has to change: a name that was misspelt, or else the lines that are missing. */
export function missingObject(name: string, map: RoomMap, env: unknown): string {
  const binding = bindingOf(map[name]);
  const there = Object.entries(env ?? {}).flatMap(([key, value]) => (isNamespace(value) ? key : []));
  const but = there.length > 0 ? ` (but ${there.join(", ")})` : "";
  const told = binding === undefined ? "no binding is mapped" : `env has no Durable Object binding ${binding}${but}`;
  const line = `${told} for the definition ${JSON.stringify(name)}`;
  const meant = closestName(binding ?? name, binding === undefined ? Object.keys(map) : there);
  if (meant === undefined) return `${line}. ${missingLines(name, binding)}`;
  const right = binding === undefined ? bindingOf(map[meant])! : meant;
  return `${line}: ${JSON.stringify(binding ?? meant)} looks like a slip for it, so write rooms: ${mapping(name, right)}`;
}

function mapping(name: string, binding: string): string {
  return `{ ${JSON.stringify(name)}: ${JSON.stringify(binding)} }`;
}

function missingLines(name: string, binding = name.toUpperCase().replace(/\W/g, "_")): string {
  const type = name.charAt(0).toUpperCase() + name.slice(1);
  return `The Worker needs
  worker(…, { rooms: ${mapping(name, binding)} })    (or "isolate": rooms in each isolate only)
  export class ${type} extends durableRoom(…) {}
and wrangler.toml needs
  [[durable_objects.bindings]]
  name = "${binding}"
  class_name = "${type}"
  [[migrations]]
  tag = "v1"
  new_sqlite_classes = ["${type}"]`;
}
