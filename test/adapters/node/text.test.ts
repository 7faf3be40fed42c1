import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeText } from "../../../src/adapters/node/text.ts";
import { copyMasked, unmaskedText } from "../../../src/core/protocol/mask.ts";
import { useTextCoding, WEB_TEXT } from "../../../src/core/protocol/text.ts";

/** Bytes somewhere in larger memory. */
function within(bytes: Uint8Array, from: number): Uint8Array {
  const memory = new Uint8Array(from + bytes.length + 7).fill(0xff);
  memory.set(bytes, from);
  return memory;
}

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "binary-ascii" }),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
);

/** UTF-8 in which a byte is another, most of the time. */
const nearlyUtf8 = fc.tuple(anyText, fc.nat(200), fc.nat(255)).map(([text, at, byte]) => {
  const bytes = new TextEncoder().encode(text);
  return at < bytes.length * 3 ? bytes.with(at % bytes.length, byte) : bytes;
});

const anyBytes = fc.oneof(nearlyUtf8, fc.uint8Array({ maxLength: 80 }));

describe("text on Node", () => {
  it("is not the web's where Node has what it takes", () => {
    expect(nodeText).not.toBe(WEB_TEXT);
  });

  it("is read as TextDecoder reads it, or not at all", () => {
    const same = (bytes: Uint8Array, from: number) => {
      const memory = within(bytes, from);
      const to = from + bytes.length;
      expect(nodeText.read(memory, from, to, false)).toBe(WEB_TEXT.read(memory, from, to, false));
      if (bytes.every((byte) => byte < 0x80))
        expect(nodeText.read(memory, from, to, true)).toBe(WEB_TEXT.read(memory, from, to, true));
    };
    fc.assert(fc.property(anyBytes, fc.nat(9), same));
    for (const text of ["", "\ufefftext", "\u0000", "é", "世界", "🙂"]) same(new TextEncoder().encode(text), 3);
  });

  it("is written as TextEncoder writes it, and nothing around it", () => {
    const written = (text: string, from: number, { write }: typeof WEB_TEXT) => {
      const memory = new Uint8Array(from + 3 * text.length + 7).fill(0xee);
      const length = write(text, memory, from);
      return { length, before: memory.slice(0, from), bytes: memory.slice(from, from + length) };
    };
    fc.assert(
      fc.property(anyText, fc.nat(9), (text, from) => {
        expect(written(text, from, nodeText)).toEqual(written(text, from, WEB_TEXT));
      }),
    );
  });
});

describe.each([
  ["Node's", nodeText],
  ["the web's", WEB_TEXT],
])("a masked text, read by %s", (_, coding) => {
  it.each([0, 1, 3, 4, 5, 62, 63, 64, 65, 66, 67, 68, 100, 129])(
    "of %d bytes is what it was, wherever it has a character that is not ASCII or a byte that is not UTF-8",
    (length) => {
      useTextCoding(coding);
      const key = 0x80ff017f;
      const read = (bytes: Uint8Array) => {
        const masked = within(bytes, 5);
        copyMasked(masked, 5, masked, 5, bytes.length, key, 0);
        return unmaskedText(masked, 5, bytes.length, key);
      };
      try {
        for (let at = 0; at < length; at++) {
          const bytes = new Uint8Array(length).fill(0x61);
          expect(read(bytes)).toBe("a".repeat(length));
          expect(read(bytes.with(at, 0x80))).toBe(undefined);
          if (at + 1 < length)
            expect(read(bytes.with(at, 0xc3).with(at + 1, 0xa9))).toBe(
              `${"a".repeat(at)}é${"a".repeat(length - at - 2)}`,
            );
        }
        expect(read(new Uint8Array(length))).toBe("\0".repeat(length));
      } finally {
        useTextCoding(nodeText);
      }
    },
  );
});
