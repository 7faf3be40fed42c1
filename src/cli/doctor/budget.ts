/** How many connections one examination may make. */
export const MAX_CONNECTIONS = 20;

/** How long it may take, beside the silence that was asked for. */
export const MAX_MS = 60_000;

/** What an examination may still spend. It keeps the doctor polite: nothing starts once it is used up. */
export class Budget {
  readonly #started: number = performance.now();
  readonly #deadline: number;
  #connections = 0;

  /** @param idleMs silence that was asked for, in all */
  constructor(idleMs: number) {
    this.#deadline = this.#started + MAX_MS + idleMs;
  }

  get connections(): number {
    return this.#connections;
  }

  get elapsedMs(): number {
    return performance.now() - this.#started;
  }

  /** Whether another connection may be made. */
  get left(): boolean {
    return this.#connections < MAX_CONNECTIONS && this.#leftMs > 0;
  }

  /** Counts one connection. */
  spend(): void {
    this.#connections++;
  }

  /** As much of these milliseconds as is left. */
  within(ms: number): number {
    return Math.max(0, Math.min(ms, this.#leftMs));
  }

  get #leftMs(): number {
    return this.#deadline - performance.now();
  }
}
