import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeText, encodeText, UTF8_ACCEPT, UTF8_REJECT, validateUtf8 } from "../../../src/core/protocol/utf8.ts";

const validate = (bytes: Uint8Array) => validateUtf8(UTF8_ACCEPT, bytes, 0, bytes.length);

/** Bytes that are nearly UTF-8: leads, tails and ASCII in any order. */
const nearlyUtf8 = fc
  .array(
    fc.oneof(
      fc.constantFrom(0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf),
      fc.constantFrom(0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff),
    ),
    { maxLength: 12 },
  )
  .map((bytes) => Uint8Array.from(bytes));

const valid = fc.string({ unit: "binary" }).map(encodeText);

describe("validateUtf8", () => {
  it.each([
    ["nothing", ""],
    ["ASCII", "hello, hello"],
    ["two bytes", "\u0080 ߿ é"],
    ["three bytes", "ࠀ퟿\uffff€"],
    ["four bytes", "\u{10000}\u{10ffff}🙂"],
    ["a BOM", "﻿text"],
  ])("accepts %s", (_, value) => {
    expect(validate(encodeText(value))).toBe(UTF8_ACCEPT);
  });

  it.each([
    ["a tail without a lead", [0x80], 1],
    ["an overlong NUL", [0xc0, 0x80], 1],
    ["an overlong form of three bytes", [0xe0, 0x9f, 0x80], 2],
    ["a surrogate", [0xed, 0xa0, 0x80], 2],
    ["an overlong form of four bytes", [0xf0, 0x8f, 0x80, 0x80], 2],
    ["more than U+10FFFF", [0xf4, 0x90, 0x80, 0x80], 2],
    ["a lead that is in no character", [0xf5], 1],
    ["a lead where a tail is due", [0xe2, 0x82, 0x41], 3],
  ])("rejects %s at the byte that makes it invalid", (_, bytes, length) => {
    const before = Uint8Array.from(bytes.slice(0, length - 1));
    expect(validate(before)).not.toBe(UTF8_REJECT);
    expect(validate(Uint8Array.from(bytes.slice(0, length)))).toBe(UTF8_REJECT);
  });

  it("is neither accepted nor rejected inside a character", () => {
    const state = validate(Uint8Array.of(0xf0, 0x9f));
    expect([UTF8_ACCEPT, UTF8_REJECT]).not.toContain(state);
  });

  it("stays rejected", () => {
    expect(validateUtf8(UTF8_REJECT, encodeText("text"), 0, 4)).toBe(UTF8_REJECT);
  });

  it("finds the one bad byte of a long text, wherever it is", () => {
    for (let at = 0; at < 100; at++) {
      const bytes = new Uint8Array(103).fill(0x61);
      bytes[at] = 0xff;
      for (let from = 0; from < 4; from++) {
        const state = validateUtf8(UTF8_ACCEPT, bytes, from, bytes.length);
        expect(state).toBe(at < from ? UTF8_ACCEPT : UTF8_REJECT);
      }
    }
  });

  it("agrees with Node on any bytes, split anywhere", () => {
    fc.assert(
      fc.property(fc.oneof(nearlyUtf8, valid), fc.nat(12), (bytes, at) => {
        const split = Math.min(at, bytes.length);
        const state = validateUtf8(validateUtf8(UTF8_ACCEPT, bytes, 0, split), bytes, split, bytes.length);
        expect(state === UTF8_ACCEPT).toBe(isUtf8(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("decodeText", () => {
  it("keeps a leading BOM", () => {
    expect(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe("\ufeffA");
  });

  it("is undefined for what is not UTF-8", () => {
    expect(decodeText(Uint8Array.of(0x41, 0xff))).toBeUndefined();
  });
});
