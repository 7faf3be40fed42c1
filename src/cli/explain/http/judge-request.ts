import { DEFAULT_LIMITS } from "../../../core/contract/limits.ts";
import type { ExtensionOffer } from "../../../core/protocol/headers.ts";
import { hasToken } from "../../../core/protocol/headers.ts";
import { HTTP1, HTTP2, isHandshakeAttempt, validateHandshake } from "../../../core/upgrade/validate.ts";
import type { Seen } from "../explanation.ts";
import { FieldLines, headerValue, pathOf, type RequestHead } from "./request-head.ts";

/** What a server makes of a request. */
export interface RequestVerdict {
  /** Whether it is meant to open a WebSocket at all. */
  readonly isAttempt: boolean;
  /** Why it is not a valid handshake, and what is odd about a valid one. */
  readonly codes: readonly Seen[];
  /** What the client offers, if it is valid. */
  readonly handshake: Offered | undefined;
}

/** What a valid handshake asks for. */
export interface Offered {
  readonly key: string | null;
  readonly protocols: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
}

/** Judges a request by the validator of all our servers. Origins are left to the server. */
export function judgeRequest(request: RequestHead): RequestVerdict {
  const headers = new FieldLines(withHost(request));
  const protocolPseudo = headerValue(request, ":protocol") ?? undefined;
  const isAttempt = protocolPseudo !== undefined || isHandshakeAttempt(headers);
  const overHttp2 = request.version?.startsWith("2") === true;
  if (overHttp2 && request.method === "GET" && isAttempt)
    return { isAttempt, codes: [HTTP2_GET], handshake: undefined };
  const checked = validateHandshake(
    {
      method: request.method,
      url: `http://host${pathOf(request)}`,
      headers,
      httpVersion: request.version === "2" ? "2.0" : request.version,
      protocolPseudo,
    },
    { limits: DEFAULT_LIMITS, origins: "*" },
    overHttp2 ? HTTP2 : HTTP1,
  );
  if ("code" in checked) {
    const { code, detail } = checked;
    return { isAttempt, codes: [{ code, detail: detail ?? "" }], handshake: undefined };
  }
  const { key, offered, extensions, warning } = checked;
  const codes: Seen[] = warning ? [{ code: warning.code, level: "warn" }] : [];
  return { isAttempt, codes, handshake: { key, protocols: offered, extensions } };
}

/** HTTP/2 has `:authority` in the place of Host. */
function withHost(request: RequestHead): Pick<RequestHead, "headers"> {
  const authority = headerValue(request, ":authority");
  if (authority === null || headerValue(request, "host") !== null) return request;
  return { headers: [...request.headers, { name: "host", value: authority }] };
}

const HTTP2_GET: Seen = {
  code: "NOT_A_HANDSHAKE",
  detail: "it is a GET over HTTP/2, which has no Upgrade: its headers for that are dropped",
  fix: "Send it over HTTP/1.1 (curl: --http1.1), or as an extended CONNECT (RFC 8441).",
};

/** What some servers stumble over in a valid handshake, as a sentence; undefined for nothing. */
export function oddityOf(request: RequestHead, wasSwitched: boolean): string | undefined {
  if (hasToken(headerValue(request, "connection"), "close")) {
    return "Connection also lists close: Swoole answers 101 to that, and ends the connection.";
  }
  if (wasSwitched) return undefined;
  const origin = headerValue(request, "origin");
  const host = headerValue(request, "host") ?? headerValue(request, ":authority");
  const url = origin === null ? null : URL.parse(origin);
  if (!url || !host || url.host === URL.parse(`${url.protocol}//${host}`)?.host) return undefined;
  return `Its Origin ${JSON.stringify(origin)} is not of the Host ${JSON.stringify(host)}: servers that compare the two refuse it with 403.`;
}
