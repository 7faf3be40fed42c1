import type { SocketDefinition } from "../contract/definition.ts";
import type { Limits } from "../contract/limits.ts";
import type { HookName } from "../contract/observer.ts";
import type { Platform } from "../contract/platform.ts";

/** For how long a hook's promise may be pending, while messages wait behind it, before that is worth a word. */
const PATIENCE_MS = 1000;

/** Of which hooks was told already. By the limits, which are a definition's own, for closures as well. */
const told = new WeakMap<Limits, Set<HookName>>();

/** A socket that runs hooks. */
export interface Hooked {
  readonly definition: SocketDefinition;
  /** Whether a hook runs. */
  readonly working: boolean;
  /** Which hook runs, as a number that no other has. */
  readonly turn: number;
  readonly hook: HookName;
  /** How many messages wait. */
  readonly waiting: number;
  /** The same hook has run for all that time. */
  stalled(hook: HookName, messages: number): void;
}

/** Notices a hook that does not end, by one timer as long as messages wait. */
export class Patience {
  readonly #platform: Platform;
  readonly #hooked: Hooked;
  #stop: (() => void) | undefined;

  constructor(platform: Platform, hooked: Hooked) {
    this.#platform = platform;
    this.#hooked = hooked;
  }

  /** A message waits. */
  begin(): void {
    if (this.#stop) return;
    const { turn } = this.#hooked;
    this.#stop = this.#platform.after(PATIENCE_MS, () => this.#look(turn));
  }

  /** Nothing waits any more. */
  end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #look(turn: number): void {
    this.#stop = undefined;
    const { working, waiting, turn: now, hook, definition } = this.#hooked;
    if (!working || waiting === 0) return;
    if (turn === now) this.#tell(hook, waiting, definition.limits);
    else this.begin();
  }

  #tell(hook: HookName, waiting: number, limits: Limits): void {
    const hooks = told.get(limits) ?? new Set();
    told.set(limits, hooks);
    if (hooks.has(hook)) return;
    hooks.add(hook);
    this.#hooked.stalled(hook, waiting);
  }
}
