/** What all brokers take by numbers. */
interface Kept {
  readonly keptMessages?: number | undefined;
  readonly keptBytes?: number | undefined;
  readonly pingMs?: number | undefined;
}

/** Throws a TypeError for a number that is not whole, or less than 1. */
export function checkKept(options: Kept): void {
  for (const name of ["keptMessages", "keptBytes", "pingMs"] as const) {
    const value = options[name] ?? 1;
    if (!Number.isInteger(value) || value < 1)
      throw new TypeError(`${name} must be a whole number from 1 on, not ${value}`);
  }
}
