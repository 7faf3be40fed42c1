import { type Failure, failure } from "./failures.ts";
import { networkOf } from "./ip-address.ts";
import type { Limits } from "./limits.ts";

/**
 * How many sockets of a definition there are in one memory: a process, an isolate or an object. Those count too that were decided
 * on and are not open yet, or many that wait for the same slow decision would all pass.
 */
export class Capacity {
  readonly #byAddress = new Map<string, number>();
  readonly #ipv6Prefix: number;
  #total = 0;

  constructor(ipv6Prefix: number) {
    this.#ipv6Prefix = ipv6Prefix;
  }

  /** The limit that leaves no place for another socket from this address, if one does. */
  reached({ connections, connectionsPerAddress }: Limits, address: string): keyof Limits | undefined {
    if (this.#total >= connections) return "connections";
    if (connectionsPerAddress === Infinity) return undefined;
    const count = this.#byAddress.get(networkOf(address, this.#ipv6Prefix)) ?? 0;
    return count >= connectionsPerAddress ? "connectionsPerAddress" : undefined;
  }

  /** A place for another socket, whether or not a limit is reached. */
  reserve(address: string): Place {
    const network = networkOf(address, this.#ipv6Prefix);
    return new Place((change) => this.#change(network, change));
  }

  #change(network: string, change: 1 | -1): void {
    this.#total += change;
    const count = (this.#byAddress.get(network) ?? 0) + change;
    if (count > 0) this.#byAddress.set(network, count);
    else this.#byAddress.delete(network);
  }
}

/** Why there is no place for another socket from this address, if there is none. No method: who only makes definitions has nothing of it. */
export function overload(capacity: Capacity | undefined, limits: Limits, address: string): Failure | undefined {
  const limit = capacity?.reached(limits, address);
  return limit && failure("OVERLOADED", `limits.${limit} (${limits[limit]}) is reached`);
}

/** One socket's place among the others: reserved when it is decided on, its own when it is open. */
export class Place {
  readonly #count: (change: 1 | -1) => void;
  #state: "reserved" | "taken" | "free" = "reserved";

  constructor(count: (change: 1 | -1) => void) {
    this.#count = count;
    count(1);
  }

  /** Its socket is there, and keeps the place until it leaves. */
  take(): void {
    if (this.#state === "free") this.#count(1);
    this.#state = "taken";
  }

  /** Nothing comes of the decision. Without effect once its socket is there. */
  release(): void {
    this.#free("reserved");
  }

  /** Its socket is gone. */
  leave(): void {
    this.#free("taken");
  }

  #free(from: "reserved" | "taken"): void {
    if (this.#state !== from) return;
    this.#state = "free";
    this.#count(-1);
  }
}

const capacities = new Map<unknown, Capacity>();

/** How many sockets a definition has, where that matters: it is brought by definitions that limit it. */
export interface Counting {
  /** Those in this process or isolate. `counted`: what they are counted under. */
  all(counted: unknown): Capacity;
  /** Those of one object. */
  own(): Capacity;
}

/** What counts a definition's sockets; undefined where it does not matter how many they are. */
export function countingOf({ connections, connectionsPerAddress, ipv6Prefix }: Limits): Counting | undefined {
  if (connections === Infinity && connectionsPerAddress === Infinity) return undefined;
  return {
    all(counted) {
      const capacity = capacities.get(counted) ?? new Capacity(ipv6Prefix);
      capacities.set(counted, capacity);
      return capacity;
    },
    own: () => new Capacity(ipv6Prefix),
  };
}

/** What is asked of a definition. */
interface Counted {
  readonly name: string;
  readonly counted?: unknown;
  readonly counting?: Counting | undefined;
}

/** The sockets of a definition in this process or isolate; undefined where it does not matter how many they are. */
export function capacityOf({ name, counted = name, counting }: Counted): Capacity | undefined {
  return counting?.all(counted);
}
