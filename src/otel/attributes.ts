import type { Attributes } from "@opentelemetry/api";
import type { HandshakeSeen, SocketEvent } from "../core/contract/observer.ts";

/** A socket's end. */
export type Closed = Extract<SocketEvent, { readonly type: "closed" }>;

/** How a handshake ended, and what is known of it. */
export interface HandshakeEnd {
  readonly definition: string;
  readonly status: number;
  /** The code of a failure; undefined where there was none, or an app answered by itself. */
  readonly code: string | undefined;
  /** The negotiated subprotocol, or "". */
  readonly protocol: string;
  readonly handshake: Partial<HandshakeSeen>;
}

/**
 * Of a handshake. What a client may choose freely is left out: each value would be a series of its own. A subprotocol and a
 * route are the program's words. Names are those of OpenTelemetry's conventions for HTTP; there are none for WebSocket yet.
 */
export function handshakeAttributes({ definition, status, code, protocol, handshake }: HandshakeEnd): Attributes {
  const { route, httpVersion } = handshake;
  return {
    "onesocket.definition": definition,
    "http.response.status_code": status,
    ...(route !== undefined && { "http.route": route }),
    ...(httpVersion !== undefined && { "network.protocol.version": httpVersion === "2.0" ? "2" : httpVersion }),
    ...(protocol && { "onesocket.subprotocol": protocol }),
    ...errorType(status, code),
  };
}

/** `error.type`: the failure's code, or an app's own status as a string, as HTTP's conventions have it. */
function errorType(status: number, code: string | undefined): Attributes {
  const type = code ?? (status >= 400 ? String(status) : undefined);
  return type === undefined ? {} : { "error.type": type };
}

/** Of a socket's end. */
export function closeAttributes({ definition, code, by }: Closed): Attributes {
  return {
    "onesocket.definition": definition,
    "onesocket.close.code": boundedCode(code, by),
    "onesocket.close.by": by,
  };
}

/** A client may close with any of two thousand codes, which are told by their range. */
function boundedCode(code: number, by: Closed["by"]): string {
  if (by !== "client" || code < 3000) return String(code);
  return code < 4000 ? "3000-3999" : "4000-4999";
}
