/** How the objects of one room are named: its first, which knows the others, by the room; the others by their numbers, from 1 on, too. */

/** More would be a call of each for one message: docs/cost.md says when. */
export const MOST_SHARDS = 256;

const LIKE_A_SHARD = /#\d*$/;

/** The name of one of a room's objects; 0 is the first. No two rooms have one of the same name, whatever theirs are (R1). */
export function objectName(room: string, shard: number): string {
  if (shard > 0) return `${room}#${shard}`;
  return LIKE_A_SHARD.test(room) ? `${room}#` : room;
}

/** The room and the number of the object that has this name. */
export function objectNamed(name: string): { readonly room: string; readonly shard: number } {
  const at = name.lastIndexOf("#");
  const digits = at < 0 ? "" : name.slice(at + 1);
  if (/^\d+$/.test(digits)) return { room: name.slice(0, at), shard: Number(digits) };
  return { room: at >= 0 && digits === "" ? name.slice(0, -1) : name, shard: 0 };
}

/** Which of so many shards a socket is in, by its id. One that is alone is the room's first object. */
export function shardOf(socket: string, shards: number): number {
  if (shards === 1) return 0;
  // FNV-1a, whose last bits are good enough for ids that nobody chooses.
  let hash = 0x811c9dc5;
  for (let i = 0; i < socket.length; i++) hash = Math.imul(hash ^ socket.charCodeAt(i), 0x01000193);
  return 1 + ((hash >>> 0) % shards);
}
