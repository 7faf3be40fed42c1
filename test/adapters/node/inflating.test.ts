import { constants, deflateRawSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { nodeZlib } from "../../../src/adapters/node/deflate.ts";
import type { Inflate } from "../../../src/core/protocol/deflate/permessage-deflate.ts";

const LIMIT = 1 << 20;
const MIB = 1 << 20;

const packed = (data: Uint8Array) =>
  deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4) as Uint8Array;

/** A kibibyte that becomes a mebibyte. */
const BOMB = packed(new Uint8Array(MIB));
const SMALL = packed(Buffer.from("hello"));

const open: Inflate[] = [];

afterEach(() => {
  for (const inflate of open.splice(0)) inflate.close();
});

function inflater(takeover = false): Inflate {
  const made = nodeZlib().inflate({ windowBits: 15, takeover });
  open.push(made);
  return made;
}

/** One turn of the event loop, I/O and all. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Inflates the same message so often, each as soon as the one before is done, as a connection does. */
function inflateAll(inflate: Inflate, payload: Uint8Array, count: number, done: (result: unknown) => void): void {
  const next = (left: number) => {
    if (left === 0) return;
    inflate.inflate(payload, LIMIT, (result) => {
      done(typeof result === "string" ? result : result.length);
      next(left - 1);
    });
  };
  next(count);
}

describe("what is inflated in one turn of the event loop", () => {
  it("is at once what is small", () => {
    const results: unknown[] = [];
    inflateAll(inflater(), SMALL, 100, (result) => results.push(result));
    expect(results).toEqual(Array(100).fill(5));
  });

  it("is a bounded part of what one connection brings", async () => {
    const results: unknown[] = [];
    inflateAll(inflater(), BOMB, 8, (result) => results.push(result));
    expect(results).toEqual([]);
    let turns = 0;
    while (results.length < 8) {
      await turn();
      turns++;
    }
    expect(results).toEqual(Array(8).fill(MIB));
    expect(turns).toBeGreaterThan(24);
  });

  it("is a bounded part of what all connections bring", async () => {
    const results: unknown[] = [];
    for (let i = 0; i < 32; i++) inflateAll(inflater(), BOMB, 1, (result) => results.push(result));
    let turns = 0;
    while (results.length < 32) {
      await turn();
      turns++;
    }
    expect(turns).toBeGreaterThan(24);
  });

  it("is something of everybody's: who brings little is not behind who brings much", async () => {
    const order: string[] = [];
    inflateAll(inflater(), BOMB, 20, () => order.push("much"));
    inflateAll(inflater(), SMALL, 3, () => order.push("little"));
    while (order.length < 23) await turn();
    expect(order.lastIndexOf("little")).toBeLessThan(5);
  });

  it.each([false, true])(
    "goes on where it stopped, whatever else is inflated meanwhile (takeover: %s)",
    async (takeover) => {
      const texts = Array.from({ length: 10 }, (_, i) => Buffer.alloc(500_000, `text ${i} of ten, `));
      const results = await Promise.all(
        texts.map(
          (text) =>
            new Promise((resolve) =>
              inflater(takeover).inflate(packed(text), LIMIT, (result) =>
                resolve(typeof result === "string" ? result : Buffer.from(result)),
              ),
            ),
        ),
      );
      for (const [i, text] of texts.entries()) expect(text.equals(results[i] as Buffer)).toBe(true);
    },
  );

  it("is not what the caller wrote over meanwhile", async () => {
    const payload = new Uint8Array(packed(Buffer.alloc(MIB, "text")));
    const result = new Promise<Buffer>((resolve) =>
      inflater().inflate(payload, LIMIT, (bytes) => resolve(Buffer.from(bytes as Uint8Array))),
    );
    payload.fill(0);
    expect((await result).equals(Buffer.alloc(MIB, "text"))).toBe(true);
  });

  it("is nothing more for a connection that is over, whose memory others get", async () => {
    const inflate = inflater(true);
    const result = new Promise((resolve) => inflate.inflate(BOMB, LIMIT, resolve));
    inflate.close();
    expect(await result).toBe("DEFLATE_CORRUPT");
  });
});
