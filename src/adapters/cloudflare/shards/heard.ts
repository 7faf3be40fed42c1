import type { Origin } from "./wire.ts";

/** Knows what comes twice, because the one who called did not hear that it had come. */
export class Heard {
  /** By shard: it has one life at a time. */
  readonly #last = new Map<number, { readonly life: string; readonly number: number }>();

  /** Whether it comes for the first time. */
  isNew([shard, life, number]: Origin): boolean {
    const last = this.#last.get(shard);
    if (last?.life === life && number <= last.number) return false;
    this.#last.set(shard, { life, number });
    return true;
  }
}
