import { bad, type Case } from "../case.ts";
import { BINARY, CLOSE, CONTINUATION, frame, PING, PONG, TEXT } from "../wire.ts";

const OPCODES = { text: TEXT, binary: BINARY, continuation: CONTINUATION, close: CLOSE, ping: PING, pong: PONG };
const RESERVED = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
const unfinished = frame(TEXT, "a", { fin: false });

export const reserved: Case[] = [
  ...Object.entries(OPCODES).flatMap(([name, opcode]) =>
    [1, 2, 3, 4, 5, 6, 7].map((rsv) => {
      const before = opcode === CONTINUATION ? [unfinished] : [];
      const plain = rsv === 4 && (opcode === TEXT || opcode === BINARY);
      return {
        ...bad(`reserved bits ${rsv} on a ${name} frame`, [...before, frame(opcode, "", { rsv })], 1002),
        plain,
      };
    }),
  ),
  bad("a reserved bit after good messages", [frame(TEXT, "a"), frame(PING, "b"), frame(TEXT, "c", { rsv: 2 })], 1002, [
    "text a",
    "pong 62",
  ]),
  ...RESERVED.flatMap((opcode) => [
    bad(`opcode ${opcode}`, [frame(opcode)], 1002),
    bad(`opcode ${opcode} with a payload`, [frame(opcode, "reserved")], 1002),
    bad(`opcode ${opcode} after a text`, [frame(TEXT, "a"), frame(opcode)], 1002, ["text a"]),
    bad(`opcode ${opcode} inside a message`, [unfinished, frame(opcode)], 1002),
    bad(`opcode ${opcode} without FIN`, [frame(opcode, "", { fin: false })], 1002),
  ]),
];
