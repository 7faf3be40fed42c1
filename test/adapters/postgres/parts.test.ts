import { describe, expect, it } from "vitest";
import { cut, Parts } from "../../../src/adapters/postgres/parts.ts";

const ROOM = "room";

function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).map((_, i) => i * 31);
}

describe("a message in parts", () => {
  it.each([0, 1, 2, 3, 5924, 5925, 5926, 11_850, 11_851, 1 << 20])("of %d bytes comes as it was", (size) => {
    const parts = new Parts();
    const payloads = cut(7, bytesOf(size));
    const taken = payloads.map((payload) => parts.add(1, ROOM, payload));
    expect(taken.slice(0, -1).every((bytes) => bytes === undefined)).toBe(true);
    expect(Buffer.compare(taken.at(-1)!, bytesOf(size))).toBe(0);
  });

  it("has no payload that PostgreSQL would refuse, and no two alike", () => {
    const payloads = [...cut(Number.MAX_SAFE_INTEGER, new Uint8Array(1 << 22)), ...cut(1, new Uint8Array(1 << 22))];
    expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeLessThan(8000);
    expect(new Set(payloads).size).toBe(payloads.length);
  });

  it("is told apart from that of another sender, whose parts come in between", () => {
    const parts = new Parts();
    const [here, there] = [cut(1, bytesOf(6000)), cut(1, bytesOf(7000))];
    parts.add(1, ROOM, here[0]!);
    parts.add(2, ROOM, there[0]!);
    expect(parts.add(1, ROOM, here[1]!)).toHaveLength(6000);
    expect(parts.add(2, ROOM, there[1]!)).toHaveLength(7000);
  });

  it.each([
    ["no part", ROOM, () => "hello?"],
    ["nothing", ROOM, () => ""],
    ["a part that has come", ROOM, () => cut(1, bytesOf(20_000))[1]!],
    ["a part after the next", ROOM, () => cut(1, bytesOf(20_000))[3]!],
    ["a part of another message", ROOM, () => cut(2, bytesOf(20_000))[2]!],
    ["a part of a longer one", ROOM, () => cut(1, bytesOf(30_000))[2]!],
    ["a part of another room's", "other", () => cut(1, bytesOf(20_000))[2]!],
  ])("is not joined with %s", (_, channel, payload) => {
    const parts = new Parts();
    for (const part of cut(1, bytesOf(20_000)).slice(0, 2)) parts.add(1, ROOM, part);
    expect(() => parts.add(1, channel, payload())).toThrow("no part of a message");
  });
});
