/** How long messages took, from when they were due until they were back. All in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export interface Latency extends Percentiles {
  /** How late the load itself was in sending: 99 percent of messages left sooner after they were due. */
  readonly lag: number;
}

/** Sorts them in place. */
export function percentiles(values: Float64Array): Percentiles {
  values.sort();
  const at = (part: number) => values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
