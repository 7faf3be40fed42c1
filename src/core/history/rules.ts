/** What a room remembers of its notifications, so that a client which comes back gets what it missed. */
export interface History {
  /** How many, at most. Default 256; up to 10 000. */
  readonly messages?: number | undefined;
  /** For how many milliseconds. Default 120 000. */
  readonly ms?: number | undefined;
  /** How many characters of them together, at most. Default 1 048 576, and no more than that. */
  readonly size?: number | undefined;
}

/** A history with its defaults filled in. */
export type HistoryRules = { readonly [Name in keyof History]-?: number };

const DEFAULTS: HistoryRules = { messages: 256, ms: 120_000, size: 1 << 20 };

const MOST: HistoryRules = { messages: 10_000, ms: 2 ** 31 - 1, size: 1 << 20 };

/** What a history may say. */
export const HISTORY_OPTIONS: readonly string[] = /* @__PURE__ */ Object.keys(DEFAULTS);

/** Throws a RangeError for what is no positive whole number, or too much. */
export function historyRules(given: History): HistoryRules {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of set as [keyof History, number][]) {
    if (Number.isInteger(value) && value > 0 && value <= MOST[name]) continue;
    throw new RangeError(`history.${name} is a whole number from 1 to ${MOST[name]}, not ${value}`);
  }
  return { ...DEFAULTS, ...Object.fromEntries(set) };
}
