import { bad, type Case, good, heard } from "../case.ts";
import { CLOSE, CONTINUATION, close, frame, hex, PING, TEXT } from "../wire.ts";

const MAY = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
const MUST_NOT = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32_768, 65_535];

function ends(name: string, send: readonly Uint8Array[], hear: readonly string[]): Case {
  return { name, send, hear };
}

export const closing: Case[] = [
  ends("a close without a code is answered with one", [close()], ["close 1005"]),
  ...MAY.map((code) => ends(`a close with ${code} is answered with it`, [close(code)], [`close ${code}`])),
  ...MUST_NOT.map((code) => bad(`a close with ${code}`, [close(code)], 1002)),
  ...MUST_NOT.map((code) => bad(`a close with ${code} and a reason`, [close(code, "reason")], 1002)),
  bad("a close of one byte", [frame(CLOSE, "a")], 1002),
  ends("a reason is allowed", [close(1000, "going home")], ["close 1000"]),
  ends("a reason of 123 bytes", [close(1000, "*".repeat(123))], ["close 1000"]),
  ends("a reason of 123 bytes in Greek", [close(1000, `${"κ".repeat(61)}a`)], ["close 1000"]),
  bad("a reason of 124 bytes", [close(1000, "*".repeat(124))], 1002),
  bad("a reason with a surrogate", [close(1000, hex("eda080"))], 1007),
  bad("a reason that ends inside a character", [close(1000, hex("6869f09f8e"))], 1007),
  bad("a reason with a byte that is never used", [close(1000, hex("68ff69"))], 1007),
  ends("data after a close is not processed", [close(1000), frame(TEXT, "late")], ["close 1000"]),
  ends("a ping after a close is not answered", [close(1000), frame(PING, "late")], ["close 1000"]),
  ends("a second close is not answered", [close(1000), close(1001)], ["close 1000"]),
  ends("a bad frame after a close does no harm", [close(1000), frame(3, "x", { rsv: 7 })], ["close 1000"]),
  ends("garbage after a close does no harm", [close(1000), Buffer.alloc(4096, 0xff)], ["close 1000"]),
  ends(
    "a close inside a fragmented message is answered, and the message is lost",
    [frame(TEXT, "a", { fin: false }), close(4000), frame(CONTINUATION, "b")],
    ["close 4000"],
  ),
  ends(
    "what came before a close is answered before it",
    [frame(TEXT, "a"), frame(PING, "b"), close(1000)],
    ["text a", "pong 62", "close 1000"],
  ),
  ends(
    "a long message right before a close comes back whole",
    [frame(TEXT, "x".repeat(200_000)), close(1001)],
    [heard("text", "x".repeat(200_000)), "close 1001"],
  ),
  good("nothing at all but the close", [], []),
];
