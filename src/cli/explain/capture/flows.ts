import type { Endpoints } from "./endpoints.ts";
import { Flow } from "./flow.ts";
import { FLAG, type Segment } from "./packet.ts";
import { Pairs } from "./pairs.ts";

/**
 * So many connections are followed at the same time, of so many pairs of endpoints. Few of those that are only asked for: what is
 * kept for long costs the collector of garbage most, and of one that is answered later no more than the SYN is lost.
 */
const MOST_RUNNING = 10_000;
const MOST_ASKED = 1000;
const MOST_PAIRS = 1 << 20;

/** A SYN, its answer, and each once more: what comes of it has to show then. */
const MOST_KNOCKS = 4;

/** Who is told of connections that are over. */
export interface FlowSink {
  take(flow: Flow): void;
  /** One that was asked for, and never came about. There may be a flood of them: few are looked at. */
  unanswered(flow: () => Flow): void;
}

/** Sorts the segments of a capture by their connections, and gives each of those away when it is over. */
export class Flows {
  /** Whether there were more pairs than are looked at. */
  overflowed = false;
  /** By their pair of endpoints: those that run, and the SYNs of those that don't yet. The oldest come first. */
  readonly #flows = new Map<number, Flow>();
  readonly #asked = new Map<number, Segment[]>();
  readonly #pairs: Pairs = new Pairs(MOST_PAIRS);
  /** 1 for each pair that had a connection. */
  readonly #over: Uint8Array = new Uint8Array(MOST_PAIRS);
  readonly #endpoints: Endpoints;
  readonly #sink: FlowSink;

  constructor(endpoints: Endpoints, sink: FlowSink) {
    this.#endpoints = endpoints;
    this.#sink = sink;
  }

  take(segment: Segment): void {
    const { from, to } = segment;
    const key = this.#pairs.indexOf(Math.min(from, to), Math.max(from, to));
    if (key === undefined) this.overflowed = true;
    else if (!this.#knock(segment, key)) this.#follow(segment, key);
  }

  /** The capture is over. */
  end(): void {
    for (const [key, flow] of this.#flows) this.#settle(key, flow);
    this.#giveUp(this.#asked.size);
  }

  /** Keeps the SYNs of a connection that is to be; true when no more is to be done about them. */
  #knock(segment: Segment, key: number): boolean {
    const asked = this.#asked.get(key);
    if (asked === undefined) return begins(segment) && !this.#flows.has(key) && this.#wait(segment, key);
    if (begins(segment) && segment.seq !== asked[0]!.seq) {
      this.#sink.unanswered(() => this.#unanswered(asked));
      return this.#wait(segment, key);
    }
    asked.push(segment);
    if ((segment.flags & FLAG.SYN) !== 0 && asked.length < MOST_KNOCKS) return true;
    this.#asked.delete(key);
    this.#begin(asked, key);
    return true;
  }

  #wait(segment: Segment, key: number): true {
    if (this.#asked.size >= MOST_ASKED) this.#giveUp(MOST_ASKED / 2);
    this.#asked.set(key, [segment]);
    return true;
  }

  /** Of the oldest that were asked for. Many at once: the first of a Map is found the slower the more were taken from it. */
  #giveUp(count: number): void {
    let left = count;
    for (const [key, segments] of this.#asked) {
      if (left-- <= 0) return;
      this.#asked.delete(key);
      this.#sink.unanswered(() => this.#unanswered(segments));
    }
  }

  #unanswered(segments: readonly Segment[]): Flow {
    const flow = new Flow(segments[0]!, this.#endpoints);
    for (const segment of segments) flow.take(segment);
    flow.end();
    return flow;
  }

  #follow(segment: Segment, key: number): void {
    const known = this.#flows.get(key);
    if (known && !known.isAnother(segment)) this.#feed(known, segment, key);
    // What comes after the end of a connection, such as the last ACK, begins none.
    else if (known || begins(segment) || this.#over[key] === 0) {
      if (known) this.#settle(key, known);
      this.#begin([segment], key);
    }
  }

  #begin(segments: readonly Segment[], key: number): void {
    if (this.#flows.size >= MOST_RUNNING) this.#settleOldest(MOST_RUNNING / 2);
    const flow = new Flow(segments[0]!, this.#endpoints);
    this.#flows.set(key, flow);
    for (const segment of segments) this.#follow(segment, key);
  }

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
    this.#over[key] = 1;
    this.#sink.take(flow);
  }
}

function begins({ flags }: Segment): boolean {
  return (flags & (FLAG.SYN | FLAG.ACK)) === FLAG.SYN;
}
