import { describe, expect, it } from "vitest";
import { MAX_TAKEN, pin, release, shrink, take, viewOf } from "../../../src/core/protocol/slab.ts";

describe("memory for what is sent", () => {
  it("is used again once it is released", () => {
    const first = take(100);
    release(first);
    expect(take(100)).toEqual(first);
  });

  it("is not used again while what was taken after it is not released", () => {
    const first = take(100);
    const second = take(100);
    release(first);
    expect(take(100).from).toBe(second.to);
  });

  it("is not used again once it is pinned", () => {
    const shared = pin(take(100));
    release(shared);
    expect(take(100).from).toBe(shared.to);
  });

  it("is the caller's alone, whatever others release", () => {
    const mine = viewOf(take(1000)).fill(1);
    for (let i = 0; i < 500; i++) {
      const other = take(1000);
      viewOf(other).fill(2);
      if (i % 3 > 0) release(other);
    }
    expect(mine.every((byte) => byte === 1)).toBe(true);
  });

  it("of what is long is used again for something of like length", () => {
    const first = take(MAX_TAKEN + 1);
    release(first);
    expect(take(2 * MAX_TAKEN).memory).toBe(first.memory);
  });

  it("of what is long is not used again for something much shorter", () => {
    const first = take(20 * MAX_TAKEN);
    release(first);
    expect(take(MAX_TAKEN + 1).memory).not.toBe(first.memory);
  });

  it("of what is long is not used again once it is pinned", () => {
    const span = take(3 * MAX_TAKEN);
    viewOf(span).fill(7);
    const shared = pin(span);
    release(shared);
    for (let i = 0; i < 10; i++) viewOf(take(3 * MAX_TAKEN)).fill(8);
    expect(viewOf(shared).length).toBe(3 * MAX_TAKEN);
    expect(viewOf(shared).every((byte) => byte === 7)).toBe(true);
  });

  it("released twice is not given to two", () => {
    const first = take(7 * MAX_TAKEN);
    release(first);
    release(first);
    const [second, third] = [take(7 * MAX_TAKEN), take(7 * MAX_TAKEN)];
    expect(second.memory).not.toBe(third.memory);
  });

  it("is left to others where it is not needed", () => {
    const span = shrink(take(100), 40);
    expect(span.to - span.from).toBe(40);
    expect(take(10).from).toBe(span.to);
  });
});
