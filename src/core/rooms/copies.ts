import type { LiveRoom } from "./room.ts";

/** Finds a room by its id. What copies of this package know of one another's rooms: they may be of different versions. */
type Find = (id: string) => Pick<LiveRoom, "send" | "say" | "close" | "count">;

const KEY = "onesocket.rooms";

/**
 * Where copies of this package find the rooms of a name that another copy in the process serves. Bundlers of frameworks give each route
 * a copy of what it imports, whose `rooms` would otherwise reach nobody. The one thing that the core keeps where others see it.
 */
export function copies(): Map<string, Find> {
  const shared = globalThis as { [KEY]?: Map<string, Find> };
  shared[KEY] ??= new Map();
  return shared[KEY];
}
