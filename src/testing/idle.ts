// Tests may put clocks of their own into the globals: what is waited for here is real.
const { setTimeout, clearTimeout } = globalThis;
const realTime = performance.now.bind(performance);
const soon: (run: () => void) => unknown =
  (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate ?? ((run) => setTimeout(run, 0));

/** Turns after which it is something slow that is waited for. */
const QUICK_TURNS = 50;

/** Tells when nothing is under way, and when nothing has been for so long that nothing will be. */
export class Idle {
  readonly patienceMs: number;
  #lastMs = realTime();

  constructor(patienceMs: number) {
    this.patienceMs = patienceMs;
  }

  /** Something happened. */
  active(): void {
    this.#lastMs = realTime();
  }

  /** Lets everything run that can without waiting. */
  turn(slowly = false): Promise<void> {
    return new Promise((resolve) => {
      if (slowly) setTimeout(resolve, 1);
      else soon(resolve);
    });
  }

  /** Waits until nothing is busy; false when nothing has happened for `patienceMs`, and something still is. */
  async reached(isBusy: () => boolean): Promise<boolean> {
    this.active();
    for (let turns = 0, quiet = 0; quiet < 2; turns++) {
      await this.turn(turns > QUICK_TURNS);
      quiet = isBusy() ? 0 : quiet + 1;
      if (this.#isOver()) return quiet > 0;
    }
    return true;
  }

  /** Calls `give` once nothing has happened for `patienceMs` from now on. The returned function ends that. */
  watch(give: () => void): () => void {
    this.active();
    const look = (): void => {
      if (this.#isOver()) give();
      else timer = setTimeout(look, this.#leftMs());
    };
    let timer = setTimeout(look, this.patienceMs);
    return () => clearTimeout(timer);
  }

  #isOver(): boolean {
    return this.#leftMs() <= 0;
  }

  #leftMs(): number {
    return this.#lastMs + this.patienceMs - realTime();
  }
}
