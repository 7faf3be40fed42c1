import { Pairs } from "./pairs.ts";

/** An address and a port. */
export interface Endpoint {
  /** A number that no other one of the capture has. */
  readonly index: number;
  /** As people write it. */
  readonly shown: string;
}

const MOST_ENDPOINTS = 1 << 20;

/** Other addresses have numbers too, and one of these beside their port. */
const V6 = 1 << 16;
const NAMED = 1 << 17;

/** The endpoints of a capture, each once. A crowd of them is kept as numbers. */
export class Endpoints {
  /** Whether there were too many. */
  overflowed = false;
  readonly #pairs: Pairs = new Pairs(MOST_ENDPOINTS);
  readonly #names: string[] = [];
  readonly #numbers: Map<string, number> = new Map();

  /** The index of an endpoint whose address is one of IPv4; undefined once there are too many. */
  ofV4(address: number, port: number): number | undefined {
    return this.#index(address, port);
  }

  /** The same for one of IPv6, whose 16 bytes are given as Latin-1. */
  ofV6(address: string, port: number): number | undefined {
    return this.#named(address, port + V6);
  }

  /** The same for one that is only known as it was printed, its port too. */
  ofName(shown: string, port: number): number | undefined {
    return this.#named(shown, port + NAMED);
  }

  #named(name: string, port: number): number | undefined {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      if (this.#names.length >= MOST_ENDPOINTS) return this.#tooMany();
      number = this.#names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    return this.#index(number, port);
  }

  /** The endpoint with this index. */
  at(index: number): Endpoint {
    const [address, port] = this.#pairs.at(index);
    if (port >= NAMED) return { index, shown: this.#names[address]! };
    const host = port < V6 ? shownV4(address) : shownV6(this.#names[address]!);
    return { index, shown: `${host}:${port % V6}` };
  }

  #index(address: number, port: number): number | undefined {
    return this.#pairs.indexOf(address, port) ?? this.#tooMany();
  }

  #tooMany(): undefined {
    this.overflowed = true;
  }
}

function shownV4(address: number): string {
  return `${address >>> 24}.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`;
}

function shownV6(address: string): string {
  const text = (Buffer.from(address, "latin1").toString("hex").match(/.{4}/g) ?? []).join(":");
  return URL.parse(`http://[${text}]/`)?.hostname ?? `[${text}]`;
}
