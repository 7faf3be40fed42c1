import { CASES } from "./cases.ts";

declare const Deno: { test(name: string, run: () => Promise<void>): void };

for (const [name, run] of Object.entries(CASES)) Deno.test(name, run);
