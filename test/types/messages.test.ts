import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** What the compiler says of each line that is wrong: from the first word to the last. */
const METHODS: Readonly<Record<number, string>> = {
  7: `Argument of type '"sad"' is not assignable to parameter of type '"left" | "said"'.`,
  8: "'txt' does not exist in type '{ who: string; text: string; }'. Did you mean to write 'text'?",
  9: "Expected 2-3 arguments, but got 1.",
  10: "Property 'txt' does not exist on type '{ text: string; }'.",
  11: `is not assignable to type '{ text: string; } & "params is a schema, of zod, valibot, arktype or type<…>()"'.`,
  12: "Type '(_socket: unknown, said: string) => string' is not assignable to type 'MethodRule<",
  13: "'handler' does not exist in type 'MethodRule<",
  14: "'concurent' does not exist in type 'MethodRule<",
  15: "Type 'string' is not assignable to type 'Schema<unknown, unknown>'.",
  16: "'params' is of type 'unknown'.",
  22: "Property 'nme' does not exist on type '{ readonly name: string; }'.",
  23: `Type 'Date' is not assignable to type '"not JSON: keep a Date as its getTime() or toISOString()"'.`,
  24: "Type 'Promise<string>' is not assignable to type '\"not JSON: state is plain data, without methods, Map, Set, bytes or symbols\"'.",
  25: "'name' does not exist in type '(state: { readonly name: string; }) => unknown'.",
  26: "'presense' does not exist in type",
  19: "Argument of type 'string' is not assignable to parameter of type '{ who: string; text: string; }'.",
};

/** The same of clients. */
const CLIENTS: Readonly<Record<number, string>> = {
  12: `Argument of type '"sya"' is not assignable to parameter of type '"leave" | "say"'.`,
  13: `Argument of type '"sya"' is not assignable to parameter of type '"leave" | "say"'.`,
  14: `Argument of type '"sad"' is not assignable to parameter of type '"left" | "said"'.`,
  15: "'txt' does not exist in type '{ text: string; }'. Did you mean to write 'text'?",
  16: "Property 'toFixed' does not exist on type 'string'.",
  18: `Argument of type '"sya"' is not assignable to parameter of type '"leave" | "say"'.`,
  19: `Argument of type '"sad"' is not assignable to parameter of type '"left" | "said"'.`,
};

/** The same of states and hosts. */
const STATES: Readonly<Record<number, string>> = {
  4: `Type 'Date' is not assignable to type '"not JSON: keep a Date as its getTime() or toISOString()"'.`,
  5: `Type 'Map<string, number>' is not assignable to type '"not JSON: state is plain data, without methods, Map, Set, bytes or symbols"'.`,
  6: "Cannot assign to 'n' because it is a read-only property.",
  7: "Property 'push' does not exist on type 'readonly string[]'.",
  8: "'onMessage' does not exist in type",
  11: "Expected 2 arguments, but got 1.",
  12: "Property 'env' is missing in type '{ port: number; }' but required in type",
};

/** What the compiler reports of the programs, by file and line. */
function reported(): ReadonlyMap<string, string> {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const args = [tsc, "--noEmit", "--pretty", "false", "-p", join(ROOT, "test/fixtures/mistakes")];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  // The indented lines belong to the one before them.
  const reports = stdout.trimEnd().split(/\n(?! )/);
  return new Map(reports.map((report) => [/(\w+\.ts\(\d+),/.exec(report)?.[1] ?? "", report]));
}

it("has the compiler say of a mistake what is wrong, in words that one understands", () => {
  const reports = reported();
  const words = Object.entries({ client: CLIENTS, mistakes: STATES, methods: METHODS }).flatMap(([file, lines]) =>
    Object.entries(lines).map(([line, text]) => [`${file}.ts(${line}`, text] as const),
  );
  expect([...reports.keys()].toSorted()).toEqual(words.map(([place]) => place).toSorted());
  for (const [place, text] of words) expect(reports.get(place)).toContain(text);
});
