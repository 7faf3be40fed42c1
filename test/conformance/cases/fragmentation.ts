import { bad, type Case, good } from "../case.ts";
import { BINARY, CONTINUATION, fragments, frame, PING, TEXT } from "../wire.ts";

/** The five frames that matter for order; each one's payload is its own place in the sequence. */
const KINDS = {
  T: (payload: string) => frame(TEXT, payload),
  t: (payload: string) => frame(TEXT, payload, { fin: false }),
  C: (payload: string) => frame(CONTINUATION, payload),
  c: (payload: string) => frame(CONTINUATION, payload, { fin: false }),
  P: (payload: string) => frame(PING, payload),
};

type Kind = keyof typeof KINDS;

/** What RFC 6455 §5.4 makes of an order of frames. */
function model(order: readonly Kind[]): { hear: string[]; legal: boolean } {
  const hear: string[] = [];
  let message: string | undefined;
  for (const [at, kind] of order.entries()) {
    if (kind === "P") hear.push(`pong 3${at}`);
    else if ((kind === "C" || kind === "c") === (message === undefined)) return { hear, legal: false };
    else {
      message = `${message ?? ""}${at}`;
      if (kind === "T" || kind === "C") {
        hear.push(`text ${message}`);
        message = undefined;
      }
    }
  }
  return { hear, legal: true };
}

function orders(length: number): Kind[][] {
  if (length === 0) return [[]];
  return orders(length - 1).flatMap((order) => (Object.keys(KINDS) as Kind[]).map((kind) => [...order, kind]));
}

function ordered(order: readonly Kind[]): Case {
  const send = order.map((kind, at) => KINDS[kind](`${at}`));
  const { hear, legal } = model(order);
  const name = `frames in the order ${order.join(" ")} (small: without FIN)`;
  return legal ? good(name, send, hear) : bad(name, send, 1002, hear);
}

const none = { fin: false };

export const fragmentation: Case[] = [
  ...[1, 2, 3].flatMap(orders).map(ordered),
  ...[1, 2, 3, 7].map((size) =>
    good(`a text in fragments of ${size}`, fragments(TEXT, "fragmented text", size), ["text fragmented text"]),
  ),
  good("a binary in fragments stays binary", fragments(BINARY, "\x00\x01\x02", 1), ["binary 000102"]),
  good(
    "fragments may be empty",
    [frame(TEXT, "", none), frame(CONTINUATION, "", none), frame(CONTINUATION)],
    ["text "],
  ),
  good(
    "empty fragments among others add nothing",
    [frame(TEXT, "a", none), frame(CONTINUATION, "", none), frame(CONTINUATION, "b", none), frame(CONTINUATION)],
    ["text ab"],
  ),
  good(
    "a message of 1000 empty fragments and one byte",
    [
      frame(BINARY, "", none),
      ...Array.from({ length: 1000 }, () => frame(CONTINUATION, "", none)),
      frame(CONTINUATION, "x"),
    ],
    ["binary 78"],
  ),
  good(
    "fragmented messages one after the other",
    [...fragments(TEXT, "one", 1), ...fragments(BINARY, "two", 2), ...fragments(TEXT, "three", 3)],
    ["text one", "binary 74776f", "text three"],
  ),
  bad("a binary begins inside a text", [frame(TEXT, "a", none), frame(BINARY, "b")], 1002),
  bad("a text begins inside a binary", [frame(BINARY, "a", none), frame(TEXT, "b")], 1002),
  bad(
    "a continuation after a finished fragmented message",
    [...fragments(TEXT, "ab", 1), frame(CONTINUATION, "c")],
    1002,
    ["text ab"],
  ),
];
