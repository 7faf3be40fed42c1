import { copied, sendable } from "../../core/contract/sendable.ts";
import { checkClose } from "../../core/protocol/close.ts";
import { locate, type RoomHandle } from "../../core/rooms/registry.ts";
import type { ObjectNamespace, ObjectStub } from "./types.ts";

/** Where each definition's rooms live: a Durable Object binding's name, or `"isolate"`. */
export type RoomMap = Readonly<Record<string, string>>;

/** Makes `rooms(definition, env)` find the objects. */
export function locateRooms(map: RoomMap): void {
  for (const [name, binding] of Object.entries(map)) {
    if (binding !== "isolate") locate(name, (env, id) => objectRoom(env, name, binding, id));
  }
}

function objectRoom(env: unknown, name: string, binding: string, id: string): RoomHandle {
  const command = async (verb: "send" | "close" | "count", args: readonly unknown[]) => {
    const object = objectOf(env, binding, id);
    if (!object) throw new Error(missingObject(name, binding));
    return object.onesocketCommand(verb, args, name);
  };
  return {
    id,
    async send(data, { except, topic } = {}) {
      // A view would take all of its buffer along.
      await command("send", [copied(sendable(data)), { except: except && { id: except.id }, topic }]);
    },
    async close({ topic } = {}, code = 1000, reason = "") {
      checkClose(code, reason);
      await command("close", [{ topic }, code, reason]);
    },
    count: async () => (await command("count", [])) as number,
  };
}

/** The object of a room; undefined when its binding is not mapped, or not there. */
export function objectOf(env: unknown, binding: string | undefined, room: string): ObjectStub | undefined {
  const namespace = binding && (env as Record<string, Partial<ObjectNamespace> | undefined> | undefined)?.[binding];
  if (!namespace || typeof namespace.idFromName !== "function") return undefined;
  return (namespace as ObjectNamespace).get(namespace.idFromName(room));
}

/** What an operator has to add, with the lines of wrangler.toml. */
export function missingObject(name: string, binding: string | undefined): string {
  const subject = binding ? `env has no Durable Object binding ${binding}` : "no binding is mapped";
  const lines = binding ?? name.toUpperCase().replace(/\W/g, "_");
  const type = name.charAt(0).toUpperCase() + name.slice(1);
  return `${subject} for the definition ${JSON.stringify(name)}. The Worker needs
  worker(…, { rooms: { ${JSON.stringify(name)}: "${lines}" } })    (or "isolate": rooms in each isolate only)
  export class ${type} extends durableRoom(…) {}
and wrangler.toml needs
  [[durable_objects.bindings]]
  name = "${lines}"
  class_name = "${type}"
  [[migrations]]
  tag = "v1"
  new_sqlite_classes = ["${type}"]`;
}
