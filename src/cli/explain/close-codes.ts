import { FAILURE_CLOSE } from "../../core/protocol/protocol-failures.ts";
import type { Code } from "./meaning.ts";

/** What a close code says (RFC 6455 §7.4.1 and the IANA registry), as a sentence. */
const SAYS: Readonly<Record<number, string>> = {
  1000: "Normal closure: the purpose is fulfilled.",
  1001: "Going away: a server that stops, or a page that was left.",
  1002: "Protocol error: a frame broke RFC 6455.",
  1003: "Unsupported data: the endpoint does not take this type of message, such as binary.",
  1005: "No code: the Close frame was empty. It is never sent, only reported.",
  1006: "Abnormal closure: no Close frame came. It is never sent, only reported.",
  1007: "Invalid payload: a text was not UTF-8, or compressed data was corrupt.",
  1008: "Policy violation: a rule of the endpoint was broken.",
  1009: "Message too big.",
  1010: "Mandatory extension: the client needs an extension that the server did not agree to.",
  1011: "Internal error: the endpoint failed.",
  1012: "Service restart.",
  1013: "Try again later.",
  1014: "Bad gateway: a proxy got no valid answer from its server.",
  1015: "TLS handshake failed. It is never sent, only reported.",
  3000: "Unauthorized.",
  3003: "Forbidden.",
  3008: "Timeout.",
};

/** Codes whose cause lies outside of the session too. */
const MORE: Readonly<Record<number, readonly Code[]>> = {
  1011: ["CLOSED_BY_SERVER"],
  1006: ["STATUS_NOT_101", "TCP_REFUSED", "CLOSED_BEFORE_RESPONSE", "IDLE_CUT"],
  1014: ["CLOSED_BEFORE_RESPONSE"],
  1015: ["CERT_INVALID"],
};

const NOTES: Readonly<Record<number, string>> = {
  1011:
    "Most servers send it when their own code threw; Python's websockets also when its Pings stay unanswered (`keepalive ping timeout`), " +
    "and @fastify/http-proxy when the server behind it refused.",
  1006:
    "Browsers and Node's own client tell a script 1006, without a message, for every handshake that fails. If it was never open, " +
    "it is the handshake. If it was, see how long: near 60 or 100 seconds of silence a proxy cut it.",
};

/** What a close code says; "" for one that no endpoint can report. */
export function closeSays(code: number): string {
  return SAYS[code] ?? rangeSays(code);
}

function rangeSays(code: number): string {
  if (code >= 4000) return "A code of the application's own: its author knows what it stands for (refuse(), close()).";
  if (code >= 3000) return "A code that a library or framework registered with IANA.";
  return "A code that is reserved: nothing should send it.";
}

/** The codes of ours that close with it. */
export function codesOfClose(code: number): readonly Code[] {
  const ours = Object.entries(FAILURE_CLOSE).filter(([, close]) => close === code);
  return [...(MORE[code] ?? []), ...ours.map(([name]) => name as Code)];
}

/** What else a close code tells. */
export function noteOfClose(code: number): string | undefined {
  return NOTES[code];
}
