import { causes } from "./causes.ts";
import { scenario } from "./scenario.ts";

/** For Node, Bun and Deno: the places of the scenario, or the causes to ask for, are the argument; what came is printed. */
const { Deno } = globalThis as { Deno?: { args: string[] } };
const given = JSON.parse((Deno?.args ?? process.argv.slice(2))[0]!);
console.log(JSON.stringify(await (Array.isArray(given) ? causes(given) : scenario(given))));
process.exit();
