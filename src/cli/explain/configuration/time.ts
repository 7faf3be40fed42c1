import { lookup } from "./lookup.ts";

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
};

/**
 * A time as configurations write it, such as `60`, `1m 30s` or `500ms`, in milliseconds; undefined for what is none.
 * @param unit what a bare number counts
 */
export function milliseconds(text: string, unit: "ms" | "s"): number | undefined {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*([a-zA-Z]*)/g)];
  if (
    parts.length === 0 ||
    parts
      .map(([part]) => part)
      .join("")
      .replace(/\s/g, "") !== text.replace(/\s/g, "")
  )
    return undefined;
  const values = parts.map(([, digits, name]) => Number(digits) * (lookup(UNITS, name || unit) ?? Number.NaN));
  const sum = values.reduce((total, value) => total + value, 0);
  return Number.isNaN(sum) ? undefined : sum;
}

/** A time as people read it. */
export function shownTime(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  return ms < 120_000
    ? `${ms / 1000} s`
    : ms < 7_200_000
      ? `${rounded(ms / 60_000)} min`
      : `${rounded(ms / 3_600_000)} h`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
