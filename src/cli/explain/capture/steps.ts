import type { Side, Step } from "../explanation.ts";

/** Of many steps the first and the last are kept. */
const FIRST = 300;
const LAST = 100;

const NONE: readonly never[] = [];

interface Taken {
  readonly at: number;
  readonly by: Side;
  readonly what: string | (() => string);
  readonly codes: readonly string[];
}

/** What the two sides of a connection did, in order: all of it, or the beginning and the end. */
export class Steps {
  /** How many there were. */
  count = 0;
  readonly #first: Taken[] = [];
  #last: Taken[] = [];
  #start: number | undefined;

  /** When the first one was, in the capture's own time. */
  get start(): number {
    return this.#start ?? 0;
  }

  /** @param what put into words only when it is told */
  add(at: number, by: Side, what: string | (() => string), codes: readonly string[] = NONE): void {
    this.#start ??= at;
    const step = { at, by, what, codes };
    if (this.count++ < FIRST) this.#first.push(step);
    else this.#last.push(step);
    if (this.#last.length >= 2 * LAST) this.#last = this.#last.slice(-LAST);
  }

  /** All that were kept; where some are missing one tells how many. */
  get all(): readonly Step[] {
    const last = this.#last.slice(-LAST);
    const missing = this.count - this.#first.length - last.length;
    const more: Step[] = missing === 0 ? [] : [{ ms: null, by: last[0]!.by, what: `… ${missing} more`, codes: [] }];
    return [...this.#first.map((step) => this.#told(step)), ...more, ...last.map((step) => this.#told(step))];
  }

  #told({ at, by, what, codes }: Taken): Step {
    const ms = Math.round((at - this.start) * 1000) / 1000;
    return { ms, by, what: typeof what === "string" ? what : what(), codes };
  }
}
