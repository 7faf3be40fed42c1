import { FAILURES } from "../../core/contract/all-failures.ts";
import { DIAGNOSES, type DiagnosisCode } from "../../core/contract/diagnoses.ts";
import type { FailureCode } from "../../core/contract/failures.ts";
import { FAILURE_CLOSE, PROTOCOL_FAILURES, type ProtocolFailureCode } from "../../core/protocol/protocol-failures.ts";
import type { Code } from "../doctor/finding.ts";
import { SNIPPETS } from "./snippets.ts";

export type { Code };

/** What a code stands for. */
export interface Meaning {
  readonly code: Code;
  readonly cause: string;
  readonly fix: string;
  /** The HTTP status that the handshake is answered with. */
  readonly status?: number;
  /** The code that the connection closes with. */
  readonly close?: number;
  /** Lines to paste. */
  readonly snippet?: string;
}

/** What a code of ours stands for; undefined when it is none. */
export function meaningOf(code: string): Meaning | undefined {
  const found = handshakeMeaning(code) ?? sessionMeaning(code) ?? diagnosis(code);
  const snippet = SNIPPETS[code as Code];
  return found && { code: code as Code, ...found, ...(snippet !== undefined && { snippet }) };
}

function handshakeMeaning(code: string): Omit<Meaning, "code"> | undefined {
  if (!Object.hasOwn(FAILURES, code)) return undefined;
  const [status, cause, fix] = FAILURES[code as FailureCode];
  return { cause, fix, status };
}

function sessionMeaning(code: string): Omit<Meaning, "code"> | undefined {
  if (!Object.hasOwn(PROTOCOL_FAILURES, code)) return undefined;
  const close = FAILURE_CLOSE[code as ProtocolFailureCode];
  return { ...PROTOCOL_FAILURES[code as ProtocolFailureCode], close };
}

function diagnosis(code: string): Omit<Meaning, "code"> | undefined {
  if (!Object.hasOwn(DIAGNOSES, code)) return undefined;
  const [cause, fix] = DIAGNOSES[code as DiagnosisCode];
  return { cause, fix };
}
