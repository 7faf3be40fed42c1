import { FAILURES } from "../../core/contract/all-failures.ts";
import { DIAGNOSES, type DiagnosisCode } from "../../core/contract/diagnoses.ts";
import type { FailureCode } from "../../core/contract/failures.ts";
import { PROTOCOL_FAILURES, type ProtocolFailureCode } from "../../core/protocol/protocol-failures.ts";
import type { FindingReport, Hop, Level } from "./report.ts";

/** Any name that a failure can have. */
export type Code = DiagnosisCode | FailureCode | ProtocolFailureCode;

/** Something that is wrong. */
export interface Finding {
  readonly code: Code;
  readonly level: Level;
  /** What was seen of it, as a sentence without its full stop; "" for nothing more than the code says. */
  readonly detail: string;
  /** The server itself says so. */
  readonly named?: true;
  /** In place of the code's own fix, where more is known. */
  readonly fix?: string;
}

/** A failure. */
export function fail(code: Code, detail = ""): Finding {
  return { code, level: "fail", detail };
}

/** A fault that some clients stumble over. */
export function warn(code: Code, detail = ""): Finding {
  return { code, level: "warn", detail };
}

/** What is worth knowing, and no fault. */
export function advise(code: Code, detail = ""): Finding {
  return { code, level: "advice", detail };
}

/** A finding with its texts, which name the lines of no other proxy than the one that was recognised. */
export function describe({ code, level, detail, fix: known }: Finding, hop?: Hop): FindingReport {
  const [cause, usual] = textsOf(code);
  const fix = known ?? (hop && !hop.name.startsWith("nginx") ? usual.replace(/ \(nginx: [^)]*\)/, "") : usual);
  return { code, level, cause, fix, detail };
}

function textsOf(code: Code): readonly [cause: string, fix: string] {
  if (code in DIAGNOSES) return DIAGNOSES[code as DiagnosisCode];
  if (code in PROTOCOL_FAILURES) {
    const { cause, fix } = PROTOCOL_FAILURES[code as ProtocolFailureCode];
    return [cause, fix];
  }
  const [, cause, fix] = FAILURES[code as FailureCode];
  return [cause, fix];
}

/** Whether a text is the name of a failure of ours that a server may give. */
export function isServerCode(text: string): text is FailureCode {
  return Object.hasOwn(FAILURES, text);
}

/** Whether a text is the name of a failure of an open connection. */
export function isProtocolCode(text: string): text is ProtocolFailureCode {
  return Object.hasOwn(PROTOCOL_FAILURES, text);
}

const ORDER: Readonly<Record<Level, number>> = { fail: 0, warn: 1, advice: 2 };

/** Many servers do without: of several warnings these tell least. */
const LEAST: ReadonlySet<Code> = new Set(["PING_TIMEOUT", "CLOSE_UNANSWERED"]);

/** The gravest first, each code once, else in the order in which they were found. */
export function ranked(findings: readonly Finding[]): readonly Finding[] {
  const rank = ({ level, code }: Finding) => ORDER[level] * 2 + (LEAST.has(code) ? 1 : 0);
  const sorted = [...findings].sort((a, b) => rank(a) - rank(b));
  return sorted.filter(({ code }, index) => sorted.findIndex((other) => other.code === code) === index);
}
