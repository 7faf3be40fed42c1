import type { Seen } from "../explanation.ts";

/** What is wrong with one connection, and what happened to it. */
export interface FlowVerdict {
  /** In sentences. */
  readonly what: string;
  readonly codes: readonly Seen[];
  readonly sure: boolean;
  readonly note: string | undefined;
}

/** A time as people read it. */
export function shownMs(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
