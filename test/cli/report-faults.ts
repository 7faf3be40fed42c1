import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { closed } from "../docs/schemas.ts";
import { ROOT } from "./command.ts";

const VALIDATORS = { doctor: validator("doctor"), explain: validator("explain") };

/** What a command's published schema finds wrong with a report of it, and members that it does not name. */
export function reportFaults(command: keyof typeof VALIDATORS, report: unknown): readonly string[] {
  const validate = VALIDATORS[command];
  if (validate(report)) return [];
  return validate.errors!.map(({ instancePath, message, params }) => {
    const { additionalProperty: name } = params;
    return `${instancePath || "/"} ${message}${name === undefined ? "" : `: ${name}`}`;
  });
}

/** The report, once its schema has found no fault in it. Throws an Error that lists them. */
export function described<Report>(command: keyof typeof VALIDATORS, report: Report): Report {
  const faults = reportFaults(command, report);
  if (faults.length === 0) return report;
  throw new Error(`docs/schemas/${command}-report.schema.json does not describe this report:\n${faults.join("\n")}`);
}

function validator(command: string): ValidateFunction {
  const path = join(ROOT, `docs/schemas/${command}-report.schema.json`);
  return new Ajv2020({ allErrors: true }).compile(closed(JSON.parse(readFileSync(path, "utf8"))));
}
