import type { SocketDefinition } from "../contract/definition.ts";

/** The definition that a name stands for. */
export interface Holder {
  readonly definition: Pick<SocketDefinition, "name">;
  /** When it came into use. */
  readonly since: number;
  /** How many hosts serve it as their only one. */
  hosts: number;
  /** Ends that other copies of this package find its rooms. */
  readonly unshare: () => void;
}

/** By name. */
export const holders: Map<string, Holder> = /* @__PURE__ */ new Map();

/** Whether another definition has the name now. */
export function isReplaced(definition: Holder["definition"]): boolean {
  const holder = holders.get(definition.name);
  return holder !== undefined && holder.definition !== definition;
}
