import { test } from "node:test";
import { CASES } from "./cases.ts";

for (const [name, run] of Object.entries(CASES)) test(name, run);
