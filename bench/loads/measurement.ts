import type { ServerProcess } from "../process.ts";
import type { Latency } from "./latency.ts";

/** One measurement of one server. */
export interface Measurement {
  /** What was done: messages, deliveries, handshakes, or connections that were held. */
  readonly count: number;
  /** Seconds by the clock. */
  readonly seconds: number;
  /** CPU seconds of the server's process. */
  readonly cpu: number;
  /** Bytes that the server's memory grew by; only where that is measured. */
  readonly bytes?: number;
  /** Only where messages are sent at a fixed rate. */
  readonly latency?: Latency;
}

/** How much of everything. */
export interface Amount {
  /** Seconds that are measured, each time. */
  readonly seconds: number;
  /** What counts of connections are divided by. */
  readonly divisor: number;
  /** Messages per second, where that is found out before the row is measured. */
  readonly rate?: number;
}

export const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** This part of the measured time goes before it. */
export const WARM_UP = 0.25;

/** Watches a server for so many seconds, after it has warmed up under what it is doing; `count` tells how much was done so far. */
export async function watched(server: ServerProcess, seconds: number, count: () => number): Promise<Measurement> {
  await sleep(seconds * WARM_UP);
  const read = stopwatch(server, count);
  await sleep(seconds);
  return read();
}

/** Watches a server while it works; `count` tells how much was done so far. */
export function stopwatch(server: ServerProcess, count: () => number): () => Measurement {
  const [begun, countBefore, cpuBefore] = [performance.now(), count(), server.cpuSeconds()];
  return () => ({
    count: count() - countBefore,
    seconds: (performance.now() - begun) / 1000,
    cpu: server.cpuSeconds() - cpuBefore,
  });
}
