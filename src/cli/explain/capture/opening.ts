import { isHttp2, isTls, looksLike } from "../../doctor/bytes.ts";
import { framesIn } from "../bytes/frame.ts";

/** What the first bytes of one side are, where they are no HTTP/1. */
export interface Opening {
  readonly kind: "hello" | "tls" | "alert" | "http2" | "frames" | "proxy" | "other";
  /** In a few words. */
  readonly what: string;
}

/** Looks at what a side begins with. */
export function opening(bytes: Buffer): Opening {
  const text = bytes.toString("latin1", 0, 64);
  if (isTls(bytes)) return tls(bytes);
  // A connection that was opened before goes on with application data.
  if (bytes[0] === 0x17 && bytes[1] === 3) return { kind: "tls", what: "TLS, under way" };
  if (text.startsWith("PRI * HTTP/2.0")) return { kind: "http2", what: "the preface of HTTP/2" };
  if (isHttp2(bytes)) return { kind: "http2", what: "HTTP/2" };
  if (/^PROXY (?:TCP|UNKNOWN)|^\r\n\r\n\0\r\nQUIT\n/.test(text))
    return { kind: "proxy", what: "a header of the PROXY protocol" };
  const frames = framesIn(bytes);
  if (frames?.sure) return { kind: "frames", what: "frames" };
  return { kind: "other", what: looksLike(bytes) };
}

const HANDSHAKES: Readonly<Record<number, string>> = { 1: "ClientHello", 2: "ServerHello" };

function tls(bytes: Buffer): Opening {
  if (bytes[0] === 0x15) return { kind: "alert", what: `a TLS alert${alertName(bytes[6])}` };
  const name = HANDSHAKES[bytes[5] ?? 0] ?? "handshake";
  const host = name === "ClientHello" ? serverName(bytes) : undefined;
  return {
    kind: name === "ClientHello" ? "hello" : "tls",
    what: `TLS ${name}${host === undefined ? "" : ` for ${host}`}`,
  };
}

/** RFC 8446 §6. */
const ALERTS: Readonly<Record<number, string>> = {
  0: "close_notify",
  10: "unexpected_message",
  40: "handshake_failure",
  42: "bad_certificate",
  46: "certificate_unknown",
  48: "unknown_ca",
  50: "decode_error",
  70: "protocol_version",
  80: "internal_error",
  112: "unrecognized_name",
  116: "certificate_required",
  120: "no_application_protocol",
};

function alertName(code: number | undefined): string {
  return code === undefined ? "" : `: ${ALERTS[code] ?? code}`;
}

/** The name in the extension server_name of a ClientHello (RFC 6066 §3); undefined for none, or what is cut. */
function serverName(bytes: Buffer): string | undefined {
  // Record 5, handshake 4, version 2, random 32.
  let at = 43;
  at += 1 + (bytes[at] ?? 0);
  at += 2 + half(bytes, at);
  at += 1 + (bytes[at] ?? 0);
  const end = at + 2 + half(bytes, at);
  for (at += 2; at + 4 <= Math.min(end, bytes.length); at += 4 + half(bytes, at + 2)) {
    if (half(bytes, at) !== 0) continue;
    const name = bytes.toString("latin1", at + 9, at + 9 + half(bytes, at + 7));
    return /^[\w.-]+$/.test(name) ? name : undefined;
  }
  return undefined;
}

function half(bytes: Buffer, at: number): number {
  return at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 0;
}
