import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChildServer, startChild } from "../helpers/child.ts";
import { describeFrame, heard } from "./case.ts";
import { Peer } from "./peer.ts";
import { BINARY, close, fragments, frame, octets, TEXT } from "./wire.ts";

const KIB = 1024;
const MIB = KIB * KIB;
const SIZES = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
const FRAGMENTS = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];

let host: ChildServer;

beforeAll(async () => {
  host = await startChild(process.execPath, [
    "--conditions=onesocket-source",
    `${import.meta.dirname}/../hosts/conformance.ts`,
  ]);
});

afterAll(() => host.stop());

function name(size: number): string {
  return size < KIB ? `${size} B` : size < MIB ? `${size / KIB} KiB` : `${size / MIB} MiB`;
}

const letters = octets(16 * MIB, (i) => 97 + (i % 26));
const bytes = octets(16 * MIB, (i) => (i * 31) ^ (i >> 8));

function payload(opcode: number, size: number): Buffer {
  return (opcode === TEXT ? letters : bytes).subarray(0, size);
}

const KINDS = { text: TEXT, binary: BINARY } as const;

async function closes(peer: Peer): Promise<void> {
  peer.write(close(1000));
  expect([describeFrame((await peer.frame())!), await peer.end]).toEqual(["close 1000", "fin"]);
  peer.destroy();
}

describe("one message comes back whole", () => {
  for (const [kind, opcode] of Object.entries(KINDS)) {
    it.each(SIZES.map((size) => [name(size), size] as const))(`${kind} of %s`, async (_, size) => {
      const peer = await Peer.open(host.url);
      peer.write(frame(opcode, payload(opcode, size)));
      expect(describeFrame((await peer.frame())!)).toBe(heard(kind as "text", payload(opcode, size)));
      await closes(peer);
    });

    it.each(FRAGMENTS.map((size) => [name(size), size] as const))(
      `${kind} of 4 MiB in fragments of %s`,
      async (_, size) => {
        const peer = await Peer.open(host.url);
        peer.write(...fragments(opcode, payload(opcode, 4 * MIB), size));
        expect(describeFrame((await peer.frame())!)).toBe(heard(kind as "text", payload(opcode, 4 * MIB)));
        await closes(peer);
      },
    );

    it.each([256 * KIB, 4 * MIB].map((size) => [name(size), size] as const))(
      `${kind} of 16 MiB in fragments of %s`,
      async (_, size) => {
        const peer = await Peer.open(host.url);
        peer.write(...fragments(opcode, payload(opcode, 16 * MIB), size));
        expect(describeFrame((await peer.frame())!)).toBe(heard(kind as "text", payload(opcode, 16 * MIB)));
        await closes(peer);
      },
    );

    it.each([64, 512, 2048].map((size) => [size] as const))(
      `${kind} of 1 MiB in TCP writes of %i bytes`,
      async (size) => {
        const peer = await Peer.open(host.url);
        const sent = peer.dribble(frame(opcode, payload(opcode, MIB)), size);
        expect(describeFrame((await peer.frame())!)).toBe(heard(kind as "text", payload(opcode, MIB)));
        await sent;
        await closes(peer);
      },
    );
  }
});

describe("a message over limits.messageBytes (64 MiB here)", () => {
  const limit = 64 * MIB;

  it("is refused at its header", async () => {
    const peer = await Peer.open(host.url);
    peer.write(frame(BINARY, "", { claimed: limit + 1 }));
    expect([describeFrame((await peer.frame())!), await peer.end]).toEqual(["close 1009", "fin"]);
    peer.destroy();
  });

  it("is refused at the header of the fragment that goes over it", async () => {
    const peer = await Peer.open(host.url);
    peer.write(frame(BINARY, "x", { fin: false }), frame(0, "", { claimed: limit }));
    expect([describeFrame((await peer.frame())!), await peer.end]).toEqual(["close 1009", "fin"]);
    peer.destroy();
  });
});

describe("a thousand messages come back in order", () => {
  for (const [kind, opcode] of Object.entries(KINDS)) {
    it.each([0, 16, 64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB].map((size) => [name(size), size] as const))(
      `${kind} of %s each`,
      async (_, size) => {
        const peer = await Peer.open(host.url);
        const messages = Array.from({ length: 1000 }, (_, i) => payload(opcode, size + 1000).subarray(i, i + size));
        for (const message of messages) peer.write(frame(opcode, message));
        for (const message of messages) {
          const { opcode: got, payload } = (await peer.frame())!;
          if (got !== opcode || !payload.equals(message)) expect(payload).toEqual(message);
        }
        await closes(peer);
      },
    );
  }
});
