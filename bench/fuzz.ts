/**
 * Looks for inputs for which something does not hold, for as long as it is told to. A counterexample, shrunk, is kept in
 * test/fuzz/corpus, where the tests replay it.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { PROPERTIES, SLOW } from "../test/fuzz/properties.ts";
import { type AnyProperty, run } from "../test/fuzz/property.ts";

const HELP = `npm run fuzz -- [--seconds N] [--seed N] [--only TEXT] [--json] [--help]

  --seconds N   how long to look; default 30
  --seed N      where to begin, to see a run again; default random
  --only TEXT   only properties whose name has this in it
  --json        prints one JSON object at the end instead of lines

Ends with 1 when it found a counterexample, and keeps it in test/fuzz/corpus.`;

const corpus = `${import.meta.dirname}/../test/fuzz/corpus`;

function numberOf(text: string, name: string): number {
  const value = Number(text);
  if (text !== "" && Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} must be a whole number, not ${JSON.stringify(text)}`);
  process.exit(2);
}

function options(): { seconds: number; seed: number; only: string; json: boolean } {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "30" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
      only: { type: "string", default: "" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const { only, json } = values;
  return { seconds: numberOf(values.seconds, "seconds"), seed: numberOf(values.seed, "seed") % 2 ** 31, only, json };
}

interface Tally {
  runs: number;
  failures: { file: string; error: string }[];
}

/** One turn of each property, again and again, each turn with a seed of its own. */
async function fuzz(properties: readonly AnyProperty[], seed: number, until: number, say: (line: string) => void) {
  const tallies = new Map<string, Tally>();
  for (let turn = 0; Date.now() < until; turn++) {
    for (const property of properties) {
      const tally = tallies.get(property.name) ?? { runs: 0, failures: [] };
      tallies.set(property.name, tally);
      if (tally.failures.length > 0 || Date.now() >= until) continue;
      await turnOf(property, (seed + turn) % 2 ** 31, until, tally, say);
    }
    const total = [...tallies.values()].reduce((sum, { runs }) => sum + runs, 0);
    say(`turn ${turn}: ${total} inputs, ${Math.max(0, Math.round((until - Date.now()) / 1000))} s left`);
  }
  return tallies;
}

async function turnOf(property: AnyProperty, seed: number, until: number, tally: Tally, say: (line: string) => void) {
  const runs = SLOW.has(property) ? 200 : 5000;
  const { failure, runs: made } = await run(property, { seed, runs, ms: Math.max(1, until - Date.now()) });
  tally.runs += made;
  if (!failure) return;
  const slug = property.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 50);
  const file = `${slug}-${seed}.json`;
  writeFileSync(
    `${corpus}/${file}`,
    `${JSON.stringify({ property: property.name, seed, input: JSON.stringify(failure.input), error: failure.error }, null, 2)}\n`,
  );
  tally.failures.push({ file, error: failure.error });
  say(
    `FAILED: ${property.name}\n  ${failure.error}\n  ${JSON.stringify(failure.input)}\n  kept as test/fuzz/corpus/${file}`,
  );
}

const { seconds, seed, only, json } = options();
const properties = PROPERTIES.filter(({ name }) => name.includes(only));
if (properties.length === 0) {
  console.error(`no property has ${JSON.stringify(only)} in its name`);
  process.exit(2);
}
if (!json) console.log(`seed ${seed}, ${seconds} s, ${properties.length} properties`);
const tallies = await fuzz(properties, seed, Date.now() + seconds * 1000, json ? () => {} : console.log);
const results = Object.fromEntries(tallies);
const failed = [...tallies.values()].some(({ failures }) => failures.length > 0);
if (json) console.log(JSON.stringify({ seed, seconds, failed, properties: results }, null, 2));
else
  console.table(
    Object.fromEntries(
      [...tallies].map(([name, { runs, failures }]) => [name, { inputs: runs, failures: failures.length }]),
    ),
  );
process.exit(failed ? 1 : 0);
