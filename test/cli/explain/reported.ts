import { Document } from "../../../src/cli/explain/document.ts";
import type { Question } from "../../../src/cli/explain/kind.ts";
import { markdown } from "../../../src/cli/explain/render/markdown.ts";
import { rendered } from "../../../src/cli/explain/render/text.ts";
import { type ExplainReport, reportOn } from "../../../src/cli/explain/report.ts";
import { Secrets } from "../../../src/cli/explain/secrets.ts";
import { described } from "../report-faults.ts";

/** One thing that is given to `onesocket explain`. */
export interface Exhibit {
  readonly name?: string;
  readonly content: string | Uint8Array;
  /** Whether others lie beside it. */
  readonly isFile?: boolean;
}

/** The report on some evidence, with its secrets hidden. */
export function reported(exhibits: readonly Exhibit[], question: Partial<Question> = {}): ExplainReport {
  const documents = exhibits.map(
    ({ name = "stdin", content, isFile = false }) => new Document(name, content, { isFile }),
  );
  const asked = { path: undefined, host: undefined, secure: undefined, secrets: new Secrets(), ...question };
  return described("explain", reportOn(documents, asked));
}

/** All that can be printed of it. */
export function printedForms(exhibits: readonly Exhibit[]): readonly string[] {
  const report = reported(exhibits);
  return [rendered(report), markdown(report), JSON.stringify(report)];
}
