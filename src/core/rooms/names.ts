import { CLOSURE } from "../contract/definition.ts";
import { type Failure, failure } from "../contract/failures.ts";
import { createdAt, tick } from "../contract/logical-clock.ts";
import { type Holder, holders } from "./holders.ts";
import { shareRooms } from "./registry.ts";

/**
 * Claims a definition's name for it, now that it comes into use. Returns why that fails, if the name stands for another one (H12). A definition
 * that was made after the other had come into use replaces it: its module was loaded anew, by a development server for one.
 * From then on it is the earlier one that is refused.
 */
export function claimName(definition: Holder["definition"]): Failure | undefined {
  const { name } = definition;
  const holder = holders.get(name);
  // Each request has a closure of its own.
  if (name === CLOSURE || holder?.definition === definition) return undefined;
  if (holder && createdAt(definition) < holder.since)
    return failure(
      "NAME_TAKEN",
      `two definitions are named ${JSON.stringify(name)}, and the other one is in use: give each a name of its own`,
    );
  holders.set(name, { definition, since: tick(), hosts: 0, unshare: shareRooms(definition) });
  return undefined;
}

/**
 * Takes a definition's name for a host that serves nothing else. Returns what gives it back, when the host has closed. Throws a
 * TypeError when the name stands for another definition.
 */
export function useName(definition: Holder["definition"]): () => void {
  const { name } = definition;
  const taken = claimName(definition);
  if (taken) throw new TypeError(`${taken.code}: ${taken.detail}`);
  const holder = holders.get(name);
  if (holder) holder.hosts += 1;
  let inUse = true;
  return () => {
    if (holder && inUse) holder.hosts -= 1;
    inUse = false;
    if (holder?.hosts === 0 && holders.get(name) === holder) {
      holders.delete(name);
      holder.unshare();
    }
  };
}
