import type { SocketEvent } from "./observer.ts";

/** What was told of a broker, or of the way between a room's objects. */
export type BrokerStateEvent = Extract<SocketEvent, { type: "broker" }>;

/** A line for the console, with how much it matters, and the error behind it where there is one. */
export type BrokerLine = readonly [level: "info" | "warn", words: string, ...error: unknown[]];

type LineOf = (told: BrokerStateEvent, times: number) => BrokerLine;

let lineOf: LineOf | undefined;

/** Brings the words: a program that has no broker needs none. */
export function bringBrokerLines(of: LineOf): void {
  lineOf = of;
}

/** What is to be said; undefined where nobody brought the words. `times`: how often the same was told so far. */
export function brokerLine(told: BrokerStateEvent, times: number): BrokerLine | undefined {
  return lineOf?.(told, times);
}
