import type { SocketDefinition } from "../contract/definition.ts";

/** How many sockets of a definition are open in this process, isolate or object. */
class Census {
  total = 0;
  readonly byAddress = new Map<string, number>();

  add(address: string, change: 1 | -1): void {
    this.total += change;
    const count = (this.byAddress.get(address) ?? 0) + change;
    if (count > 0) this.byAddress.set(address, count);
    else this.byAddress.delete(address);
  }
}

const censuses = new Map<string, Census>();

/** Whether another socket from this address would be one too many for `limits.connections` or `limits.connectionsPerAddress`. */
export function crowded({ name, limits }: SocketDefinition, address: string): boolean {
  const census = censuses.get(name);
  if (!census) return false;
  return census.total >= limits.connections || (census.byAddress.get(address) ?? 0) >= limits.connectionsPerAddress;
}

/** Counts a socket in; the returned function counts it out again. Undefined where nothing is limited, and nothing kept. */
export function enrol({ name, limits }: SocketDefinition, address: string): (() => void) | undefined {
  if (limits.connections === Infinity && limits.connectionsPerAddress === Infinity) return undefined;
  const census = censuses.get(name) ?? new Census();
  censuses.set(name, census);
  census.add(address, 1);
  return () => {
    census.add(address, -1);
    if (census.total === 0) censuses.delete(name);
  };
}
