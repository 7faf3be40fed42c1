import { DEFAULT_LIMITS } from "../../../core/contract/limits.ts";
import { isToken } from "../../../core/protocol/headers.ts";
import { HTTP1, validateHandshake } from "../../../core/upgrade/validate.ts";
import type { Finding } from "../explanation.ts";
import { frameFinding } from "./frame.ts";

/** What bytes may be: each looks at them, and at the same as Latin-1 text. */
const LOOKS: readonly ((bytes: Uint8Array, text: string) => Finding | undefined)[] = [
  tls,
  http2,
  proxyHeader,
  request,
  response,
  otherText,
  frameFinding,
];

/** What the first bytes of a connection are; undefined when nothing fits. */
export function bytesFinding(bytes: Uint8Array): Finding | undefined {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  for (const look of LOOKS) {
    const found = look(bytes, text);
    if (found) return found;
  }
  return undefined;
}

function finding(what: string, codes: Finding["codes"], note?: string): Finding {
  return { kind: "bytes", what, codes, note };
}

/** A TLS record (RFC 8446 §5.1): its type, then version 3.x. */
function tls(bytes: Uint8Array): Finding | undefined {
  const [type, major, , , , message, description] = bytes;
  if (major !== 3 || type === undefined || type < 20 || type > 23) return undefined;
  if (type === 21) {
    const what = `A TLS alert${description === undefined ? "" : ` (${description})`}: one side of a TLS handshake gave up.`;
    return finding(what, ["PLAIN_TO_TLS_PORT", "CERT_INVALID"]);
  }
  if (type === 22 && message === 2) return finding("A TLS ServerHello: this port speaks TLS.", ["PLAIN_TO_TLS_PORT"]);
  return finding("TLS (a ClientHello, when it comes first): a client used wss: on a port that speaks no TLS.", [
    "TLS_TO_PLAIN_PORT",
    "DATA_BEFORE_HANDSHAKE",
  ]);
}

/** The client's preface (RFC 9113 §3.4), or a server's SETTINGS frame of stream 0. */
function http2(bytes: Uint8Array, text: string): Finding | undefined {
  if (text.startsWith("PRI * HTTP/2.0")) {
    return finding("The preface of HTTP/2: a client or proxy speaks HTTP/2 without asking.", ["DATA_BEFORE_HANDSHAKE"]);
  }
  const [length, , , type, , ...stream] = bytes;
  const isSettings = length === 0 && type === 4 && stream.length >= 4 && stream.slice(0, 4).every((byte) => byte === 0);
  return isSettings ? finding("An HTTP/2 SETTINGS frame: this port speaks HTTP/2 only.", ["HTTP2_ONLY"]) : undefined;
}

const PROXY_V2 = "\r\n\r\n\0\r\nQUIT\n";

/** The PROXY protocol, versions 1 and 2, which a load balancer puts before all else. */
function proxyHeader(bytes: Uint8Array, text: string): Finding | undefined {
  const from = text.startsWith(PROXY_V2) ? v2(bytes) : /^PROXY (?:TCP[46] (\S+)|UNKNOWN)/.exec(text)?.[1];
  if (from === undefined && !/^PROXY (?:TCP|UNKNOWN)/.test(text)) return undefined;
  const note =
    "Turn it off where it is sent (HAProxy: send-proxy; nginx: proxy_protocol on), or put in front what reads it.";
  return finding(
    `A header of the PROXY protocol${from ? `, for the client ${from}` : ""}.`,
    ["DATA_BEFORE_HANDSHAKE"],
    note,
  );
}

/** The source's address, where it is one of IPv4. */
function v2(bytes: Uint8Array): string {
  return bytes[13] === 0x11 && bytes.length >= 20 ? bytes.subarray(16, 20).join(".") : "";
}

const REQUEST = /^([A-Z]{3,10}) (\S+) HTTP\/(\d\.\d)\r?\n/;

function request(_: Uint8Array, text: string): Finding | undefined {
  const [line, method = "", path = "", version = ""] = REQUEST.exec(text) ?? [];
  if (line === undefined) {
    return /^(GET|POST|PUT|HEAD|OPTIONS|CONNECT) /.test(text)
      ? finding(`The beginning of an HTTP request: ${quoted(text)}.`, [])
      : undefined;
  }
  const what = `An HTTP request: ${quoted(line.trim())}`;
  if (!/\r?\n\r?\n/.test(text)) return finding(`${what}. Its headers are not all there.`, []);
  const checked = validateHandshake(
    { method, url: `http://host${path}`, headers: headersIn(text.slice(line.length)), httpVersion: version },
    { limits: DEFAULT_LIMITS, origins: "*" },
    HTTP1,
  );
  if (!checked.ok) return finding(`${what}, not a valid handshake.`, [checked.failure.code]);
  return finding(
    `${what}, a valid handshake.`,
    checked.warnings.map(({ code }) => code),
  );
}

function headersIn(text: string): Headers {
  const headers = new Headers();
  for (const line of text.split(/\r?\n\r?\n/, 1)[0]!.split(/\r?\n/)) {
    const [name = "", ...value] = line.split(":");
    // What Headers would throw for; in values, that is all that is no Latin-1 text.
    if (isToken(name)) headers.append(name, value.join(":").replace(/[^\t\x20-\x7e\x80-\xff]/g, ""));
  }
  return headers;
}

function response(_: Uint8Array, text: string): Finding | undefined {
  const line = /^HTTP\/1\.[01] \d{3}[^\r\n]*/.exec(text)?.[0];
  return line === undefined ? undefined : finding(`The head of an HTTP answer: ${quoted(line)}.`, []);
}

function otherText(_: Uint8Array, text: string): Finding | undefined {
  if (text.startsWith("SSH-"))
    return finding(`An SSH server or client: ${quoted(text)}.`, ["NOT_HTTP", "DATA_BEFORE_HANDSHAKE"]);
  if (/^\s*<(?:!doctype|html)/i.test(text)) return finding("HTML.", ["HTTP_AFTER_101", "HTML_FALLBACK"]);
  if (!/^[\t\r\n\x20-\x7e]+$/.test(text)) return undefined;
  return finding(`Text that is neither HTTP nor a WebSocket frame: ${quoted(text)}.`, [
    "NOT_HTTP",
    "DATA_BEFORE_HANDSHAKE",
  ]);
}

function quoted(text: string): string {
  return JSON.stringify(text.trim().slice(0, 60));
}
