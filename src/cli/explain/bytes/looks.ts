import { type Header, headOf } from "../../doctor/answer.ts";
import type { Finding, Seen } from "../explanation.ts";
import { answeredBy, judgeExchange } from "../http/judge-exchange.ts";
import { judgeRequest } from "../http/judge-request.ts";
import { headerOf, requestHead } from "../http/request-head.ts";
import { type Frames, framesFinding, framesIn, stepsOf } from "./frame.ts";

/** What bytes may be: each looks at them, at the same as Latin-1 text, and whether it is sure that they are bytes. */
const LOOKS: readonly ((bytes: Uint8Array, text: string, explicit: boolean) => Finding | undefined)[] = [
  tls,
  http2,
  proxyHeader,
  http,
  otherText,
  frame,
];

/** Text is looked for no further: bytes. */
const TEXT_BYTES = 1 << 16;

/**
 * What the first bytes of a connection are; undefined when nothing fits.
 * @param explicit whether they are written as bytes for certain, and not as a number or a hash may be
 */
export function bytesFinding(bytes: Uint8Array, explicit = true): Finding | undefined {
  const text = Buffer.from(bytes.subarray(0, TEXT_BYTES)).toString("latin1");
  for (const look of LOOKS) {
    const found = look(bytes, text, explicit);
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
    "Name the address that sends it in proxies on the server (Node), or turn it off there (HAProxy: send-proxy; nginx: proxy_protocol on).";
  return finding(`A header of the PROXY protocol${from ? `, for the client ${from}` : ""}.`, ["PROXY_PROTOCOL"], note);
}

/** The source's address, where it is one of IPv4. */
function v2(bytes: Uint8Array): string {
  return bytes[13] === 0x11 && bytes.length >= 20 ? bytes.subarray(16, 20).join(".") : "";
}

/** A request's head, or an answer's, and what stands behind it. */
function http(bytes: Uint8Array, text: string): Finding | undefined {
  const line = /^(?:[A-Z]{3,10} \S+ HTTP\/1\.[01]|HTTP\/1\.[01] \d{3}[^\r\n]*)(?=\r?\n|$)/.exec(text)?.[0];
  if (line === undefined) {
    const isBegun = /^(?:GET|POST|PUT|HEAD|OPTIONS|CONNECT) [!-~]*(?: [!-~]*)?$/.test(text.slice(0, 2000));
    return isBegun ? finding(`The beginning of an HTTP request: ${quoted(text)}.`, []) : undefined;
  }
  const isRequest = !line.startsWith("HTTP/");
  const what = isRequest ? `An HTTP request: ${quoted(line)}` : `The head of an HTTP answer: ${quoted(line)}`;
  const end = /\r?\n\r?\n/.exec(text);
  if (!end) return finding(`${what}.${isRequest ? " Its headers are not all there." : ""}`, []);
  const size = end.index + end[0].length;
  const fields = text
    .slice(0, end.index)
    .split(/\r?\n/)
    .slice(1)
    .map(headerOf)
    .filter((header) => header !== undefined);
  const behind = bytes.subarray(size);
  return isRequest ? requestFinding(what, line, fields, behind) : answerFinding(what, bytes, behind);
}

function requestFinding(what: string, line: string, headers: readonly Header[], behind: Uint8Array): Finding {
  const { codes, handshake } = judgeRequest(requestHead(line, headers)!);
  const frames = behind.length > 0 ? framesIn(behind) : undefined;
  return {
    kind: "bytes",
    what: `${what}, ${handshake ? "a" : "not a"} valid handshake.${behindText(behind, frames)}`,
    sure: true,
    codes: [...codes, ...faultsOf(frames)],
    steps: frames
      ? [{ ms: null, by: "client", what: line, codes: codes.map(({ code }) => code) }, ...stepsOf(frames.frames)]
      : [],
  };
}

function answerFinding(what: string, bytes: Uint8Array, behind: Uint8Array): Finding {
  const found = headOf(Buffer.from(bytes.subarray(0, bytes.length - behind.length)));
  if (typeof found !== "object") return finding(`${what}.`, []);
  const { answer } = found;
  const frames = answer.status === 101 && behind.length > 0 ? framesIn(behind) : undefined;
  const body = Buffer.from(behind.subarray(0, 4096)).toString("utf8");
  const verdict = judgeExchange({ answer, body });
  return {
    kind: "bytes",
    what: `${what}.${answer.status === 101 ? behindText(behind, frames) : ""}`,
    sure: verdict.sure,
    by: answeredBy(answer, body),
    codes: [...verdict.answerCodes, ...faultsOf(frames)],
    note: verdict.note,
    steps: frames ? [{ ms: null, by: "server", what: answer.statusLine, codes: [] }, ...stepsOf(frames.frames)] : [],
  };
}

function behindText(behind: Uint8Array, frames: Frames | undefined): string {
  if (frames)
    return ` ${frames.frames.length === 1 ? "A frame stands" : `${frames.frames.length} frames stand`} behind it.`;
  return behind.length > 0 ? ` ${behind.length} bytes stand behind it.` : "";
}

function faultsOf(frames: Frames | undefined): readonly Seen[] {
  return frames?.frames.flatMap(({ failure }) => (failure === undefined ? [] : [{ code: failure }])) ?? [];
}

function frame(bytes: Uint8Array, _: string, explicit: boolean): Finding | undefined {
  const found = framesIn(bytes);
  return found && (found.sure || explicit) ? framesFinding(found) : undefined;
}

function otherText(_: Uint8Array, text: string, explicit: boolean): Finding | undefined {
  if (text.startsWith("SSH-"))
    return finding(`An SSH server or client: ${quoted(text)}.`, ["NOT_HTTP", "DATA_BEFORE_HANDSHAKE"]);
  if (/^\s*<(?:!doctype|html)/i.test(text)) return finding("HTML.", ["HTTP_AFTER_101", "HTML_FALLBACK"]);
  if (!explicit || !/^[\t\r\n\x20-\x7e]+$/.test(text)) return undefined;
  return finding(`Text that is neither HTTP nor a WebSocket frame: ${quoted(text)}.`, [
    "NOT_HTTP",
    "DATA_BEFORE_HANDSHAKE",
  ]);
}

function quoted(text: string): string {
  return JSON.stringify(text.trim().slice(0, 60));
}
