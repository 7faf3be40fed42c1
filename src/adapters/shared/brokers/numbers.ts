const DEFAULTS: Record<"keptMessages" | "keptBytes" | "pingMs", number> = {
  keptMessages: 50_000,
  keptBytes: 1 << 24,
  pingMs: 2000,
};

/** The options that all brokers take as numbers. */
type BrokerNumbers = Readonly<typeof DEFAULTS>;

/** The numbers with their defaults. Throws a TypeError for one that is not whole, or less than 1. */
export function numbersOf(options: { readonly [Name in keyof BrokerNumbers]?: number | undefined }): BrokerNumbers {
  const numbers = { ...DEFAULTS };
  for (const name of ["keptMessages", "keptBytes", "pingMs"] as const) {
    const value = options[name] ?? DEFAULTS[name];
    if (!Number.isInteger(value) || value < 1)
      throw new TypeError(`${name} must be a whole number from 1 on, not ${value}`);
    numbers[name] = value;
  }
  return numbers;
}
