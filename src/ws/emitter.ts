import { type Listener, Listeners } from "./listeners.ts";

/** An EventTarget of the web and an EventEmitter of Node in one, as far as libraries use them. */
export class Emitter {
  /** For the classes that emit. */
  protected readonly listening: Listeners = new Listeners();

  addEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | { once?: boolean; signal?: AbortSignal },
  ): void {
    const { once = false, signal } = typeof options === "object" ? options : {};
    if (signal?.aborted || !listener) return;
    this.listening.add(type, { listener, once, manner: "web" });
    this.listened(type);
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener), { once: true });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (listener) this.listening.remove(type, listener, "web");
  }

  on(type: string, listener: Listener): this {
    this.listening.add(type, { listener, once: false, manner: "node" });
    this.listened(type);
    return this;
  }

  once(type: string, listener: Listener): this {
    this.listening.add(type, { listener, once: true, manner: "node" });
    this.listened(type);
    return this;
  }

  off(type: string, listener: Listener): this {
    this.listening.remove(type, listener, "node");
    return this;
  }

  addListener(type: string, listener: Listener): this {
    return this.on(type, listener);
  }

  removeListener(type: string, listener: Listener): this {
    return this.off(type, listener);
  }

  removeAllListeners(type?: string): this {
    this.listening.removeAll(type);
    return this;
  }

  listenerCount(type: string): number {
    return this.listening.of(type).length;
  }

  listeners(type: string): readonly Listener[] {
    return this.listening.of(type);
  }

  eventNames(): string[] {
    return this.listening.types;
  }

  /** A listener was added. */
  protected listened(_type: string): void {}

  /** Any number may listen. */
  setMaxListeners(): this {
    return this;
  }
}
