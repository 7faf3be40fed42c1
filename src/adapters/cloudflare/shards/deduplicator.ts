import type { Origin } from "./wire.ts";

/** Tells what comes a second time: its sender was not told that it had come, and called again. */
export class Deduplicator {
  /** By shard, the last that came: a shard has one life at a time. */
  readonly #last = new Map<number, { readonly life: string; readonly number: number }>();

  /** Whether what has this origin comes for the first time. */
  isNew([shard, life, number]: Origin): boolean {
    const last = this.#last.get(shard);
    if (last?.life === life && number <= last.number) return false;
    this.#last.set(shard, { life, number });
    return true;
  }
}
