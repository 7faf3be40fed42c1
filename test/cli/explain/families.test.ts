import { describe, expect, it } from "vitest";
import { explainText } from "../../../src/cli/explain/recognise.ts";
import { APPLICATIONS } from "./applications.ts";
import { FAMILIES } from "./families.ts";
import { PLATFORMS } from "./platforms.ts";

function codesOf(line: string): readonly string[] {
  return explainText(line).flatMap(({ causes }) => causes.map(({ code }) => code));
}

describe.each(Object.entries({ ...FAMILIES, ...PLATFORMS, ...APPLICATIONS }))(
  "what %s print",
  (_, { lines, unlike }) => {
    it.each(lines)("%s: %s", (code, line) => {
      const found = explainText(line);
      expect(found.map(({ kind }) => kind)).not.toEqual([]);
      if (code !== "") expect(codesOf(line)).toContain(code);
    });

    it.each(unlike)("is not taken for what it looks like: %s", (line, ...codes) => {
      expect(codesOf(line).filter((code) => codes.includes(code))).toEqual([]);
    });
  },
);
