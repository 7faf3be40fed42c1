import { awaitable } from "../core/contract/thenable.ts";

/** What `addEventListener` takes, or `on`. */
export type Listener = ((...args: never[]) => unknown) | { handleEvent(event: Event): unknown };

interface Entry {
  readonly listener: Listener;
  /** As it was added: by `addEventListener`, by `on`, or as `onmessage = …`. Only `on` is called with what Node's events have. */
  readonly manner: "web" | "node" | "attribute";
  readonly once: boolean;
}

/** Makes what listeners are called with of an event's data. One object for each kind of event, so that a message needs no closures. */
export interface EventForms<Data> {
  /** The event for listeners in the web's manner; where it is absent, they are not called. */
  readonly event?: (data: Data, owner: object) => object;
  readonly args: (data: Data) => readonly unknown[];
}

/** For `emit`, whose arguments are what listeners get. */
export const EMITTED: EventForms<readonly unknown[]> = { args: (args) => args };

const NONE: readonly never[] = [];

/** Listeners in both manners, the web's and Node's. */
export class Listeners {
  readonly #entries = new Map<string, readonly Entry[]>();

  add(type: string, entry: Entry): void {
    const entries = this.#of(type);
    // As `addEventListener` does, and `on` does not.
    if (entry.manner === "web" && entries.some((other) => isSame(other, entry))) return;
    this.#entries.set(type, [...entries, entry]);
  }

  remove(type: string, listener: Listener, manner: Entry["manner"]): void {
    const entries = this.#of(type);
    const index = entries.findLastIndex((entry) => isSame(entry, { listener, manner }));
    if (index >= 0) this.#entries.set(type, entries.toSpliced(index, 1));
  }

  /** What `onmessage` and its like read. */
  attribute(type: string): Listener | null {
    return this.#of(type).find(({ manner }) => manner === "attribute")?.listener ?? null;
  }

  /** Sets `onmessage` and its like: another handler takes the place of the last, and what is no function none. */
  setAttribute(type: string, listener: unknown): void {
    const entries = this.#of(type);
    const made = { listener: listener as Listener, manner: "attribute", once: false } as const;
    const isHandler = typeof listener === "function";
    if (!entries.some(({ manner }) => manner === "attribute")) {
      if (isHandler) this.add(type, made);
      return;
    }
    const next = entries.flatMap((entry) => (entry.manner !== "attribute" ? entry : isHandler ? made : []));
    this.#entries.set(type, next);
  }

  removeAll(type?: string): void {
    if (type === undefined) this.#entries.clear();
    else this.#entries.delete(type);
  }

  of(type: string): readonly Listener[] {
    return this.#of(type).map(({ listener }) => listener);
  }

  get types(): string[] {
    return [...this.#entries].flatMap(([type, entries]) => (entries.length > 0 ? type : []));
  }

  /** Calls them, in their order, and throws what one throws. Returns what they promised. */
  emit<Data>(
    owner: object,
    type: string,
    { event, args }: EventForms<Data>,
    data: Data,
  ): readonly PromiseLike<unknown>[] {
    let promised: readonly PromiseLike<unknown>[] = NONE;
    for (const { listener, manner, once } of this.#of(type)) {
      if (manner !== "node" && event === undefined) continue;
      if (once) this.remove(type, listener, manner);
      const result =
        manner === "node" ? call(listener, owner, args(data)) : callWith(listener, owner, event!(data, owner));
      const pending = awaitable(result);
      if (pending) promised = [...promised, pending];
    }
    return promised;
  }

  #of(type: string): readonly Entry[] {
    return this.#entries.get(type) ?? NONE;
  }
}

function isSame(one: Pick<Entry, "listener" | "manner">, other: Pick<Entry, "listener" | "manner">): boolean {
  return one.listener === other.listener && one.manner === other.manner;
}

function call(listener: Listener, owner: object, args: readonly unknown[]): unknown {
  return typeof listener === "function"
    ? listener.apply(owner, args as never[])
    : listener.handleEvent(args[0] as Event);
}

function callWith(listener: Listener, owner: object, event: object): unknown {
  return typeof listener === "function" ? listener.call(owner, event as never) : listener.handleEvent(event as Event);
}
