import { describe, expect, it } from "vitest";
import { allocate, MAX_SLAB_SPAN, pin, release, shrink, viewOf } from "../../../src/core/protocol/slab.ts";

describe("memory for what is sent", () => {
  it("is used again once it is released", () => {
    const first = allocate(100);
    release(first);
    expect(allocate(100)).toEqual(first);
  });

  it("is not used again while what was taken after it is not released", () => {
    const first = allocate(100);
    const second = allocate(100);
    release(first);
    expect(allocate(100).from).toBe(second.to);
  });

  it("is not used again once it is pinned", () => {
    const shared = pin(allocate(100));
    release(shared);
    expect(allocate(100).from).toBe(shared.to);
  });

  it("is the caller's alone, whatever others release", () => {
    const mine = viewOf(allocate(1000)).fill(1);
    for (let i = 0; i < 500; i++) {
      const other = allocate(1000);
      viewOf(other).fill(2);
      if (i % 3 > 0) release(other);
    }
    expect(mine.every((byte) => byte === 1)).toBe(true);
  });

  it("of what is long is used again for something of like length", () => {
    const first = allocate(MAX_SLAB_SPAN + 1);
    release(first);
    expect(allocate(2 * MAX_SLAB_SPAN).memory).toBe(first.memory);
  });

  it("of what is long is not used again for something much shorter", () => {
    const first = allocate(20 * MAX_SLAB_SPAN);
    release(first);
    expect(allocate(MAX_SLAB_SPAN + 1).memory).not.toBe(first.memory);
  });

  it("of what is long is not used again once it is pinned", () => {
    const span = allocate(3 * MAX_SLAB_SPAN);
    viewOf(span).fill(7);
    const shared = pin(span);
    release(shared);
    for (let i = 0; i < 10; i++) viewOf(allocate(3 * MAX_SLAB_SPAN)).fill(8);
    expect(viewOf(shared).length).toBe(3 * MAX_SLAB_SPAN);
    expect(viewOf(shared).every((byte) => byte === 7)).toBe(true);
  });

  it("released twice is not given to two", () => {
    const first = allocate(7 * MAX_SLAB_SPAN);
    release(first);
    release(first);
    const [second, third] = [allocate(7 * MAX_SLAB_SPAN), allocate(7 * MAX_SLAB_SPAN)];
    expect(second.memory).not.toBe(third.memory);
  });

  it("is left to others where it is not needed", () => {
    const span = shrink(allocate(100), 40);
    expect(span.to - span.from).toBe(40);
    expect(allocate(10).from).toBe(span.to);
  });
});
