import { describe, expect, it } from "vitest";
import { MessageAssembly, type MessageLimits } from "../../../src/core/protocol/message.ts";
import * as OPCODE from "../../../src/core/protocol/opcode.ts";
import { text } from "../../helpers/core/recorder.ts";

const { CONTINUATION, TEXT, BINARY } = OPCODE;

/** Puts one frame's payload into the message, in one piece. */
function add(message: MessageAssembly, opcode: number, fin: boolean, payload: Uint8Array) {
  const failure = message.begin(opcode, fin, payload.length, true);
  if (failure !== undefined) return failure;
  message.reserve(payload.length);
  message.bytes.set(payload, message.size);
  return message.advance(payload.length);
}

function ofFragments(opcode: number, payloads: readonly Uint8Array[], limits: MessageLimits = {}) {
  const message = new MessageAssembly(limits);
  for (const [i, payload] of payloads.entries()) {
    const failure = add(message, i === 0 ? opcode : CONTINUATION, i === payloads.length - 1, payload);
    if (failure !== undefined) return failure;
  }
  return message.messageOf(message.takePayload());
}

describe("MessageAssembly", () => {
  it("makes one text of its fragments, with a character split between them", () => {
    expect(ofFragments(TEXT, [Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xac, 0x21)])).toBe("€!");
  });

  it.each([1, 2, 3, 7])("gives a binary message of %i fragments a buffer of exactly its size", (count) => {
    const data = ofFragments(
      BINARY,
      Array.from({ length: count }, () => Uint8Array.of(1, 2, 3)),
    );
    expect(data).toEqual(Uint8Array.from(Array.from({ length: count }, () => [1, 2, 3]).flat()));
    const { buffer, byteOffset } = data as Uint8Array;
    expect([byteOffset, buffer.byteLength]).toEqual([0, 3 * count]);
  });

  it("gives an exact buffer when the last fragment is empty", () => {
    const data = ofFragments(BINARY, [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3), new Uint8Array(0)]);
    expect((data as Uint8Array).buffer.byteLength).toBe(3);
  });

  it("gives each empty binary message a buffer of its own", () => {
    const [one, two] = [ofFragments(BINARY, [new Uint8Array(0)]), ofFragments(BINARY, [new Uint8Array(0)])];
    expect((one as Uint8Array).buffer).not.toBe((two as Uint8Array).buffer);
  });

  it("allocates the payload of a frame up to 64 KiB once", () => {
    const message = new MessageAssembly({});
    message.begin(BINARY, true, 1 << 16, false);
    message.reserve(1);
    const { bytes } = message;
    message.advance(1);
    message.reserve((1 << 16) - 1);
    message.advance((1 << 16) - 1);
    expect(message.messageOf(message.takePayload())).toBe(bytes);
  });

  it("makes room for a longer frame as its bytes come, whatever its header claims", () => {
    const message = new MessageAssembly({});
    message.begin(BINARY, true, 1 << 20, false);
    const rooms = [];
    for (let size = 0; size < 1 << 20; size += 1 << 16) {
      message.reserve(1 << 16);
      message.advance(1 << 16);
      rooms.push(message.bytes.length / message.size);
    }
    expect(Math.max(...rooms)).toBeLessThanOrEqual(2);
    expect((message.messageOf(message.takePayload()) as Uint8Array).buffer.byteLength).toBe(1 << 20);
  });

  it("takes messages one after the other", () => {
    const message = new MessageAssembly({});
    add(message, TEXT, true, text("one"));
    expect(message.messageOf(message.takePayload())).toBe("one");
    add(message, BINARY, true, Uint8Array.of(2));
    expect(message.messageOf(message.takePayload())).toEqual(Uint8Array.of(2));
  });

  it("takes a message of exactly messageBytes", () => {
    expect(ofFragments(TEXT, [text("12"), text("345")], { messageBytes: 5 })).toBe("12345");
  });

  it("refuses a frame over messageBytes at its header, and allocates nothing for it", () => {
    const message = new MessageAssembly({ messageBytes: 5 });
    expect(message.begin(BINARY, true, 6, false)).toBe("MESSAGE_TOO_BIG");
    expect(message.bytes.length).toBe(0);
  });

  it("refuses the fragment that brings the message over messageBytes", () => {
    const message = new MessageAssembly({ messageBytes: 5 });
    add(message, BINARY, false, Uint8Array.of(1, 2, 3));
    expect(message.begin(CONTINUATION, true, 3, false)).toBe("MESSAGE_TOO_BIG");
  });

  it("refuses a length that no buffer could have, whatever the limit", () => {
    expect(new MessageAssembly({ messageBytes: Number.POSITIVE_INFINITY }).begin(BINARY, true, 2 ** 62, false)).toBe(
      "MESSAGE_TOO_BIG",
    );
  });

  it("refuses one fragment more than `fragments`, empty or not", () => {
    const empty = new Uint8Array(0);
    expect(ofFragments(BINARY, [empty, empty, empty], { fragments: 3 })).toEqual(empty);
    expect(ofFragments(BINARY, [empty, empty, empty, empty], { fragments: 3 })).toBe("MESSAGE_TOO_BIG");
  });

  it("grows its buffer a handful of times over 100,000 fragments of one byte", () => {
    const message = new MessageAssembly({});
    const buffers = new Set<Uint8Array>();
    for (let i = 0; i < 100_000; i++) {
      add(message, i === 0 ? BINARY : CONTINUATION, false, Uint8Array.of(i));
      buffers.add(message.bytes);
    }
    expect(buffers.size).toBeLessThan(20);
    expect(message.bytes.length).toBeLessThanOrEqual(200_000);
  });

  it("fails a text that goes on at its first invalid byte", () => {
    const message = new MessageAssembly({});
    message.begin(TEXT, true, 10, false);
    message.reserve(1);
    message.bytes[0] = 0xff;
    expect(message.advance(1)).toBe("INVALID_UTF8");
  });

  it("is undefined for a whole text that is not UTF-8", () => {
    expect(ofFragments(TEXT, [Uint8Array.of(0xff)])).toBeUndefined();
  });

  it("is undefined for a text that ends inside a character", () => {
    expect(ofFragments(TEXT, [Uint8Array.of(0xe2), Uint8Array.of(0x82)])).toBeUndefined();
  });

  it("checks no UTF-8 in a binary message", () => {
    expect(ofFragments(BINARY, [Uint8Array.of(0xff), Uint8Array.of(0xff)])).toEqual(Uint8Array.of(0xff, 0xff));
  });
});
