import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reportFaults } from "../cli/report-faults.ts";
import { ROOT } from "./pages.ts";
import { SCHEMAS, schemaOf } from "./schemas.ts";

const FILES = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[];

describe.each(FILES)("docs/schemas/%s", (file) => {
  it("says what the report's types say; `npx vitest run test/docs/schemas.test.ts -u` makes it anew", async () => {
    const text = `${JSON.stringify(schemaOf(file), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(ROOT, "docs/schemas", file));
  });
});

describe("a report that its schema does not describe", () => {
  const report = {
    schema: 1,
    explanations: [],
    unknown: [{ source: "stdin", line: 1, text: "all is well" }],
    unknownLines: 1,
    unknownSources: ["stdin"],
    cutSources: [],
  };

  it.each([
    ["no fault", {}, []],
    ["a member too many", { more: 1 }, ["/ must NOT have additional properties: more"]],
    [
      "a member too many within",
      { unknown: [{ ...report.unknown[0], at: 1 }] },
      ["/unknown/0 must NOT have additional properties: at"],
    ],
    ["a member of another type", { unknownLines: "1" }, ["/unknownLines must be number"]],
    ["no number at all", { unknownLines: Number.NaN }, ["/unknownLines must be number"]],
    ["another version", { schema: 2 }, ["/schema must be equal to constant"]],
    ["a member that is undefined", { cutSources: undefined }, ["/ must have required property 'cutSources'"]],
  ])("is found by what is wrong with it: %s", (_, change, faults) => {
    expect(reportFaults("explain", { ...report, ...change })).toEqual(faults);
  });
});
