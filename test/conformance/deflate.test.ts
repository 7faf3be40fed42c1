import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChildServer, startChild } from "../helpers/child.ts";
import { describeFrame, heard } from "./case.ts";
import { Peer } from "./peer.ts";
import { BINARY, CONTINUATION, close, fragments, frame, hex, octets, PING, RSV1, TEXT } from "./wire.ts";

const TAIL = hex("0000ffff");
const finishFlush = constants.Z_SYNC_FLUSH;

let host: ChildServer;
let takeover: string;

beforeAll(async () => {
  host = await startChild(process.execPath, [
    "--conditions=onesocket-source",
    `${import.meta.dirname}/../hosts/conformance.ts`,
  ]);
  takeover = `http://127.0.0.1:${host.logs.find((line) => line.startsWith("takeover "))!.slice(9)}`;
});

afterAll(() => host.stop());

/** A message as a sender of RFC 7692 §7.2.1 makes it; `before` is what the context holds already. */
function deflated(data: string | Uint8Array, windowBits = 15, before?: Buffer): Buffer {
  const dictionary = before?.length ? { dictionary: before.subarray(-(2 ** windowBits)) } : {};
  return deflateRawSync(data, { finishFlush, windowBits, ...dictionary }).subarray(0, -4);
}

/** Reads a server's messages, compressed or not, in one context or in a new one for each. */
class Reader {
  readonly #peer: Peer;
  readonly #keeps: boolean;
  #before = Buffer.alloc(0);
  /** Messages that came compressed. */
  compressed = 0;

  constructor(peer: Peer, keeps = false) {
    this.#peer = peer;
    this.#keeps = keeps;
  }

  async next(): Promise<Buffer> {
    const { rsv, payload } = (await this.#peer.frame())!;
    if (rsv === 0) return payload;
    expect(rsv).toBe(RSV1);
    this.compressed++;
    const dictionary = this.#keeps && this.#before.length > 0 ? { dictionary: this.#before } : {};
    const data = inflateRawSync(Buffer.concat([payload, TAIL]), { finishFlush, ...dictionary });
    this.#before = Buffer.concat([this.#before, data]).subarray(-32_768);
    return data;
  }
}

function offer(value: string): { headers: Record<string, string> } {
  return { headers: { "Sec-WebSocket-Extensions": value } };
}

const OFFER = offer("permessage-deflate; client_max_window_bits");

async function ends(peer: Peer, ...hear: string[]): Promise<void> {
  expect([...(await peer.rest()).map(describeFrame), await peer.end]).toEqual([...hear, "fin"]);
  peer.destroy();
}

describe("the offer", () => {
  it.each([
    ["permessage-deflate", "permessage-deflate"],
    ["permessage-deflate; client_max_window_bits", "permessage-deflate"],
    ["permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"],
    ["permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover"],
    ["permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10"],
    ['permessage-deflate; server_max_window_bits="10"', "permessage-deflate; server_max_window_bits=10"],
    ["permessage-deflate; client_max_window_bits=9", "permessage-deflate; client_max_window_bits=9"],
    ["x-unknown, permessage-deflate", "permessage-deflate"],
    ["permessage-deflate; x-unknown, permessage-deflate", "permessage-deflate"],
    ["permessage-deflate; server_max_window_bits=8, permessage-deflate", "permessage-deflate"],
  ])("%s is accepted", async (offered, accepted) => {
    const peer = await Peer.open(host.url, offer(offered));
    expect(peer.extensions).toBe(accepted);
    peer.destroy();
  });

  it.each([
    "permessage-deflate; x-unknown",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=8",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=010",
    "permessage-deflate; client_max_window_bits=7",
    "permessage-deflate; client_max_window_bits=16",
    "permessage-deflate; client_max_window_bits=x",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
    "permessage-deflate; server_max_window_bits=9; server_max_window_bits=10",
    "x-webkit-deflate-frame",
    "permessage-bzip2",
  ])("%s is declined, and the connection opens without it", async (offered) => {
    const peer = await Peer.open(host.url, offer(offered));
    expect(peer.extensions).toBe("");
    peer.write(frame(TEXT, "plain"), frame(TEXT, "", { rsv: RSV1 }));
    await ends(peer, "text plain", "close 1002");
  });
});

describe("a compressed message", () => {
  const text = "compressed text ".repeat(200);

  it.each([1, 3, 100, 1 << 20])("comes back whatever fragments it is in: of %i bytes", async (size) => {
    const peer = await Peer.open(host.url, OFFER);
    const [first, ...more] = fragments(TEXT, deflated(text), size);
    first![0]! |= RSV1 << 4;
    peer.write(first!, ...more);
    expect((await new Reader(peer).next()).toString()).toBe(text);
    peer.write(close(1000));
    await ends(peer, "close 1000");
  });

  it("may have pings between its fragments", async () => {
    const peer = await Peer.open(host.url, OFFER);
    const data = deflated("hello");
    peer.write(frame(TEXT, data.subarray(0, 2), { fin: false, rsv: RSV1 }), frame(PING, "p"));
    peer.write(frame(CONTINUATION, data.subarray(2)), close(1000));
    await ends(peer, "pong 70", "text hello", "close 1000");
  });

  it.each(
    Object.entries<readonly [Buffer, string]>({
      "one byte of zeros, the empty message of §7.2.3.6": [hex("00"), ""],
      "no bytes at all": [Buffer.alloc(0), ""],
      "a stored block": [hex("000500faff48656c6c6f00"), "Hello"],
      "the fixed block of §7.2.3.1": [hex("f248cdc9c90700"), "Hello"],
      "the two blocks of §7.2.3.5": [hex("f248050000 00ffff cac9c90700"), "Hello"],
      "the final block of §7.2.3.4": [hex("f348cdc9c9070000"), "Hello"],
      "a tail that was not removed": [Buffer.concat([deflated("Hello"), TAIL]), "Hello"],
    }),
  )("may be %s", async (_, [data, expected]) => {
    const peer = await Peer.open(host.url, OFFER);
    peer.write(frame(TEXT, data, { rsv: RSV1 }), frame(TEXT, deflated("next"), { rsv: RSV1 }), close(1000));
    await ends(peer, heard("text", expected), "text next", "close 1000");
  });

  it.each(
    Object.entries({
      "a reserved block type": hex("ffffff"),
      "a distance too far back": hex("f2480500010000"),
      "a stored block whose lengths do not match": hex("000500ffff48656c6c6f00"),
      noise: octets(300, (i) => (i * 167) ^ 0x5a),
    }),
  )("of %s fails with 1007", async (_, data) => {
    const peer = await Peer.open(host.url, OFFER);
    peer.write(frame(BINARY, data, { rsv: RSV1 }), frame(TEXT, "ignored"));
    await ends(peer, "close 1007");
  });

  it("that is no UTF-8 once decompressed fails with 1007", async () => {
    const peer = await Peer.open(host.url, OFFER);
    peer.write(frame(TEXT, deflated(hex("cebaeda080")), { rsv: RSV1 }));
    await ends(peer, "close 1007");
  });

  it("whose compressed bytes are no UTF-8, but whose text is, comes back", async () => {
    const peer = await Peer.open(host.url, OFFER);
    peer.write(frame(TEXT, deflated("κόσμε"), { rsv: RSV1 }), close(1000));
    await ends(peer, "text κόσμε", "close 1000");
  });

  it("over limits.messageBytes once decompressed fails with 1009", async () => {
    const peer = await Peer.open(host.url, OFFER);
    peer.write(frame(BINARY, deflated(Buffer.alloc((64 << 20) + 1)), { rsv: RSV1 }));
    await ends(peer, "close 1009");
  });

  it.each([
    ["a continuation", [frame(TEXT, "a", { fin: false }), frame(CONTINUATION, "b", { rsv: RSV1 })]],
    ["a ping", [frame(PING, "a", { rsv: RSV1 })]],
    ["RSV2 too", [frame(TEXT, deflated("a"), { rsv: RSV1 | 2 })]],
    ["RSV3 too", [frame(TEXT, deflated("a"), { rsv: RSV1 | 1 })]],
  ])("marks its first frame only: RSV1 on %s fails with 1002", async (_, send) => {
    const peer = await Peer.open(host.url, OFFER);
    peer.write(...send);
    await ends(peer, "close 1002");
  });
});

describe("a thousand messages, compressed both ways, come back in order", () => {
  const NEITHER = "server_no_context_takeover; client_no_context_takeover";
  const CASES = [
    ["with no context kept", `permessage-deflate; ${NEITHER}`, false],
    [
      "with windows of 9 bits",
      `permessage-deflate; ${NEITHER}; server_max_window_bits=9; client_max_window_bits=9`,
      false,
    ],
    ["with both contexts kept", "permessage-deflate; client_max_window_bits", true],
    [
      "with both contexts kept in windows of 9 bits",
      "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
      true,
    ],
    ["with the server's context kept only", "permessage-deflate; client_no_context_takeover", true],
    ["with the client's context kept only", "permessage-deflate; server_no_context_takeover", true],
  ] as const;

  it.each(CASES)("%s", async (_, offered, kept) => {
    const peer = await Peer.open(kept ? takeover : host.url, offer(offered));
    const clientKeeps = !peer.extensions.includes("client_no_context_takeover");
    const reader = new Reader(peer, !peer.extensions.includes("server_no_context_takeover"));
    expect(clientKeeps || !peer.extensions.includes("server_no_context_takeover")).toBe(kept);
    const bits = Number(/client_max_window_bits=(\d+)/.exec(peer.extensions)?.[1] ?? 15);
    const messages = Array.from({ length: 1000 }, (_, i) =>
      JSON.stringify({ i, text: `message ${i} `.repeat(1 + (i % 150)) }),
    );
    let before: Buffer = Buffer.alloc(0);
    for (const message of messages) {
      peer.write(frame(TEXT, deflated(message, bits, clientKeeps ? before : undefined), { rsv: RSV1 }));
      before = Buffer.concat([before, Buffer.from(message)]).subarray(-32_768);
    }
    for (const message of messages) expect((await reader.next()).toString()).toBe(message);
    expect(reader.compressed).toBeGreaterThan(400);
    peer.write(close(1000));
    await ends(peer, "close 1000");
  });

  it("of 64 KiB to 4 MiB", async () => {
    const peer = await Peer.open(host.url, OFFER);
    const reader = new Reader(peer);
    for (let size = 65_536; size <= 4 << 20; size *= 2) {
      const data = octets(size, (i) => (i >> 3) ^ (i * 31));
      peer.write(frame(BINARY, deflated(data), { rsv: RSV1 }));
      expect((await reader.next()).equals(data)).toBe(true);
    }
    expect(reader.compressed).toBe(7);
    peer.write(close(1000));
    await ends(peer, "close 1000");
  });
});
