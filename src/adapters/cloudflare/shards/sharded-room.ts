import type { SocketDefinition } from "../../../core/contract/definition.ts";
import type { NotificationRules, Payloads } from "../../../core/contract/methods.ts";
import type { None } from "../../../core/contract/notify.ts";
import { type DurableRoomClass, type DurableRoomOptions, roomClass } from "../durable-object.ts";
import { FirstObject } from "./first-object.ts";
import { objectNamed } from "./names.ts";
import type { Part, PartHost } from "./part.ts";
import { Shard } from "./shard.ts";
import { Siblings } from "./siblings.ts";

/**
 * {@link durableRoom} for rooms that have their sockets in several objects each: `export class Chat extends shardedRoom(chat) {}`, and
 * `worker(app, { rooms: { chat: placed({ binding: "CHAT", shards: 16 }) } })`. `room.sockets`, `size` and `get` are about the members of one object, and so
 * are `limits.connections` and the object's storage; `count`, `send`, `notify`, `close` and a history about all. Throws as `durableRoom` does, and a TypeError for a definition with `room` hooks or
 * `presence`, which would be those of one object.
 */
export function shardedRoom<State, Env, Rules extends NotificationRules = None>(
  definition: SocketDefinition<State, Env, unknown, unknown, Rules>,
  options: DurableRoomOptions = {},
): DurableRoomClass<State, Env, Payloads<Rules>> {
  refuse(definition as unknown as Partial<SocketDefinition> | undefined);
  return roomClass(definition, options, "shardedRoom", partOf);
}

function refuse({ name, room, roster }: Partial<SocketDefinition> = {}): void {
  const has = room ? "room hooks" : roster ? "presence" : undefined;
  if (!has) return;
  throw new TypeError(
    `shardedRoom takes no definition with ${has}: each object would have its own, and ${JSON.stringify(name)} one for all its sockets. Extend durableRoom`,
  );
}

function partOf(host: PartHost): Part {
  const { id, storage } = host.state;
  // Throws for a class of `new_classes`, in workerd's words: the first object could not do without, and all others would wait for it in vain.
  Array.from(storage.sql.exec("SELECT 1"));
  if (id.name === undefined) throw new TypeError("a room's objects are found by their names, and this one has none");
  const { room, shard } = objectNamed(id.name);
  const siblings = new Siblings(host.env, id, room);
  return shard === 0 ? new FirstObject(room, host, siblings) : new Shard(room, shard, host, siblings);
}
