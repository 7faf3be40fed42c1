import type { ProtocolFailureCode } from "./protocol-failures.ts";
import { decodeText, encodeText } from "./utf8.ts";

/** "No status code was present": reported for a Close without a payload, never sent (RFC 6455 §7.4.1). */
export const NO_STATUS = 1005;

/** "Closed abnormally": reported when the stream ended without a Close, never sent (RFC 6455 §7.4.1). */
export const ABNORMAL = 1006;

/** Whether a Close may carry the code, ours or a peer's: 1000–1003, 1007–1014 or 3000–4999 (RFC 6455 §7.4, IANA registry). */
export function isSendableCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/** Throws a TypeError unless a Close may carry the code and the reason (at most 123 bytes of UTF-8, RFC 6455 §5.5). */
export function checkClose(code: number, reason: string): void {
  if (!isSendableCode(code)) {
    throw new TypeError(`Close code ${code} must not be sent: use 1000–1003, 1007–1014 or 3000–4999.`);
  }
  const { length } = encodeText(reason);
  if (length > 123) throw new TypeError(`A close reason must be at most 123 bytes of UTF-8, not ${length}.`);
}

/** The payload of a Close: nothing for 1005, otherwise code and reason. Neither is checked. */
export function encodeClosePayload(code: number, reason = ""): Uint8Array<ArrayBuffer> {
  if (code === NO_STATUS) return new Uint8Array(0);
  const text = encodeText(reason);
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >> 8;
  payload[1] = code;
  payload.set(text, 2);
  return payload;
}

/** What a peer's Close says (1005 when it is empty), or the failure that its payload is (RFC 6455 §5.5.1). */
export function decodeClosePayload(payload: Uint8Array): { code: number; reason: string } | ProtocolFailureCode {
  if (payload.length === 0) return { code: NO_STATUS, reason: "" };
  // "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer"
  if (payload.length === 1) return "CLOSE_PAYLOAD_SHORT";
  const code = (payload[0]! << 8) | payload[1]!;
  if (!isSendableCode(code)) return "CLOSE_CODE_INVALID";
  const reason = decodeText(payload.subarray(2));
  return reason === undefined ? "INVALID_UTF8" : { code, reason };
}
