import type { Absentee, Missed } from "../../../core/history/history.ts";
import type { Position, ResumePosition } from "../../../core/rpc/wire.ts";
import { atMost } from "./at-most.ts";
import type { MissedQuery } from "./wire.ts";

/** Members that are told at a time what they have missed: thousands may come back at once, and each answer may be 2 MiB, on its way among all that is said. */
const MOST_ANSWERS = 4;

/** Asks the room's first object what one has missed, or only where the history is. */
export type Ask = (missed?: MissedQuery) => Promise<Missed>;

/** Where the members of a shard are in the room's history: they have been sent all up to there. */
export class HistoryPosition {
  readonly #ask: Ask;
  #at: Position | undefined;
  #awaited: PromiseWithResolvers<Position> | undefined;
  #wasAwaited = false;
  readonly #inTurn = atMost(MOST_ANSWERS);

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** It is unknown from now on: what comes to the members has a gap, or nothing comes. */
  forget(): void {
    this.#at = undefined;
  }

  /** Unknown after hibernation, until something comes. */
  get at(): Position | Promise<Position> {
    if (this.#at) return this.#at;
    this.#awaited ??= this.#await();
    return this.#awaited.promise;
  }

  get isAwaited(): boolean {
    return this.#awaited !== undefined;
  }

  /** Whether somebody waited for what was set since this was last asked. */
  wasAwaited(): boolean {
    const was = this.#wasAwaited;
    this.#wasAwaited = false;
    return was;
  }

  /** How many notifications lie between where the members are and this one: they have not come. */
  lackBefore([epoch, offset]: Position): number {
    const [here, last] = this.#at ?? [];
    return epoch === here ? Math.max(0, offset - 1 - last!) : 0;
  }

  /** Moves it on; what comes a second time sets nothing back. */
  set(at: Position): void {
    if (this.#at?.[0] !== at[0] || this.#at[1] < at[1]) this.#at = at;
    if (!this.#awaited) return;
    this.#wasAwaited = true;
    this.#awaited.resolve(at);
    this.#awaited = undefined;
  }

  /** Asks what a socket has missed. Only plain data travels between objects, and a socket is none. */
  async missed({ id, topics }: Absentee, { epoch, offset, socket }: ResumePosition): Promise<Missed> {
    const place: ResumePosition = { epoch, offset, socket };
    const asked = this.#inTurn(() => this.#ask({ by: { id, topics }, since: place }));
    return asked.catch(() => ({ at: this.#at, texts: undefined }));
  }

  #await(): PromiseWithResolvers<Position> {
    const awaited = Promise.withResolvers<Position>();
    awaited.promise.catch(() => {});
    const failed = (error: unknown) => {
      if (this.#awaited === awaited) this.#awaited = undefined;
      awaited.reject(error);
    };
    // An answer has been set by then, so that this rejection changes nothing.
    this.#ask().then(() => failed(new Error("the room has no history")), failed);
    return awaited;
  }
}
