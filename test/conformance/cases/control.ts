import { bad, type Case, good, heard } from "../case.ts";
import { CLOSE, CONTINUATION, fragments, frame, PING, PONG, TEXT } from "../wire.ts";

const CONTROLS = { close: CLOSE, ping: PING, pong: PONG };
const TEN = Array.from({ length: 10 }, (_, i) => `payload ${i}`);
const HIGH_BYTES = Buffer.of(0, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0, 0xff);

export const control: Case[] = [
  ...[0, 1, 8, 124, 125].map((length) => {
    const payload = Buffer.alloc(length, 0xfe);
    return good(
      `a ping of ${length} bytes is answered with the same`,
      [frame(PING, payload)],
      [heard("pong", payload)],
    );
  }),
  good("a ping's payload need not be text", [frame(PING, HIGH_BYTES)], [heard("pong", HIGH_BYTES)]),
  ...Object.entries(CONTROLS).flatMap(([name, opcode]) => [
    bad(`a ${name} of 126 bytes`, [frame(opcode, "*".repeat(126))], 1002),
    bad(`a ${name} that says 64 bits of length`, [frame(opcode, "", { lengthBytes: 8 })], 1002),
    bad(`a ${name} without FIN`, [frame(opcode, "", { fin: false })], 1002),
    bad(
      `a ${name} without FIN inside a message`,
      [frame(TEXT, "a", { fin: false }), frame(opcode, "", { fin: false })],
      1002,
    ),
  ]),
  good(
    "a pong that nobody asked for is not answered",
    [frame(PONG), frame(PONG, "payload"), frame(TEXT, "a")],
    ["text a"],
  ),
  good(
    "a pong that nobody asked for does not answer the ping after it",
    [frame(PONG, "x"), frame(PING, "y")],
    [heard("pong", "y")],
  ),
  good(
    "ten pings are answered in order",
    TEN.map((payload) => frame(PING, payload)),
    TEN.map((payload) => heard("pong", payload)),
  ),
  good(
    "ten pings between texts are answered in their places",
    TEN.flatMap((payload) => [frame(PING, payload), frame(TEXT, payload)]),
    TEN.flatMap((payload) => [heard("pong", payload), heard("text", payload)]),
  ),
  good(
    "pings between all fragments of a message are answered before it",
    fragments(TEXT, "abcdef", 1).flatMap((fragment, i) => [fragment, ...(i < 5 ? [frame(PING, `${i}`)] : [])]),
    [...["0", "1", "2", "3", "4"].map((payload) => heard("pong", payload)), "text abcdef"],
  ),
  good(
    "a pong between fragments changes nothing",
    [frame(TEXT, "a", { fin: false }), frame(PONG, "p"), frame(CONTINUATION, "b")],
    ["text ab"],
  ),
];
