import type { Others } from "../core/rpc/wire.ts";

/** Who else is there, by the ids of their sockets. */
export type OthersMap = ReadonlyMap<string, unknown>;

/** Those who were there, and what a server says of them since. */
export function othersAfter(before: OthersMap, { all, shown = all, gone = [] }: Others): OthersMap {
  const others = new Map([...(all ? [] : before), ...Object.entries(shown!)]);
  for (const id of gone) others.delete(id);
  return others;
}
