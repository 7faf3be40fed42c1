import type { Limits } from "../contract/limits.ts";
import type { HookName } from "../contract/observer.ts";
import type { SessionInternals } from "./internals.ts";

/** For how long a hook's promise may be pending, while messages wait behind it, before observers are told. */
const PENDING_MS = 1000;

/** The hooks that observers have been told of, for each definition. Its limits are the key: definitions that a route makes for one socket each share them. */
const told = new WeakMap<Limits, Set<HookName>>();

/** Notices a hook that does not end, by one timer as long as messages wait. */
export class PendingWatch {
  readonly #socket: SessionInternals;
  #stop: (() => void) | undefined;

  constructor(socket: SessionInternals) {
    this.#socket = socket;
  }

  /** A message waits. */
  begin(): void {
    if (this.#stop) return;
    const { turn } = this.#socket.hooks;
    this.#stop = this.#socket.platform.after(PENDING_MS, () => this.#check(turn));
  }

  /** Nothing waits any more. */
  end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #check(before: number): void {
    this.#stop = undefined;
    const { running, turn, backlog } = this.#socket.hooks;
    if (!running || !backlog?.size) return;
    if (turn === before) this.#tell(running, backlog.size);
    else this.begin();
  }

  #tell(hook: HookName, messages: number): void {
    const { id, definition } = this.#socket;
    const hooks = told.get(definition.limits) ?? new Set();
    told.set(definition.limits, hooks);
    if (!hooks.has(hook)) this.#socket.tell({ type: "pending", socket: id, hook, messages });
    hooks.add(hook);
  }
}
