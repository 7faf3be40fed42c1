import { Flow } from "./flow.ts";
import { FLAG, type Segment } from "./packet.ts";

/** So many connections are followed at the same time, of so many pairs of endpoints. */
const MOST_RUNNING = 20_000;
const MOST_PAIRS = 1 << 20;

/** More endpoints than a capture may have, by which each pair of two has a number of its own. */
const ENDPOINTS = 1 << 26;

/** Sorts the segments of a capture by their connections, and gives each of those away when it is over. */
export class Flows {
  /** By their endpoints: those that run, and where one was. The oldest come first. */
  readonly #flows = new Map<number, Flow>();
  readonly #over = new Set<number>();
  readonly #settled: (flow: Flow) => void;

  constructor(settled: (flow: Flow) => void) {
    this.#settled = settled;
  }

  take(segment: Segment): void {
    const { from, to } = segment;
    const key = from.index < to.index ? from.index * ENDPOINTS + to.index : to.index * ENDPOINTS + from.index;
    const known = this.#flows.get(key);
    if (known && !known.isAnother(segment)) this.#feed(known, segment, key);
    // What comes after the end of a connection, such as the last ACK, begins none.
    else if (known || begins(segment) || !this.#over.has(key)) this.#begin(known, segment, key);
  }

  /** The capture is over. */
  end(): void {
    for (const [key, flow] of this.#flows) this.#settle(key, flow);
  }

  #begin(before: Flow | undefined, segment: Segment, key: number): void {
    if (before) this.#settle(key, before);
    if (this.#flows.size >= MOST_RUNNING) this.#settleOldest(MOST_RUNNING / 2);
    const flow = new Flow(segment);
    this.#flows.set(key, flow);
    this.#feed(flow, segment, key);
  }

  /** Many at once: the first of a Map is found the slower the more were taken from it. */
  #settleOldest(count: number): void {
    let left = count;
    for (const [key, flow] of this.#flows) if (left-- > 0) this.#settle(key, flow);
  }

  #feed(flow: Flow, segment: Segment, key: number): void {
    flow.take(segment);
    if (flow.isOver) this.#settle(key, flow);
  }

  #settle(key: number, flow: Flow): void {
    flow.end();
    this.#flows.delete(key);
    if (this.#over.size < MOST_PAIRS) this.#over.add(key);
    this.#settled(flow);
  }
}

function begins({ flags }: Segment): boolean {
  return (flags & (FLAG.SYN | FLAG.ACK)) === FLAG.SYN;
}
