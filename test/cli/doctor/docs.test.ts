import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DOCTOR_USAGE } from "../../../src/cli/doctor/options.ts";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";
import { DIAGNOSES } from "../../../src/core/contract/diagnoses.ts";
import { PROTOCOL_FAILURES } from "../../../src/core/protocol/protocol-failures.ts";
import { ROOT } from "../../docs/pages.ts";

const PAGE = readFileSync(join(ROOT, "docs/doctor.md"), "utf8");

describe("docs/doctor.md", () => {
  it("has the usage as the command prints it", () => {
    expect(PAGE).toContain(DOCTOR_USAGE);
  });
});

describe.each(Object.entries(DIAGNOSES))("%s", (code, texts) => {
  it("has a cause and a fix that are sentences on one line", () => {
    for (const sentence of texts) expect(sentence).toMatch(/^([A-Z]|wss?:)[ -~§]{5,160}\.$/);
  });

  it("is the name of no other failure", () => {
    expect(code in FAILURES || code in PROTOCOL_FAILURES).toBe(false);
  });
});
