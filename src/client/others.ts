import type { Others } from "../core/rpc/wire.ts";

/** Who else is there, by the ids of their sockets. */
export type OthersMap = ReadonlyMap<string, unknown>;

/** The map that comes of one and of a server's `rpc.others`. */
export function othersAfter(before: OthersMap, { all, shown = all, gone = [] }: Others): OthersMap {
  const others = new Map([...(all ? [] : before), ...Object.entries(shown!)]);
  for (const id of gone) others.delete(id);
  return others;
}
