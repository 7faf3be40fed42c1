import { consoleObserver } from "../adapters/shared/console.ts";
import { checkObserver, type Observer } from "../core/contract/observer.ts";
import { checkNames } from "../core/contract/option-names.ts";
import { MemoryStorage } from "../core/storage/memory-storage.ts";
import type { TestingOptions } from "./types.ts";

/** What is printed unless there is an observer: what a test does not see otherwise. */
const TOLD: Observer = {
  error: consoleObserver.error,
  warning: consoleObserver.warning,
  pending: consoleObserver.pending,
};

/** The options with their defaults. */
export type TestingSettings = { readonly [Name in keyof TestingOptions]-?: Exclude<TestingOptions[Name], undefined> };

const OPTIONS = Object.keys({
  env: true,
  observe: true,
  now: true,
  remoteAddress: true,
  patienceMs: true,
  storage: true,
} satisfies Record<keyof TestingOptions, true>);

/** Throws a TypeError for an option that there is none of and for what is no observer, a RangeError for a time that is none. */
export function settingsOf(options: TestingOptions): TestingSettings {
  checkNames(options, OPTIONS, "testing");
  const {
    env = {},
    observe = TOLD,
    now = Date.now(),
    remoteAddress = "127.0.0.1",
    patienceMs = 2000,
    storage = new MemoryStorage(),
  } = options;
  checkObserver(observe);
  if (!Number.isFinite(now)) throw new RangeError(`now is a time in milliseconds since 1970, not ${now}`);
  // A timer of 2^31 ms fires at once.
  if (!(patienceMs > 0 && patienceMs < 2 ** 31))
    throw new RangeError(`patienceMs is 1 to 2147483647 milliseconds, not ${patienceMs}`);
  return { env, observe, now, remoteAddress, patienceMs, storage };
}
