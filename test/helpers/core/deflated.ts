import { nodeZlib } from "../../../src/adapters/node/deflate.ts";
import type { DeflateParams } from "../../../src/core/protocol/deflate/deflate-params.ts";
import { PermessageDeflate, type Zlib } from "../../../src/core/protocol/deflate/permessage-deflate.ts";
import { type CompressionOptions, settingsOf } from "../../../src/core/protocol/deflate/settings.ts";
import type { Extension, SharedEncoding } from "../../../src/core/protocol/extension.ts";
import type { MessageLimits } from "../../../src/core/protocol/message.ts";
import { type Call, type Recorder, record } from "./recorder.ts";
import { sending } from "./sending.ts";

/** Node's zlib as it is, and as it is where its undocumented synchronous call is missing. */
export const PATHS: readonly (readonly [name: string, zlib: Zlib])[] = [
  ["at once", nodeZlib()],
  ["through streams", nodeZlib({ syncBytes: 0 })],
];

export const TAKEOVER: DeflateParams = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

/** An extension that tells when it is at rest. */
class Watched implements Extension {
  readonly rsv: number;
  readonly sending: Extension["sending"] = sending;
  readonly #inner: Extension;
  #pending = 0;
  #rested: () => void = () => {};

  constructor(inner: Extension) {
    this.rsv = inner.rsv;
    this.#inner = inner;
  }

  encodes(length: number): boolean {
    return this.#inner.encodes(length);
  }

  encode(...[message, done]: Parameters<Extension["encode"]>): void {
    this.#pending++;
    this.#inner.encode(message, (result) => this.#end(() => done(result)));
  }

  decode(...[payload, limit, done]: Parameters<Extension["decode"]>): void {
    this.#pending++;
    this.#inner.decode(payload, limit, (result) => this.#end(() => done(result)));
  }

  get shared(): SharedEncoding | undefined {
    const inner = this.#inner.shared;
    return inner && { ...inner, encode: (message, done) => this.#counted(inner, message, done) };
  }

  #counted(inner: SharedEncoding, ...[message, done]: Parameters<SharedEncoding["encode"]>): void {
    this.#pending++;
    inner.encode(message, (result) => this.#end(() => done(result)));
  }

  close(): void {
    this.#inner.close();
  }

  #end(done: () => void): void {
    done();
    this.#pending--;
    if (this.#pending === 0) this.#rested();
  }

  async rest(): Promise<void> {
    while (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#rested = resolve;
      });
    }
  }
}

export interface Deflated extends Recorder {
  rest(): Promise<void>;
}

type Setting = MessageLimits & {
  readonly role?: "server" | "client";
  readonly params?: Partial<DeflateParams>;
  readonly compression?: CompressionOptions;
  readonly react?: (call: Call) => void;
};

/** A connection that agreed to permessage-deflate, and compresses everything. */
export function deflated(
  zlib: Zlib,
  { role = "server", params, compression, react, ...limits }: Setting = {},
): Deflated {
  const options = settingsOf({ threshold: 0, ...compression });
  const extension = new Watched(new PermessageDeflate(role, { ...TAKEOVER, ...params }, options, zlib));
  const sides = role === "server" ? ({ role } as const) : ({ role, maskKey: () => 0x37fa213d } as const);
  return { ...record({ ...sides, limits, extension }, react), rest: () => extension.rest() };
}

/** All calls of a connection that receives the chunks. */
export async function inflated(zlib: Zlib, chunks: readonly Uint8Array[], setting: Setting = {}): Promise<Call[]> {
  const { calls, connection, rest } = deflated(zlib, setting);
  for (const chunk of chunks) connection.receive(chunk);
  await rest();
  return calls;
}

export interface JoinedDeflated {
  readonly server: Deflated;
  readonly client: Deflated;
  /** Carries bytes both ways, in chunks of `size`, until none are under way. */
  flow(size?: number): Promise<void>;
}

/** A server's and a client's connection that agreed to `params`, over two in-memory pipes. */
export function joinDeflated(
  zlib: Zlib,
  params: Partial<DeflateParams>,
  compression?: CompressionOptions,
): JoinedDeflated {
  const carry = (outbox: Uint8Array[]) => (call: Call) => {
    if (call[0] === "write") outbox.push(Uint8Array.from(call[1].split(" "), (byte) => Number.parseInt(byte, 16)));
  };
  const [toServer, toClient]: [Uint8Array[], Uint8Array[]] = [[], []];
  const setting = { params, ...(compression && { compression }) };
  const server = deflated(zlib, { role: "server", ...setting, react: carry(toClient) });
  const client = deflated(zlib, { role: "client", ...setting, react: carry(toServer) });
  const deliver = ({ connection }: Deflated, bytes: Uint8Array, size: number) => {
    for (let at = 0; at < bytes.length; at += size) connection.receive(bytes.slice(at, at + size));
  };
  return {
    server,
    client,
    async flow(size = Number.POSITIVE_INFINITY) {
      do {
        for (const part of toServer.splice(0)) deliver(server, part, size);
        for (const part of toClient.splice(0)) deliver(client, part, size);
        await Promise.all([server.rest(), client.rest()]);
      } while (toServer.length + toClient.length > 0);
    },
  };
}
