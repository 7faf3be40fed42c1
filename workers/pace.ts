/** Milliseconds that a message costs: as many may be sent, on the long run. */
const EACH_MS = 300;
/** How many may be sent at once. */
const BURST = 30;
/** How many times as much is no haste any more. */
const FLOOD = 4;

/** A sender's pace. One number, so that it fits into a socket's state and is there after hibernation. */
export interface Pace {
  /** Until when what was sent is paid for, in milliseconds since the epoch. */
  readonly paidUntil: number;
  readonly verdict: "fine" | "too fast" | "flood";
}

/** The pace after one more message (the generic cell rate algorithm of ITU-T I.371). What is too fast is charged, too. */
export function pace(paidUntil: number, now: number): Pace {
  const next = Math.max(paidUntil, now) + EACH_MS;
  const ahead = (next - now) / (BURST * EACH_MS);
  return { paidUntil: next, verdict: ahead <= 1 ? "fine" : ahead <= FLOOD ? "too fast" : "flood" };
}
