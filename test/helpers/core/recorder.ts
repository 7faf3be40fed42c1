import type { Connection, ConnectionOptions } from "../../../src/core/protocol/connection.ts";
import { Connection as RealConnection } from "../../../src/core/protocol/connection.ts";
import type { ConnectionClose, ConnectionSink } from "../../../src/core/protocol/connection-sink.ts";
import { viewOf } from "../../../src/core/protocol/slab.ts";

/** One call of a sink, in a shape that `toEqual` compares. */
export type Call =
  | readonly ["write", string]
  | readonly ["message", string | Uint8Array]
  | readonly ["pong", Uint8Array]
  | readonly ["closed", ConnectionClose];

export interface Recorder {
  readonly calls: Call[];
  readonly connection: Connection;
}

/** A connection whose sink writes down every call; `react` runs after each, with the connection. */
export function record(
  options: ConnectionOptions = { role: "server" },
  react: (call: Call, connection: Connection) => void = () => {},
): Recorder {
  const calls: Call[] = [];
  const take = (call: Call) => {
    calls.push(call);
    react(call, connection);
  };
  const sink: ConnectionSink = {
    receiveMessage: (data) => take(["message", data]),
    receivePong: (payload) => take(["pong", payload]),
    closed: (...close) => take(["closed", closeOf(...close)]),
  };
  const connection: Connection = new RealConnection(options, sink, {
    write: (span) => take(["write", hex(viewOf(span))]),
  });
  return { calls, connection };
}

/** What a sink was told, as one object. */
export function closeOf(...[code, reason, wasClean, failure]: Parameters<ConnectionSink["closed"]>): ConnectionClose {
  return { code, reason, wasClean, ...(failure && { failure }) };
}

/** `81 05` for bytes 0x81, 0x05. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** The bytes of `81 05`. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.split(" ").filter(Boolean), (byte) => Number.parseInt(byte, 16));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function text(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value);
}
