import { randomBytes } from "node:crypto";
import { OFFER } from "./deflate.ts";
import type { DoctorOptions } from "./options.ts";
import type { Target } from "./target.ts";

/** What one handshake does differently from the first one. */
export interface Variation {
  readonly target?: Target;
  readonly version?: "1.0" | "1.1";
  /** Instead of the handshake's own; null leaves a header out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Whether permessage-deflate is offered. Default true, as browsers do. */
  readonly deflate?: boolean;
  readonly protocols?: readonly string[];
  /** Bytes in the same packet. */
  readonly behind?: Uint8Array;
}

/** A handshake to be sent. */
export interface Request {
  readonly target: Target;
  /** What Sec-WebSocket-Key is, "" when it is left out. */
  readonly key: string;
  readonly protocols: readonly string[];
  readonly deflate: boolean;
  readonly line: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly behind: Uint8Array;
}

/** The handshake that a browser would send (RFC 6455 §4.1), with what was given and what varies. */
export function makeRequest(options: DoctorOptions, variation: Variation = {}): Request {
  const { target = options.target, version = "1.1", deflate = true, protocols = options.protocols } = variation;
  const own = handshakeHeaders(target, deflate, protocols);
  const headers = overlay(overlay(own, options.headers), Object.entries(variation.headers ?? {}));
  const key = headers.find(([name]) => /^sec-websocket-key$/i.test(name))?.[1] ?? "";
  const line = `GET ${target.path} HTTP/${version}`;
  return { target, key, protocols, deflate, line, headers, behind: variation.behind ?? new Uint8Array(0) };
}

/** The bytes of a handshake. */
export function requestBytes({ line, headers, behind }: Request): Buffer {
  const lines = [line, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), behind]);
}

type Header = readonly [name: string, value: string];

function handshakeHeaders(target: Target, deflate: boolean, protocols: readonly string[]): Header[] {
  return [
    ["Host", target.authority],
    ["User-Agent", "onesocket-doctor"],
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Key", randomBytes(16).toString("base64")],
    ...(deflate ? [["Sec-WebSocket-Extensions", OFFER] as const] : []),
    ...(protocols.length > 0 ? [["Sec-WebSocket-Protocol", protocols.join(", ")] as const] : []),
    ...(target.authorization === undefined ? [] : [["Authorization", target.authorization] as const]),
  ];
}

/** Headers of the same name take the place of the former ones; null takes them away. */
function overlay(headers: readonly Header[], more: readonly (readonly [string, string | null])[]): Header[] {
  const names = new Set(more.map(([name]) => name.toLowerCase()));
  const kept = headers.filter(([name]) => !names.has(name.toLowerCase()));
  return [...kept, ...more.filter((header): header is Header => header[1] !== null)];
}
