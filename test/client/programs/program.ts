import { scenario } from "./scenario.ts";

/** For Node, Bun and Deno: the places are the argument, what came is printed. */
const { Deno } = globalThis as { Deno?: { args: string[] } };
const [places = ""] = Deno?.args ?? process.argv.slice(2);
console.log(JSON.stringify(await scenario(JSON.parse(places))));
process.exit();
