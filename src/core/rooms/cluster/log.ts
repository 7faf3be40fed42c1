import type { Remembered } from "../../history/history.ts";
import type { HistoryRules } from "../../history/rules.ts";
import type { Position } from "../../rpc/wire.ts";

/** A notification as a log brings it, with its place in the log's one order. */
export interface Logged extends Remembered {
  readonly at: Position;
}

/** What a log holds after a position. */
export interface Span {
  /** Where the log is now. */
  readonly at: Position;
  /** All after the position, up to `at`; undefined when a part of it is not known any more, or was never reached, or none was asked for. */
  readonly said: readonly Remembered[] | undefined;
}

/**
 * What a broker may have besides: it keeps what rooms notify, in one order for all processes. An epoch is over when the log may have lost
 * anything; offsets count without a gap.
 */
export interface Log {
  /**
   * Appends a notification to a channel's log, and brings it from there to all subscribers, this process's too, in the order of the log.
   * Never throws: it is kept and dropped as what is published, and appended once. `after`: where this process is, as far as it knows.
   */
  append(channel: string, said: Remembered, rules: HistoryRules, after: Position | undefined): void;
  /** What came after a position. What is appended later comes to the subscriber. Rejects when the broker can't be asked. */
  read(channel: string, after: Position | undefined, rules: HistoryRules): Promise<Span>;
}
