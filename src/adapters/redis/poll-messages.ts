import { Buffer } from "node:buffer";
import { decodeText } from "../../core/protocol/utf8.ts";

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

/** The question that the bytes are, or undefined: anybody may publish in Redis. */
export function decodeQuestion(bytes: Uint8Array): Question | undefined {
  const question = parse(bytes);
  if (!Array.isArray(question)) return undefined;
  const [id, inbox] = question as unknown[];
  return isCount(id) && typeof inbox === "string" ? { id, inbox } : undefined;
}

export function encodeAnswer(answer: Answer): string {
  return JSON.stringify(answer);
}

/** The answer that the bytes are, or undefined. */
export function decodeAnswer(bytes: Uint8Array): Answer | undefined {
  const answer = parse(bytes);
  if (typeof answer !== "object" || answer === null) return undefined;
  const { id, size } = answer as { readonly id?: unknown; readonly size?: unknown };
  return isCount(id) && isCount(size) ? { id, size } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(bytes) ?? "");
  } catch {
    return undefined;
  }
}
