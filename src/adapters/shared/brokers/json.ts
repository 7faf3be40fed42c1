import { decodeText } from "../../../core/protocol/utf8.ts";

/** The JSON that bytes are; undefined where they are none: anybody may publish in an engine. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(bytes) ?? "");
  } catch {
    return undefined;
  }
}

/** Whether a value is a whole number from 0 on. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
