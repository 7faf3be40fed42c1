import { bad, type Case, good, heard } from "../case.ts";
import { BINARY, CLOSE, CONTINUATION, frame, hex, octets, PING, PONG, TEXT } from "../wire.ts";

const LENGTHS = [0, 1, 124, 125, 126, 127, 128, 65_535, 65_536, 65_537];

function bytes(length: number): Buffer {
  return octets(length, (i) => i * 7);
}

const OPCODES = { continuation: CONTINUATION, text: TEXT, binary: BINARY, close: CLOSE, ping: PING, pong: PONG };

export const framing: Case[] = [
  ...LENGTHS.flatMap((length) => [
    good(
      `a text of ${length} bytes comes back`,
      [frame(TEXT, "*".repeat(length))],
      [heard("text", "*".repeat(length))],
    ),
    good(`a binary of ${length} bytes comes back`, [frame(BINARY, bytes(length))], [heard("binary", bytes(length))]),
  ]),
  good(
    "messages of several frames' lengths in one go come back in order",
    LENGTHS.slice(0, 7).map((length) => frame(BINARY, bytes(length))),
    LENGTHS.slice(0, 7).map((length) => heard("binary", bytes(length))),
  ),
  good("a masking key of zeros is a key", [hex("81 82 00000000 6869")], ["text hi"]),
  ...([0, 1, 125] as const).flatMap((length) => [
    bad(`${length} written in 16 bits`, [frame(TEXT, "*".repeat(length), { lengthBytes: 2 })], 1002),
    bad(`${length} written in 64 bits`, [frame(TEXT, "*".repeat(length), { lengthBytes: 8 })], 1002),
  ]),
  ...[126, 65_535].map((length) =>
    bad(`${length} written in 64 bits`, [frame(BINARY, bytes(length), { lengthBytes: 8 })], 1002),
  ),
  ...[2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n].map((claimed) =>
    bad(`a length of ${claimed} is refused at the header`, [frame(BINARY, "", { claimed })], 1009),
  ),
  ...Object.entries(OPCODES).map(([name, opcode]) =>
    bad(`a ${name} frame without a mask`, [frame(opcode, "", { unmasked: true })], 1002),
  ),
  bad("a frame without a mask after good ones", [frame(TEXT, "a"), frame(TEXT, "b", { unmasked: true })], 1002, [
    "text a",
  ]),
];
