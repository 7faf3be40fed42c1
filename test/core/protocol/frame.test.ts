import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodeFrame,
  encodeTextFrame,
  headerFailure,
  headerLength,
  isMinimalLength,
  maskingKey,
  payloadLength,
} from "../../../src/core/protocol/frame.ts";
import { copyMasked } from "../../../src/core/protocol/mask.ts";
import * as OPCODE from "../../../src/core/protocol/opcode.ts";
import { bytes, hex, text } from "../../helpers/core/recorder.ts";

const KEY = 0x37fa213d;
const BOUNDARIES = [0, 1, 63, 64, 65, 124, 125, 126, 127, 65534, 65535, 65536, 65537];

describe("encodeFrame", () => {
  it.each([
    ["a text message", encodeFrame(OPCODE.TEXT, text("Hello")), "81 05 48 65 6c 6c 6f"],
    ["a masked text message", encodeFrame(OPCODE.TEXT, text("Hello"), KEY), "81 85 37 fa 21 3d 7f 9f 4d 51 58"],
    ["the first fragment of a text", encodeFrame(OPCODE.TEXT, text("Hel"), undefined, 0), "01 03 48 65 6c"],
    ["its last fragment", encodeFrame(OPCODE.CONTINUATION, text("lo")), "80 02 6c 6f"],
    ["a Ping", encodeFrame(OPCODE.PING, text("Hello")), "89 05 48 65 6c 6c 6f"],
    ["a masked Pong", encodeFrame(OPCODE.PONG, text("Hello"), KEY), "8a 85 37 fa 21 3d 7f 9f 4d 51 58"],
    ["256 bytes", encodeFrame(OPCODE.BINARY, new Uint8Array(256)).subarray(0, 4), "82 7e 01 00"],
    ["64 KiB", encodeFrame(OPCODE.BINARY, new Uint8Array(65536)).subarray(0, 10), "82 7f 00 00 00 00 00 01 00 00"],
  ])("encodes %s as RFC 6455 §5.7 shows", (_, frame, expected) => {
    expect(hex(frame)).toBe(expected);
  });

  it.each(BOUNDARIES)("writes a length of %i in its shortest form, with and without a mask", (length) => {
    for (const key of [undefined, 0x01020304]) {
      const frame = encodeFrame(OPCODE.BINARY, new Uint8Array(length), key);
      expect(payloadLength(frame, 0)).toBe(length);
      expect(isMinimalLength(frame[1]!, length)).toBe(true);
      expect(frame.length).toBe(headerLength(frame[1]!) + length);
      expect(maskingKey(frame, 0, headerLength(frame[1]!))).toBe(key ?? 0);
    }
  });

  it("leaves the caller's payload alone", () => {
    const payload = text("Hello");
    encodeFrame(OPCODE.TEXT, payload, KEY);
    expect(payload).toEqual(text("Hello"));
  });
});

describe("encodeTextFrame", () => {
  const lengths = [0, 1, 40, 41, 42, 62, 63, 124, 125, 126, 127, 5000, 5461, 21_845, 65_535, 65_536];

  it.each(["a", "é", "€", "🙂", "\ud800"])("encodes texts of %j like their UTF-8 bytes, at any length", (character) => {
    for (const length of lengths) {
      const message = character.repeat(length);
      for (const key of [undefined, KEY]) {
        expect(hex(encodeTextFrame(message, key))).toBe(hex(encodeFrame(OPCODE.TEXT, text(message), key)));
      }
    }
  });
});

describe("frames that are held", () => {
  it("are not changed by the frames after them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), fc.uint8Array({ maxLength: 400 }))),
        (messages) => {
          const frames = messages.map((data) =>
            typeof data === "string" ? encodeTextFrame(data, KEY) : encodeFrame(OPCODE.BINARY, data, KEY),
          );
          const copies = frames.map((frame) => hex(frame));
          for (let i = 0; i < 200; i++) encodeFrame(OPCODE.BINARY, new Uint8Array(1000).fill(0xff));
          expect(frames.map((frame) => hex(frame))).toEqual(copies);
          expect(copies).toEqual(
            messages.map((data) =>
              typeof data === "string"
                ? hex(encodeFrame(OPCODE.TEXT, text(data), KEY))
                : hex(encodeFrame(OPCODE.BINARY, data, KEY)),
            ),
          );
        },
      ),
    );
  });

  it("lie next to each other in memory when they are small", () => {
    while (encodeFrame(OPCODE.BINARY, new Uint8Array(1000)).byteOffset !== 0);
    const frames = [0, 1, 2].map(() => encodeTextFrame("hello"));
    const starts = frames.map(({ byteOffset }) => byteOffset - frames[0]!.byteOffset);
    expect(starts).toEqual([0, 7, 14]);
  });
});

describe("payloadLength", () => {
  it("reads 64 bits", () => {
    expect(payloadLength(bytes("82 7f 00 00 00 01 00 00 00 02"), 0)).toBe(2 ** 32 + 2);
  });
});

describe("isMinimalLength", () => {
  it.each([
    [126, 125],
    [127, 126],
    [127, 65535],
  ])("is false for %i announcing %i bytes", (second, length) => {
    expect(isMinimalLength(second, length)).toBe(false);
  });
});

describe("headerFailure", () => {
  /** A header as a server reads it: FIN, TEXT, masked unless the row says otherwise. */
  const failure = (
    first: number,
    second = 0x80,
    rules: { masked?: boolean; rsv?: number; unfinished?: boolean } = {},
  ) => headerFailure(first, second, rules.masked ?? true, rules.rsv ?? 0, rules.unfinished ?? false);

  it.each([0x81, 0x82, 0x01, 0x02, 0x88, 0x89, 0x8a])("accepts %i where no message is under way", (first) => {
    expect(failure(first)).toBeUndefined();
  });

  it.each([0x80, 0x00, 0x88, 0x89, 0x8a])("accepts %i inside a fragmented message", (first) => {
    expect(failure(first, 0x80, { unfinished: true })).toBeUndefined();
  });

  it.each([0xc1, 0xa1, 0x91, 0xc9])("refuses the RSV bits of %i", (first) => {
    expect(failure(first)).toBe("RSV_UNEXPECTED");
  });

  it("accepts an RSV bit that an extension claims on the first frame of a message", () => {
    expect(failure(0xc1, 0x80, { rsv: 0x40 })).toBeUndefined();
  });

  it.each([
    ["a control frame", 0xc9, false],
    ["a continuation", 0xc0, true],
  ])("refuses that bit on %s", (_, first, unfinished) => {
    expect(failure(first, 0x80, { rsv: 0x40, unfinished })).toBe("RSV_UNEXPECTED");
  });

  it("refuses another bit than the extension's", () => {
    expect(failure(0xa1, 0x80, { rsv: 0x40 })).toBe("RSV_UNEXPECTED");
  });

  it.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])("refuses the opcode %i", (opcode) => {
    expect(failure(0x80 | opcode)).toBe("OPCODE_INVALID");
  });

  it("refuses a client's frame without a mask", () => {
    expect(failure(0x81, 0x00)).toBe("FRAME_UNMASKED");
  });

  it("refuses a server's frame with a mask", () => {
    expect(failure(0x81, 0x80, { masked: false })).toBe("FRAME_MASKED");
  });

  it.each([0x08, 0x09, 0x0a])("refuses a fragmented control frame %i", (first) => {
    expect(failure(first)).toBe("CONTROL_FRAGMENTED");
  });

  it.each([0xfe, 0xff])("refuses a control frame whose length is %i", (second) => {
    expect(failure(0x89, second)).toBe("CONTROL_TOO_LONG");
  });

  it.each([0x80, 0x00])("refuses a continuation %i of nothing", (first) => {
    expect(failure(first)).toBe("CONTINUATION_UNEXPECTED");
  });

  it.each([0x81, 0x01, 0x82, 0x02])("refuses a message %i inside an unfinished one", (first) => {
    expect(failure(first, 0x80, { unfinished: true })).toBe("CONTINUATION_UNEXPECTED");
  });
});

describe("copyMasked", () => {
  const naive = (source: Uint8Array, key: number, phase: number) =>
    source.map((byte, i) => byte ^ (key >>> (8 * (3 - ((phase + i) % 4)))));

  it("masks like the RFC's formula, at any alignment, length and phase", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.record({ from: fc.nat(5), to: fc.nat(5), offset: fc.nat(5), phase: fc.nat(1000) }),
        (payload, key, { from, to, offset, phase }) => {
          const source = new Uint8Array(payload.length + from + 2);
          source.set(payload, from);
          const target = new Uint8Array(new ArrayBuffer(payload.length + 32), offset, payload.length + to + 2);
          copyMasked(source, from, target, to, payload.length, key, phase);
          expect(target.slice(to, to + payload.length)).toEqual(naive(payload, key, phase));
          expect([...target.slice(0, to), ...target.slice(to + payload.length)].every((byte) => byte === 0)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
