import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeText } from "../../src/core/protocol/utf8.ts";
import { type Batch, decodeBatch, encodeBatch, type Posting, pack } from "../../src/core/rooms/cluster/batch.ts";

const ORIGIN = { from: "process", epoch: 1, offset: 0 };

function encoded(postings: readonly Posting[], origin: Omit<Batch, "postings"> = ORIGIN): Uint8Array<ArrayBuffer> {
  return encodeBatch(origin, postings.map(pack));
}

/** A batch with a head as somebody else may write it. */
function withHead(head: unknown, ...acts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const text = encodeText(typeof head === "string" ? head : JSON.stringify(head));
  const length = Uint8Array.of(0, 0, text.length >> 8, text.length);
  return Uint8Array.from([length, text, ...acts].flatMap((bytes) => [...bytes]));
}

const act = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constant("\uFEFFkept"),
  fc.uint8Array(),
  fc.record({ code: fc.integer({ min: 3000, max: 4999 }), reason: fc.string({ maxLength: 30 }) }),
  fc.constant({ code: 4000, reason: "x".repeat(123) }),
  fc.record({ roster: fc.string({ unit: "binary" }) }),
);

const posting = fc.record({
  topic: fc.option(fc.string(), { nil: undefined }),
  except: fc.option(fc.string(), { nil: undefined }),
  act,
});

describe("a batch", () => {
  it("comes back as it was, whatever is in it", () => {
    const origin = fc.record({ from: fc.string({ minLength: 1 }), epoch: fc.integer({ min: 1 }), offset: fc.nat() });
    fc.assert(
      fc.property(origin, fc.array(posting, { minLength: 1, maxLength: 5 }), (from, postings) => {
        expect(decodeBatch(encoded(postings, from))).toEqual({ ...from, postings });
      }),
    );
  });

  it.each<[string, Uint8Array<ArrayBuffer>]>([
    ["no bytes", new Uint8Array(0)],
    ["a head that is no array", withHead({})],
    ["a head that is null", withHead(null)],
    ["another version", withHead([2, "p", 1, 0, [[1, 0]]], Uint8Array.of(65))],
    ["no postings", withHead([1, "p", 1, 0, []])],
    ["postings that are no array", withHead([1, "p", 1, 0, { length: 0 }])],
    ["postings that are a text", withHead([1, "p", 1, 0, "ab"])],
    ["a process that is no text", withHead([1, 7, 1, 0, [[1, 0]]], Uint8Array.of(65))],
    ["a numbering that is a text", withHead([1, "p", "1", 0, [[1, 0]]], Uint8Array.of(65))],
    ["a numbering that is a fraction", withHead([1, "p", 1.5, 0, [[1, 0]]], Uint8Array.of(65))],
    ["a numbering past all others", withHead('[1,"p",1e400,0,[[1,0]]]', Uint8Array.of(65))],
    ["a numbering below all others", withHead([1, "p", -1, 0, [[1, 0]]], Uint8Array.of(65))],
    ["an offset that is null", withHead([1, "p", 1, null, [[1, 0]]], Uint8Array.of(65))],
    ["an offset below zero", withHead([1, "p", 1, -5, [[1, 0]]], Uint8Array.of(65))],
    ["an offset that no count reaches", withHead([1, "p", 1, 2 ** 60, [[1, 0]]], Uint8Array.of(65))],
    [
      "a size below zero",
      withHead(
        [
          1,
          "p",
          1,
          0,
          [
            [2, 0],
            [-1, 0],
          ],
        ],
        Uint8Array.of(65),
      ),
    ],
    ["a size that is a text", withHead([1, "p", 1, 0, [["1", 0]]], Uint8Array.of(65))],
    ["a size past the end", withHead([1, "p", 1, 0, [[2, 0]]], Uint8Array.of(65))],
    ["bytes that belong to none", withHead([1, "p", 1, 0, [[1, 0]]], Uint8Array.of(65, 65))],
    ["a posting that is no array", withHead([1, "p", 1, 0, [7]])],
    ["a posting that is null", withHead([1, "p", 1, 0, [null]])],
    ["a kind that there is none of", withHead([1, "p", 1, 0, [[2, 3]]], Uint8Array.of(0x03, 0xe8))],
    ["a topic that is a number", withHead([1, "p", 1, 0, [[1, 0, 5]]], Uint8Array.of(65))],
    ["an exception that is an object", withHead([1, "p", 1, 0, [[1, 0, null, {}]]], Uint8Array.of(65))],
    ["a text that is not UTF-8", withHead([1, "p", 1, 0, [[1, 0]]], Uint8Array.of(0xff))],
    [
      "a head that is not UTF-8",
      Uint8Array.from([...withHead([1, "p", 1, 0, [[0, 1]]])].map((byte) => (byte === 112 ? 255 : byte))),
    ],
    ["a close without a code", withHead([1, "p", 1, 0, [[0, 2]]])],
    ["a close of one byte", withHead([1, "p", 1, 0, [[1, 2]]], Uint8Array.of(3))],
    ["a close whose code may not be sent", withHead([1, "p", 1, 0, [[2, 2]]], Uint8Array.of(0x03, 0xed))],
    [
      "a close whose reason is too long",
      withHead([1, "p", 1, 0, [[126, 2]]], Uint8Array.of(0x0f, 0xa0), new Uint8Array(124).fill(97)),
    ],
  ])("is not what has %s", (_, bytes) => {
    expect(decodeBatch(bytes)).toBeUndefined();
  });

  it("cut, or with a byte of another value, is none, or one whose every part is what it should be", () => {
    const whole = encoded([
      { act: "grüße", topic: "t" },
      { act: Uint8Array.of(1, 2), except: "e" },
      { act: { code: 4000, reason: "x" } },
    ]);
    for (let end = 0; end < whole.length; end += 1) expect(decodeBatch(whole.slice(0, end))).toBeUndefined();
    for (let at = 0; at < whole.length; at += 1) {
      for (const value of [0, 34, 45, 46, 49, 91, 93, 101, 123, 255]) {
        const changed = whole.slice();
        changed[at] = value;
        const batch = decodeBatch(changed);
        if (batch) expect(isWhole(batch)).toBe(true);
      }
    }
  });
});

function isWhole({ from, epoch, offset, postings }: Batch): boolean {
  const isText = (value: unknown) => value === undefined || typeof value === "string";
  const isAct = ({ act }: Posting) =>
    typeof act === "string" ||
    act instanceof Uint8Array ||
    ("roster" in act && typeof act.roster === "string") ||
    ("code" in act && act.code >= 1000 && act.code !== 1005 && typeof act.reason === "string");
  return (
    typeof from === "string" &&
    Number.isSafeInteger(epoch) &&
    Number.isSafeInteger(offset) &&
    postings.every((one) => isText(one.topic) && isText(one.except) && isAct(one))
  );
}
