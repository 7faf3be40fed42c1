import { CASES } from "./cases.ts";

/** By a name that only Bun's own types know. */
const runner = "bun:test" as string;
const { test } = (await import(runner)) as { test(name: string, run: () => Promise<void>): void };

for (const [name, run] of Object.entries(CASES)) test(name, run);
