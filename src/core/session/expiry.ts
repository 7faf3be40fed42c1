import type { Owner } from "./owner.ts";

/** What a socket is closed with whose decision was good until now. 3000 is registered for unauthorized. */
const EXPIRED = { code: 3000, reason: "expired", wasClean: true } as const;

/** A timer of 2^31 ms fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Closes a socket when the time is up that its decision gave it. */
export class Expiry {
  readonly #socket: Owner;
  readonly #until: number;
  #cancel: (() => void) | undefined;

  constructor(socket: Owner, until: number) {
    this.#socket = socket;
    this.#until = until;
  }

  /** By a timer. Not where it would keep a socket awake that can hibernate. */
  watch(): void {
    const left = this.#until - this.#socket.platform.now();
    this.#cancel = this.#socket.platform.after(Math.min(Math.max(left, 1), LONGEST_MS), () => {
      if (!this.check()) this.watch();
    });
  }

  /** Whether the time is up; then the socket is closed. What had arrived before is handed out. */
  check(): boolean {
    const isOver = this.#until <= this.#socket.platform.now();
    if (isOver) this.#socket.move("DISMISS", EXPIRED);
    return isOver;
  }

  end(): void {
    this.#cancel?.();
  }
}

/** The time in milliseconds since 1970. Throws a RangeError for what is none. */
export function timeOf(until: number | { getTime(): number }): number {
  const time = typeof until === "object" ? until?.getTime?.() : until;
  if (typeof time === "number" && Number.isFinite(time)) return time;
  throw new RangeError("until is a Date, or milliseconds since 1970");
}
