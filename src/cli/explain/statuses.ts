import type { Code } from "./meaning.ts";

/** What an answer's status points at, the likeliest first: the client is taken for a sound one behind a proxy. */
const CODES: Readonly<Record<number, readonly Code[]>> = {
  101: ["RESPONSE_UPGRADE_BAD", "RESPONSE_CONNECTION_BAD"],
  200: ["HTML_FALLBACK"],
  400: ["CONNECTION_NO_UPGRADE", "SUBPROTOCOL_NO_MATCH", "SUBPROTOCOL_MALFORMED", "BODY_PRESENT", "PLAIN_TO_TLS_PORT"],
  401: ["AUTH_REQUIRED"],
  403: ["ORIGIN_REJECTED", "FORBIDDEN"],
  404: ["UNHANDLED_UPGRADE", "NO_ROUTE"],
  405: ["METHOD_NOT_GET"],
  408: ["RESPONSE_TIMEOUT"],
  414: ["URL_TOO_LONG"],
  426: ["UPGRADE_STRIPPED", "HTTP_1_0", "UPGRADE_NOT_FORWARDED", "VERSION_UNSUPPORTED"],
  431: ["HEADERS_TOO_LARGE"],
  500: ["HANDLER_ERROR", "UPGRADE_RESULT", "RUNTIME_REFUSED", "NO_HOST", "ROOMS_UNMAPPED"],
  502: ["TCP_REFUSED", "CLOSED_BEFORE_RESPONSE"],
  503: ["OVERLOADED", "DRAINING", "ROOM_FULL", "HANDSHAKE_TIMEOUT"],
  504: ["RESPONSE_TIMEOUT", "TCP_TIMEOUT"],
  520: ["CLOSED_BEFORE_RESPONSE", "NOT_HTTP"],
  521: ["TCP_REFUSED"],
  522: ["TCP_TIMEOUT"],
  523: ["TCP_TIMEOUT", "DNS_FAILED"],
  524: ["RESPONSE_TIMEOUT"],
  525: ["TLS_FAILED"],
  526: ["CERT_INVALID"],
};

const NAMED = "The answer's header onesocket-failure and its body name the code, when the server is onesocket's.";

const NOTES: Readonly<Record<number, string>> = {
  401: "A browser's WebSocket sends cookies, and no Authorization header.",
  407: "A proxy between the client and the server wants credentials.",
  429: "The server, or something in front of it, limits how often a client may connect.",
  502: "A gateway answered: its server is down, or ended the connection. See the gateway's log.",
  504: "A gateway answered: its server did not. See the gateway's log.",
};

/** Cloudflare's own statuses: what is wrong is between it and the server. */
const CLOUDFLARE =
  "Cloudflare answered: what is wrong lies between it and your server. See whether that answers Cloudflare's addresses.";

/** The codes that a status points at; any refusal is `STATUS_NOT_101` too. */
export function codesOfStatus(status: number): readonly Code[] {
  if (status === 101) return CODES[101]!;
  if (status >= 300 && status < 400) return ["REDIRECTED"];
  return [...(CODES[status] ?? []), "STATUS_NOT_101"];
}

/** What else a status tells. */
export function noteOfStatus(status: number): string | undefined {
  if (status >= 520 && status <= 526) return CLOUDFLARE;
  return NOTES[status] ?? (status >= 400 ? NAMED : undefined);
}
