import type { Connection, ConnectionOptions } from "../../../src/core/protocol/connection.ts";
import type { MessageLimits } from "../../../src/core/protocol/message.ts";
import { type Call, record } from "./recorder.ts";

interface Side {
  readonly calls: Call[];
  readonly connection: Connection;
}

/** A server's and a client's connection over two in-memory pipes. */
export interface Joined {
  readonly server: Side;
  readonly client: Side;
  /** Carries bytes both ways, in chunks of `size`, until none are under way. */
  flow(size?: number): void;
}

/** Joins two real connections: what one writes the other receives, when `flow` is called. */
export function join(limits: MessageLimits = {}, seed = 1): Joined {
  const toServer: Uint8Array[] = [];
  const toClient: Uint8Array[] = [];
  const server = side({ role: "server", limits }, toClient);
  const client = side({ role: "client", maskKey: keys(seed), limits }, toServer);
  return {
    server,
    client,
    flow(size = Number.POSITIVE_INFINITY) {
      while (toServer.length + toClient.length > 0) {
        for (const part of toServer.splice(0)) deliver(server.connection, part, size);
        for (const part of toClient.splice(0)) deliver(client.connection, part, size);
      }
    },
  };
}

function side(options: ConnectionOptions, outbox: Uint8Array[]): Side {
  const { calls, connection } = record(options, (call) => {
    if (call[0] === "write") outbox.push(Uint8Array.from(call[1].split(" "), (byte) => Number.parseInt(byte, 16)));
  });
  return { calls, connection };
}

function deliver(connection: Connection, bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) connection.receive(bytes.slice(at, at + size));
}

/** Masking keys that repeat from run to run. */
function keys(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}
