import type { Message } from "../core/contract/socket.ts";

/** A notification that a client was sent, by JSON-RPC 2.0. */
export interface TestNotification {
  readonly name: string;
  readonly params: unknown;
}

/** What a server says by itself. */
export type Received = Message | TestNotification;

/** Waits for as long as is worth it; then calls `give` with the reason. The returned function ends that. */
export type Patience = (give: (reason: Error) => void) => () => void;

interface Waiter {
  wants(item: Received): boolean;
  resolve(item: Received): void;
  reject(reason: Error): void;
}

/** What a client has been sent and not taken, in order, and who waits for more. */
export class Inbox {
  readonly #patience: Patience;
  readonly #waiters = new Set<Waiter>();
  readonly #items: Received[] = [];
  #end: (() => Error) | undefined;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  get items(): readonly Received[] {
    return [...this.#items];
  }

  put(item: Received): void {
    const waiter = [...this.#waiters].find((one) => one.wants(item));
    if (waiter) waiter.resolve(item);
    else this.#items.push(item);
  }

  /** The first that is wanted. Rejects when there will be none. */
  take<Item extends Received>(wants: (item: Received) => item is Item): Promise<Item> {
    const index = this.#items.findIndex(wants);
    if (index >= 0) return Promise.resolve(this.#items.splice(index, 1)[0] as Item);
    return this.#end ? Promise.reject(this.#end()) : this.#wait(wants);
  }

  #wait<Item extends Received>(wants: (item: Received) => item is Item): Promise<Item> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#waiters.delete(waiter);
        cancel();
      };
      const waiter: Waiter = {
        wants,
        resolve(item) {
          done();
          resolve(item as Item);
        },
        reject(reason) {
          done();
          reject(reason);
        },
      };
      const cancel = this.#patience((reason) => waiter.reject(reason));
      this.#waiters.add(waiter);
    });
  }

  /** Nothing more will come. `why`: told to who waits, now and later. */
  end(why: () => Error): void {
    this.#end = why;
    for (const waiter of [...this.#waiters]) waiter.reject(why());
  }
}
