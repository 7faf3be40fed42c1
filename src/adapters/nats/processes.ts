/** Beats after which a process that says nothing is gone: until then a count that it does not answer is rejected. */
const SILENT_BEATS = 5;

/** The other processes, as they tell of themselves: NATS does not tell who hears a subject. */
export class Processes {
  /** How many of our own beats ago each was last heard of. No clock is asked, which may jump. */
  readonly #silence = new Map<string, number>();

  /** Those that are there. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#silence.keys());
  }

  seen(id: string): void {
    this.#silence.set(id, 0);
  }

  gone(id: string): void {
    this.#silence.delete(id);
  }

  /** Time has passed for all. */
  tick(): void {
    for (const [id, beats] of this.#silence) {
      if (beats >= SILENT_BEATS) this.#silence.delete(id);
      else this.#silence.set(id, beats + 1);
    }
  }

  /** Who is there after an outage is to be found out anew. */
  clear(): void {
    this.#silence.clear();
  }
}
