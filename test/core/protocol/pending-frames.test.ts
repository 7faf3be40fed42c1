import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PendingFrames } from "../../../src/core/protocol/pending-frames.ts";
import {
  allocate,
  letGo,
  MAX_SLAB_SPAN,
  pin,
  type Span,
  sharedBytes,
  viewOf,
} from "../../../src/core/protocol/slab.ts";

/** A frame of so many bytes, each of which tells which frame it is of. */
function frame(length: number, index = 7): Span {
  const span = allocate(length);
  viewOf(span).fill(index);
  return span;
}

/** Others' frames come between, so that none lies next to the one before. */
function apart(length: number, index = 7): Span {
  allocate(10);
  return frame(length, index);
}

const sizes = (spans: readonly Span[]) => spans.map(({ from, to }) => to - from);
const joined = (spans: readonly Span[]) => spans.flatMap((span) => [...viewOf(span)]);

describe("frames that wait", () => {
  it("come out as they went in, however they are gathered and taken", () => {
    const part = fc.record({ length: fc.integer({ min: 1, max: 3000 }), gather: fc.boolean() });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 150 }), fc.integer({ min: 1, max: 5000 }), (parts, most) => {
        const pending = new PendingFrames();
        for (const [index, { length, gather }] of parts.entries()) pending.add(apart(length, index % 251), gather);
        expect(pending.bytes).toBe(parts.reduce((sum, { length }) => sum + length, 0));
        const out: number[] = [];
        while (!pending.isEmpty) out.push(...joined(pending.take(most)));
        expect(out).toEqual(parts.flatMap(({ length }, index) => Array(length).fill(index % 251)));
        expect(pending.bytes).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it("cost about their bytes when they are small and wait for long", () => {
    const pending = new PendingFrames();
    for (let i = 0; i < 100_000; i++) pending.add(apart(3), true);
    const spans = pending.take(Number.POSITIVE_INFINITY);
    expect(spans.length).toBeLessThan(30);
    const memory = new Set(spans.map((span) => span.memory));
    expect([...memory].reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2 * 300_000);
  });

  it("are gathered when they are many, though they only wait for the end of a turn", () => {
    const pending = new PendingFrames();
    for (let i = 0; i < 10_000; i++) pending.add(apart(3), false);
    expect(pending.take(Number.POSITIVE_INFINITY).length).toBeLessThan(100);
  });

  it("are taken whole, one at least, and no more than are asked for beside it", () => {
    const pending = new PendingFrames();
    for (const length of [50, 60, 70]) pending.add(apart(length), false);
    expect(sizes(pending.take(10))).toEqual([50]);
    expect(sizes(pending.take(129))).toEqual([60]);
    pending.add(apart(5), false);
    expect(sizes(pending.take(75))).toEqual([70, 5]);
  });

  it("are not added to what was taken", () => {
    const pending = new PendingFrames();
    pending.add(apart(5, 1), true);
    const [taken] = pending.take(100);
    pending.add(apart(5, 2), true);
    expect(joined([taken!])).toEqual([1, 1, 1, 1, 1]);
    expect(joined(pending.take(100))).toEqual([2, 2, 2, 2, 2]);
  });

  it("are not copied when they take most of their memory", () => {
    const pending = new PendingFrames();
    const long = frame(MAX_SLAB_SPAN + 1);
    pending.add(long, true);
    expect(pending.take(1)[0]!.memory).toBe(long.memory);
  });

  it("of a broadcast are counted once, for as long as they wait for anybody", () => {
    const [one, other] = [new PendingFrames(), new PendingFrames()];
    const before = sharedBytes();
    const shared = pin(frame(MAX_SLAB_SPAN + 100));
    expect(sharedBytes() - before).toBe(0);
    one.add(shared, true);
    other.add(shared, true);
    expect([one.bytes, one.shared, sharedBytes() - before]).toEqual([
      MAX_SLAB_SPAN + 100,
      MAX_SLAB_SPAN + 100,
      MAX_SLAB_SPAN + 100,
    ]);
    one.takeAll();
    expect([one.bytes, one.shared, sharedBytes() - before]).toEqual([0, 0, MAX_SLAB_SPAN + 100]);
    const [leaving] = other.take(1);
    expect([other.shared, sharedBytes() - before]).toEqual([0, MAX_SLAB_SPAN + 100]);
    letGo(leaving!);
    expect(sharedBytes() - before).toBe(0);
  });

  it("of a broadcast that are short are each one's own", () => {
    const pending = new PendingFrames();
    pending.add(pin(apart(100)), true);
    expect([pending.bytes, pending.shared]).toEqual([100, 0]);
  });
});
