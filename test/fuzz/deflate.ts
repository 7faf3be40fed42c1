import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { type NodeZlibOptions, nodeZlib } from "../../src/adapters/node/deflate.ts";
import { PermessageDeflate } from "../../src/core/protocol/deflate/permessage-deflate.ts";
import { settingsOf } from "../../src/core/protocol/deflate/settings.ts";
import { type AnyProperty, bytesOf, hexBytes, must, type Property, same } from "./property.ts";

const LIMIT = 5000;

interface Compressed {
  readonly takeover: boolean;
  readonly payloads: readonly string[];
}

/** What a compressor makes of data, whole or damaged in one byte, and noise. */
const payload = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        data: hexBytes({ maxLength: 60 }),
        times: fc.constantFrom(1, 1, 3, 200),
        level: fc.integer({ min: 0, max: 9 }),
      })
      .map(({ data, times, level }) => packed(data, times, level)),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        data: hexBytes({ minLength: 1, maxLength: 60 }),
        at: fc.nat(80),
        flip: fc.integer({ min: 1, max: 255 }),
      })
      .map(({ data, at, flip }) => damaged(packed(data, 3, 6), at, flip)),
  },
  { weight: 1, arbitrary: hexBytes({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom("", "00", "0300", "000000ffff", "f348cdc9c9070000") },
);

function packed(data: string, times: number, level: number): string {
  const input = Buffer.from(data.repeat(times), "hex");
  return deflateRawSync(input, { level, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4).toString("hex");
}

function damaged(hex: string, at: number, flip: number): string {
  const bytes = bytesOf(hex);
  if (bytes.length > 0) bytes[at % bytes.length]! ^= flip;
  return Buffer.from(bytes).toString("hex");
}

/** What comes of messages, one after the other, until one fails. */
async function decoded({ takeover, payloads }: Compressed, options: NodeZlibOptions = {}): Promise<string[]> {
  const params = {
    serverNoContextTakeover: !takeover,
    clientNoContextTakeover: !takeover,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  };
  const extension = new PermessageDeflate("server", params, settingsOf(), nodeZlib(options));
  const results: string[] = [];
  for (const hex of payloads) {
    const result = await new Promise<string>((resolve) => {
      extension.decode(bytesOf(hex), LIMIT, (data) =>
        resolve(typeof data === "string" ? data : `ok ${Buffer.from(data).toString("hex")}`),
      );
    });
    results.push(result);
    if (!result.startsWith("ok ")) break;
  }
  extension.close();
  return results;
}

const anyCompressed: Property<Compressed> = {
  name: "any compressed messages give bytes within the limit or a known failure, the same at once and through streams",
  inputs: fc.record({ takeover: fc.boolean(), payloads: fc.array(payload, { maxLength: 5 }) }),
  async holds(input) {
    const results = await decoded(input);
    for (const result of results) {
      must(/^(ok [0-9a-f]*|MESSAGE_TOO_BIG|DEFLATE_CORRUPT)$/.test(result), `the result ${result}`);
      must(result.length <= 3 + 2 * LIMIT, "over the limit");
    }
    same(await decoded(input, { syncBytes: 0 }), results, "through streams");
  },
};

const roundTrip: Property<{ takeover: boolean; windowBits: number; messages: readonly string[] }> = {
  name: "messages that are compressed come out as they went in, in every window, with contexts kept or not",
  inputs: fc.record({
    takeover: fc.boolean(),
    windowBits: fc.integer({ min: 9, max: 15 }),
    messages: fc.array(
      fc.tuple(hexBytes({ minLength: 1, maxLength: 50 }), fc.constantFrom(1, 7, 100)).map(([hex, n]) => hex.repeat(n)),
      { maxLength: 6 },
    ),
  }),
  async holds({ takeover, windowBits, messages }) {
    const params = {
      serverNoContextTakeover: !takeover,
      clientNoContextTakeover: !takeover,
      serverMaxWindowBits: windowBits,
      clientMaxWindowBits: windowBits,
    };
    const settings = settingsOf({ threshold: 0, windowBits });
    const [client, server] = (["client", "server"] as const).map(
      (role, i) => new PermessageDeflate(role, params, settings, nodeZlib({ syncBytes: i * 65_536 })),
    );
    for (const hex of messages) {
      const back = await new Promise((resolve) => {
        client!.encode(bytesOf(hex), (payload) => {
          must(payload, "not encoded");
          const copy = new Uint8Array(payload);
          server!.decode(copy, 1 << 20, (data) =>
            resolve(typeof data === "string" ? data : Buffer.from(data).toString("hex")),
          );
        });
      });
      same(back, hex, "back");
    }
    client!.close();
    server!.close();
  },
};

export const DEFLATE = [anyCompressed, roundTrip] as unknown as readonly AnyProperty[];
