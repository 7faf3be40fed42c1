import { awaitable } from "../../core/contract/thenable.ts";

/** What `addEventListener` takes, or `on`. */
export type Listener = ((...args: never[]) => unknown) | { handleEvent(event: Event): unknown };

interface Entry {
  readonly listener: Listener;
  /** It was added by `on`: called with what Node's events have, and not with an Event. */
  readonly node: boolean;
  readonly once: boolean;
}

/** Listeners in both manners, the web's and Node's. What they throw is the caller's, and what they promise too. */
export class Listeners {
  readonly #entries = new Map<string, Entry[]>();

  add(type: string, entry: Entry): void {
    const entries = this.#entries.get(type) ?? [];
    // As `addEventListener` does, and `on` does not.
    if (!entry.node && entries.some(({ listener, node }) => listener === entry.listener && !node)) return;
    this.#entries.set(type, [...entries, entry]);
  }

  remove(type: string, listener: Listener, node: boolean): void {
    const entries = this.#entries.get(type) ?? [];
    const index = entries.findLastIndex((entry) => entry.listener === listener && entry.node === node);
    if (index >= 0) this.#entries.set(type, entries.toSpliced(index, 1));
  }

  removeAll(type?: string): void {
    if (type === undefined) this.#entries.clear();
    else this.#entries.delete(type);
  }

  count(type: string): number {
    return this.#entries.get(type)?.length ?? 0;
  }

  /** Calls them, in their order. Returns what to wait for, if one of them promises something. */
  emit(owner: object, type: string, event: () => Event, args: () => readonly unknown[]): Promise<unknown> | undefined {
    const entries = this.#entries.get(type) ?? [];
    const handler = (owner as Record<string, unknown>)[`on${type}`];
    const results = entries.map((entry) => {
      if (entry.once) this.remove(type, entry.listener, entry.node);
      return call(entry.listener, owner, entry.node ? args() : [event()]);
    });
    if (typeof handler === "function") results.push(call(handler as Listener, owner, [event()]));
    const pending = results.flatMap((result) => awaitable(result) ?? []);
    return pending.length > 0 ? Promise.all(pending) : undefined;
  }
}

function call(listener: Listener, owner: object, args: readonly unknown[]): unknown {
  return typeof listener === "function"
    ? listener.apply(owner, args as never[])
    : listener.handleEvent(args[0] as Event);
}
