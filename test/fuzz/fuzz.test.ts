import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PROPERTIES, SLOW } from "./properties.ts";
import { type Property, run } from "./property.ts";

/** A counterexample of the past, as `npm run fuzz` keeps it. */
interface Kept {
  readonly property: string;
  /** As JSON, so that the file's own form is one that no formatter changes. */
  readonly input: string;
}

const corpus = `${import.meta.dirname}/corpus`;
const kept = readdirSync(corpus).filter((name) => name.endsWith(".json"));

describe("for any input", () => {
  it.each(PROPERTIES.map((property) => [property.name, property] as const))("%s", async (_, property) => {
    const { failure } = await run(property, { seed: 6455, runs: SLOW.has(property) ? 60 : 2000 });
    expect(failure).toBeUndefined();
  });
});

describe("for inputs that once were counterexamples", () => {
  it("they hold still", async () => {
    for (const file of kept) {
      const { property, input } = JSON.parse(readFileSync(`${corpus}/${file}`, "utf8")) as Kept;
      const found = PROPERTIES.find(({ name }) => name === property) as unknown as Property<unknown> | undefined;
      expect(found, `${file}: no property is called ${property}`).toBeDefined();
      await found!.holds(JSON.parse(input));
    }
  });
});
