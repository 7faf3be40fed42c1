import type { RpcId } from "./wire.ts";

/** Concurrent calls of one socket that run at a time. */
export const MOST_CONCURRENT = 64;

/** One socket's calls that are not answered yet, as far as others can come beside them. */
export class Calls {
  readonly #ids = new Set<RpcId>();
  #running = 0;
  #waiting: (() => void) | undefined;

  has(id: RpcId | undefined): boolean {
    return id !== undefined && this.#ids.has(id);
  }

  /** Claims an id; false if a call has it that is not answered yet. Null, which tells nothing apart, never is. */
  claim(id: RpcId | undefined): boolean {
    if (this.has(id)) return false;
    if (id !== undefined && id !== null) this.#ids.add(id);
    return true;
  }

  release(id: RpcId | undefined): void {
    if (id !== undefined) this.#ids.delete(id);
  }

  /** One more concurrent call begins. */
  begin(): void {
    this.#running += 1;
  }

  end(): void {
    this.#running -= 1;
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** Resolves when one more may run; undefined where it may now. One waits at a time: what comes after it waits for that one. */
  room(): Promise<void> | undefined {
    if (this.#running < MOST_CONCURRENT) return undefined;
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
