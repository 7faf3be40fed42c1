import { Buffer } from "node:buffer";
import { isCount, parseJson } from "../shared/brokers/json.ts";

/** Asks a room's processes for their sizes. */
export interface Question {
  readonly id: number;
  /** The channel that takes the answers. */
  readonly inbox: string;
}

/** What a process answers. */
export interface Answer {
  readonly id: number;
  readonly size: number;
}

export function encodeQuestion({ id, inbox }: Question): Buffer {
  return Buffer.from(JSON.stringify([id, inbox]));
}

/** The question that the bytes are; undefined for what is none. */
export function decodeQuestion(bytes: Uint8Array): Question | undefined {
  const question = parseJson(bytes);
  if (!Array.isArray(question)) return undefined;
  const [id, inbox] = question as unknown[];
  return isCount(id) && typeof inbox === "string" ? { id, inbox } : undefined;
}

export function encodeAnswer(answer: Answer): string {
  return JSON.stringify(answer);
}

/** The answer that the bytes are; undefined for what is none. */
export function decodeAnswer(bytes: Uint8Array): Answer | undefined {
  const answer = parseJson(bytes);
  if (typeof answer !== "object" || answer === null) return undefined;
  const { id, size } = answer as { readonly id?: unknown; readonly size?: unknown };
  return isCount(id) && isCount(size) ? { id, size } : undefined;
}
