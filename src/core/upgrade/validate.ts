import { type Failure, type FailureCode, failure } from "../contract/failures.ts";
import type { Limits } from "../contract/limits.ts";
import type { OriginRequest, Peer } from "../contract/origin.ts";
import { type OriginRules, originRejection } from "../contract/origin-check.ts";
import {
  type ExtensionOffer,
  type HeaderSource,
  hasToken,
  isHost,
  parseExtensions,
  parseSubprotocols,
} from "../protocol/headers.ts";

/** Which facts of a handshake a runtime shows; what it cannot show is not demanded. */
export interface HandshakeProfile {
  /** The method that opens a WebSocket. */
  readonly method: "GET" | "CONNECT";
  /** Of HTTP, where the runtime shows it. Node reads `HTTP/0.9` and `HTTP/2.0` too in a request line of HTTP/1. */
  readonly versions: readonly string[];
  /** What the log says of a GET with a handshake's headers, where that opens nothing. */
  readonly ofGet?: string;
  /** It came over a network: `Host` and `Sec-WebSocket-Version` are there to be checked. */
  readonly network: boolean;
  /** It came over HTTP/1: `Connection` and `Sec-WebSocket-Key` are, too. */
  readonly http1: boolean;
}

/** Of HTTP/1, that open WebSockets. */
const VERSIONS = ["1.1", "1.0"];

/** RFC 6455 §4.2.1: everything is there. */
export const HTTP1: HandshakeProfile = {
  method: "GET",
  versions: VERSIONS,
  network: true,
  http1: true,
};

/** RFC 8441 §5: `:protocol` in the place of Upgrade and Connection, no key. The adapter gives `:authority` as `host`. */
export const HTTP2: HandshakeProfile = {
  method: "CONNECT",
  versions: ["2.0"],
  // Such as a client or a proxy sends that turned HTTP/1.1 into HTTP/2 header by header.
  ofGet: "a handshake by GET over HTTP/2, which needs CONNECT with :protocol there (RFC 8441)",
  network: true,
  http1: false,
};

/** A Worker's own `fetch` to a Durable Object: only Upgrade is there. */
export const IN_PROCESS: HandshakeProfile = {
  method: "GET",
  versions: VERSIONS,
  network: false,
  http1: false,
};

/** What the validator sees of a request. */
export interface HandshakeRequest {
  readonly method: string;
  /** Absolute, as in `Request.url`: ASCII, so that its length is its bytes. */
  readonly url: string;
  readonly headers: HeaderSource;
  /** "1.0", "1.1" or "2.0", where the runtime shows it. */
  readonly httpVersion?: string | undefined;
  /** Undefined where the host can't be told of proxies. */
  readonly peer?: Peer | undefined;
  /** The `:protocol` of an extended CONNECT (RFC 8441 §4). */
  readonly protocolPseudo?: string | undefined;
}

/** What a definition asks of a handshake. */
export interface HandshakeRules extends OriginRules {
  /** Subprotocols, in the server's order of preference. Default: none. */
  readonly protocols?: readonly string[] | undefined;
  /** Refuse a client that offers none of them. Default false. */
  readonly requireProtocol?: boolean | undefined;
  /** Each header line counts with its colon, space and line end. */
  readonly limits: Pick<Limits, "urlBytes" | "headerBytes">;
  /** Refuse HTTP/1.0 rather than warn. Default false. */
  readonly strict?: boolean | undefined;
}

/** A handshake that may be answered with a 101. */
export interface Handshake {
  /** `Sec-WebSocket-Key`, or null where the profile has none. */
  readonly key: string | null;
  /** The server's first preference among the offered subprotocols, "" for none. */
  readonly protocol: string;
  readonly offered: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
  /** What is odd about it. */
  readonly warning: Failure | undefined;
}

/** Whether a request has any WebSocket header at all; without one, it was meant for something else. */
export function isHandshakeAttempt(headers: HeaderSource): boolean {
  if (hasToken(headers.get("upgrade"), "websocket")) return true;
  for (const [name] of headers) if (name.toLowerCase().startsWith("sec-websocket-")) return true;
  return false;
}

/** The profile of a request that reached a Worker or a Durable Object: over the network, or from other code. */
export function cloudflareProfile(headers: HeaderSource): HandshakeProfile {
  const network = ["host", "connection", "sec-websocket-key", "sec-websocket-version"];
  return network.some((name) => headers.get(name) !== null) ? HTTP1 : IN_PROCESS;
}

/**
 * Validates a handshake (RFC 6455 §4.2.1 and §4.2.2, RFC 8441 §5), or tells why it is none. The first check that fails answers, in
 * the same order on every runtime. Never throws, but for what a function in `rules.origins` throws.
 */
export function validateHandshake(
  request: HandshakeRequest,
  rules: HandshakeRules,
  profile: HandshakeProfile,
): Handshake | Failure {
  const { headers, httpVersion } = request;
  const early =
    requestFailure(request, rules, profile) ??
    upgradeFailure(request, profile) ??
    fieldFailure(headers, profile) ??
    sizeFailure(request, rules);
  if (early) return early;

  const subprotocols = headers.get("sec-websocket-protocol");
  const offered = parseSubprotocols(subprotocols);
  if (!offered) return found("SUBPROTOCOL_MALFORMED", subprotocols);
  const offers = headers.get("sec-websocket-extensions");
  const extensions = parseExtensions(offers);
  if (!extensions) return found("EXTENSION_MALFORMED", offers);

  const rejection = originFailure(rules, request);
  if (rejection) return rejection;
  const protocol = preferred(rules.protocols, offered);
  if (!protocol && rules.requireProtocol) return found("SUBPROTOCOL_NO_MATCH", offered.join(", "));

  const key = profile.http1 ? headers.get("sec-websocket-key") : null;
  return { key, protocol, offered, extensions, warning: httpVersion === "1.0" ? HTTP_1_0 : undefined };
}

const HTTP_1_0: Failure = { code: "HTTP_1_0" };

/** The server's first choice among what the client offered, or "". */
function preferred(protocols: readonly string[] | undefined, offered: readonly string[]): string {
  return protocols?.find((name) => offered.includes(name)) ?? "";
}

/** A failure whose detail is the value that was found, quoted. */
function found(code: FailureCode, value: string | null): Failure {
  return failure(code, value === null ? undefined : JSON.stringify(value));
}

/** Why a page may not connect, or undefined when it may. Throws what a function in `rules.origins` throws. */
export function originFailure(rules: OriginRules, request: OriginRequest): Failure | undefined {
  const rejection = originRejection(rules, request);
  return rejection === undefined ? undefined : failure("ORIGIN_REJECTED", rejection);
}

function requestFailure(
  { method, httpVersion, headers, protocolPseudo }: HandshakeRequest,
  rules: HandshakeRules,
  profile: HandshakeProfile,
): Failure | undefined {
  // Over HTTP/2 a GET is an ordinary request, and must not be told to be a GET.
  if (method !== profile.method) {
    if (method === "GET") return failure("NOT_A_HANDSHAKE", isHandshakeAttempt(headers) ? profile.ofGet : undefined);
    return found("METHOD_NOT_GET", method);
  }
  if (httpVersion !== undefined && !profile.versions.includes(httpVersion))
    return found("HTTP_VERSION_UNSUPPORTED", httpVersion);
  if (rules.strict && httpVersion === "1.0") return HTTP_1_0;
  if (protocolPseudo === undefined && !isHandshakeAttempt(headers)) return failure("NOT_A_HANDSHAKE");
  return undefined;
}

function upgradeFailure({ headers, protocolPseudo }: HandshakeRequest, profile: HandshakeProfile): Failure | undefined {
  const upgrade = protocolPseudo ?? headers.get("upgrade");
  if (upgrade === null) return failure("UPGRADE_STRIPPED");
  if (!hasToken(upgrade, "websocket")) return found("UPGRADE_NOT_WEBSOCKET", upgrade);
  const connection = headers.get("connection");
  if (profile.http1 && !hasToken(connection, "upgrade")) return found("CONNECTION_NO_UPGRADE", connection);
  return undefined;
}

/**
 * What is wrong with a Host that is there. RFC 9112 §3.2: 400 to any request "that contains more than one Host header field
 * line or a Host header field with an invalid field value". Some runtimes paste it before the path.
 */
export function hostFailure(headers: HeaderSource): Failure | undefined {
  const host = headers.get("host");
  if (!host || isHost(host)) return undefined;
  // Runtimes join several lines.
  return found(host.includes(",") ? "HOST_MISSING" : "HOST_INVALID", host);
}

function fieldFailure(headers: HeaderSource, { network, http1 }: HandshakeProfile): Failure | undefined {
  if (!network) return undefined;
  const host = headers.get("host");
  const invalid = host ? hostFailure(headers) : found("HOST_MISSING", host);
  if (invalid) return invalid;
  const version = headers.get("sec-websocket-version");
  if (version !== "13") return found("VERSION_UNSUPPORTED", version);
  return http1 ? keyFailure(headers.get("sec-websocket-key")) : undefined;
}

/** 16 bytes are 22 digits, and the last one has four bits to spare, which are zero in the canonical form. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

function keyFailure(key: string | null): Failure | undefined {
  if (!key) return failure("KEY_MISSING");
  if (key.includes(",")) return failure("KEY_DUPLICATE");
  return KEY.test(key) ? undefined : failure("KEY_INVALID");
}

function sizeFailure({ url, headers }: HandshakeRequest, { limits }: HandshakeRules): Failure | undefined {
  // What follows the handshake's headers would be read as frames.
  if (Number(headers.get("content-length")) !== 0 || headers.get("transfer-encoding") !== null) {
    return failure("BODY_PRESENT");
  }
  if (url.length > limits.urlBytes) return failure("URL_TOO_LONG", `${url.length} bytes`);
  let bytes = 0;
  headers.forEach((value, name) => {
    bytes += name.length + value.length + 4;
  });
  return bytes > limits.headerBytes ? failure("HEADERS_TOO_LARGE", `${bytes} bytes`) : undefined;
}
