import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSendableCode } from "../../../src/core/protocol/close.ts";
import type { ConnectionOptions } from "../../../src/core/protocol/connection.ts";
import type { Extension } from "../../../src/core/protocol/extension.ts";
import { encodeFrame, FIN } from "../../../src/core/protocol/frame.ts";
import * as OPCODE from "../../../src/core/protocol/opcode.ts";
import { FAILURE_CLOSE, type ProtocolFailureCode } from "../../../src/core/protocol/protocol-failures.ts";
import { join } from "../../helpers/core/joined.ts";
import { bytes, type Call, concat, hex, record, text } from "../../helpers/core/recorder.ts";
import { sending } from "../../helpers/core/sending.ts";

const { CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG } = OPCODE;
const KEY = 0x37fa213d;
const BOUNDARIES = [0, 1, 124, 125, 126, 127, 65534, 65535, 65536, 65537];

/** A frame as a client sends it. */
const masked = (opcode: number, payload: string | Uint8Array = "", flags = FIN) =>
  encodeFrame(opcode, typeof payload === "string" ? text(payload) : payload, KEY, flags);

/** A frame as a server sends it. */
const plain = (opcode: number, payload: string | Uint8Array = "", flags = FIN) =>
  encodeFrame(opcode, typeof payload === "string" ? text(payload) : payload, undefined, flags);

const client = { role: "client", maskKey: () => KEY } as const;

const closeCode = (code: number) => Uint8Array.of(code >> 8, code);

/** The calls with which a server fails. */
function failed(failure: ProtocolFailureCode): Call[] {
  const code = FAILURE_CLOSE[failure];
  return [
    ["write", hex(plain(CLOSE, concat(closeCode(code), text(failure))))],
    ["closed", { code, reason: failure, wasClean: false, failure }],
  ];
}

/** All calls of a server that receives the chunks. */
function received(chunks: readonly Uint8Array[], options: ConnectionOptions = { role: "server" }): Call[] {
  const { calls, connection } = record(options);
  for (const chunk of chunks) connection.receive(chunk);
  return calls;
}

describe("the examples of RFC 6455 §5.7", () => {
  it.each([
    ["a text message", "81 05 48 65 6c 6c 6f"],
    ["a fragmented text message", "01 03 48 65 6c 80 02 6c 6f"],
  ])("a client receives %s", (_, input) => {
    expect(received([bytes(input)], client)).toEqual([["message", "Hello"]]);
  });

  it("a server receives a masked text message", () => {
    expect(received([bytes("81 85 37 fa 21 3d 7f 9f 4d 51 58")])).toEqual([["message", "Hello"]]);
  });

  it("a client answers a Ping with a masked Pong", () => {
    expect(received([bytes("89 05 48 65 6c 6c 6f")], client)).toEqual([["write", "8a 85 37 fa 21 3d 7f 9f 4d 51 58"]]);
  });

  it("a server receives a Pong", () => {
    expect(received([bytes("8a 85 37 fa 21 3d 7f 9f 4d 51 58")])).toEqual([["pong", text("Hello")]]);
  });
});

describe("receiving messages", () => {
  it.each(BOUNDARIES)("takes %i bytes, binary and text", (length) => {
    const payload = new Uint8Array(length).fill(0x61);
    expect(received([masked(BINARY, payload), masked(TEXT, payload)])).toEqual([
      ["message", payload],
      ["message", "a".repeat(length)],
    ]);
  });

  it("gives binary messages that own exactly their bytes", () => {
    const [[, data]] = received([masked(BINARY, "abc")]) as [["message", Uint8Array]];
    expect([data.byteOffset, data.buffer.byteLength, data.constructor]).toEqual([0, 3, Uint8Array]);
  });

  it("gives plain arrays from a chunk that is a Buffer", () => {
    const [[, data]] = received([Buffer.from(masked(BINARY, "abc"))]) as [["message", Uint8Array]];
    expect(data.constructor).toBe(Uint8Array);
  });

  it("keeps nothing of a chunk that the caller reuses", () => {
    const { calls, connection } = record();
    connection.pause();
    const chunk = masked(TEXT, "first");
    connection.receive(chunk);
    chunk.fill(0);
    connection.resume();
    expect(calls).toEqual([["message", "first"]]);
  });

  it("keeps nothing of a chunk that the caller reuses after a pause inside message()", () => {
    const { calls, connection } = record({ role: "server" }, () => connection.pause());
    const chunk = concat(masked(TEXT, "first"), masked(TEXT, "second"));
    connection.receive(chunk);
    chunk.fill(0);
    connection.resume();
    expect(calls.map(([, data]) => data)).toEqual(["first", "second"]);
  });

  it.each([
    ["whole texts", (data: string) => masked(TEXT, data)],
    ["fragments", (data: string) => concat(masked(TEXT, data, 0), masked(CONTINUATION, data))],
  ])("keeps the %s of two connections apart, cut anywhere", (_, frames) => {
    const [inputs, expected] = [["aaaa", "bbbb"].map(frames), ["aaaa", "bbbb"].map((data) => received([frames(data)]))];
    const { length } = inputs[0]!;
    for (let one = 0; one <= length; one++) {
      for (let two = one; two <= length; two++) {
        const peers = inputs.map((input) => ({ input, ...record() }));
        for (const [from, to] of [
          [0, one],
          [one, two],
          [two, length],
        ] as const) {
          for (const { connection, input } of peers) connection.receive(input.subarray(from, to));
        }
        expect(peers.map(({ calls }) => calls)).toEqual(expected);
      }
    }
  });

  it("answers a Ping between fragments at once", () => {
    const input = concat(masked(TEXT, "Hel", 0), masked(PING, "?"), masked(CONTINUATION, "lo"));
    expect(received([input])).toEqual([
      ["write", hex(plain(PONG, "?"))],
      ["message", "Hello"],
    ]);
  });

  it("takes a message of messageBytes", () => {
    expect(received([masked(TEXT, "12345")], { role: "server", limits: { messageBytes: 5 } })).toEqual([
      ["message", "12345"],
    ]);
  });

  it("refuses a message over messageBytes at its header", () => {
    const header = masked(TEXT, "123456").subarray(0, 6);
    expect(received([header], { role: "server", limits: { messageBytes: 5 } })).toEqual(failed("MESSAGE_TOO_BIG"));
  });

  it("refuses a message of more than `fragments` frames", () => {
    const input = [masked(TEXT, "", 0), masked(CONTINUATION, "", 0), masked(CONTINUATION, "", 0)];
    expect(received(input, { role: "server", limits: { fragments: 2 } })).toEqual(failed("MESSAGE_TOO_BIG"));
  });

  it("counts the fragments of each message anew", () => {
    const input = [0, 1, 2].flatMap(() => [masked(TEXT, "a", 0), masked(CONTINUATION, "b")]);
    expect(received(input, { role: "server", limits: { fragments: 2 } }).map(([, data]) => data)).toEqual([
      "ab",
      "ab",
      "ab",
    ]);
  });

  it("lets the extension's RSV bit pass on a message's first frame", () => {
    const input = masked(TEXT, "Hello", FIN | 0x40);
    const extension: Extension = {
      rsv: 0x40,
      encodes: () => false,
      encode: (message, done) => done(message),
      decode: (payload, _, done) => done(payload),
      sending,
      close() {},
    };
    expect(received([input], { role: "server", extension })).toEqual([["message", "Hello"]]);
  });
});

describe("a peer's mistake", () => {
  it.each<[ProtocolFailureCode, string, Uint8Array]>([
    ["FRAME_UNMASKED", "a frame without a mask", plain(TEXT, "Hello")],
    ["RSV_UNEXPECTED", "RSV1", masked(TEXT, "", FIN | 0x40)],
    ["RSV_UNEXPECTED", "RSV2", masked(TEXT, "", FIN | 0x20)],
    ["RSV_UNEXPECTED", "RSV3", masked(TEXT, "", FIN | 0x10)],
    ["OPCODE_INVALID", "opcode 3", masked(3)],
    ["OPCODE_INVALID", "opcode 11", masked(11)],
    ["CONTROL_TOO_LONG", "a Ping of 126 bytes", masked(PING, new Uint8Array(126))],
    ["CONTROL_FRAGMENTED", "a Ping without FIN", masked(PING, "", 0)],
    ["CONTINUATION_UNEXPECTED", "a continuation of nothing", masked(CONTINUATION)],
    ["CONTINUATION_UNEXPECTED", "a text inside a text", concat(masked(TEXT, "", 0), masked(TEXT))],
    ["LENGTH_NOT_MINIMAL", "125 in sixteen bits", bytes("81 fe 00 7d 00 00 00 00")],
    ["LENGTH_NOT_MINIMAL", "65535 in 64 bits", bytes("81 ff 00 00 00 00 00 00 ff ff 00 00 00 00")],
    ["MESSAGE_TOO_BIG", "a length with its most significant bit", bytes("82 ff 80 00 00 00 00 00 00 00 00 00 00 00")],
    ["CLOSE_PAYLOAD_SHORT", "a Close of one byte", masked(CLOSE, Uint8Array.of(3))],
    ["INVALID_UTF8", "a text that is not UTF-8", masked(TEXT, Uint8Array.of(0xff))],
    ["INVALID_UTF8", "a text that ends inside a character", masked(TEXT, Uint8Array.of(0xe2, 0x82))],
    ["INVALID_UTF8", "a reason that is not UTF-8", masked(CLOSE, Uint8Array.of(3, 0xe8, 0xff))],
    ["INVALID_UTF8", "a first fragment that is not UTF-8", masked(TEXT, Uint8Array.of(0xc0), 0)],
  ])("is %s: %s", (failure, _, input) => {
    expect(received([input])).toEqual(failed(failure));
  });

  it("is FRAME_MASKED from a server, and answered with a masked Close", () => {
    expect(received([masked(TEXT, "Hello")], client)).toEqual([
      ["write", hex(masked(CLOSE, concat(closeCode(1002), text("FRAME_MASKED"))))],
      ["closed", { code: 1002, reason: "FRAME_MASKED", wasClean: false, failure: "FRAME_MASKED" }],
    ]);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])("is CLOSE_CODE_INVALID: %i", (code) => {
    expect(received([masked(CLOSE, closeCode(code))])).toEqual(failed("CLOSE_CODE_INVALID"));
  });

  it("is found before the payload that follows it", () => {
    expect(received([bytes("83 ff")])).toEqual(failed("OPCODE_INVALID"));
  });

  it("makes all that follows it ignored", () => {
    const { calls, connection } = record();
    connection.receive(concat(masked(3), masked(TEXT, "Hello")));
    connection.receive(masked(PING));
    connection.receiveEnd();
    expect(calls).toEqual(failed("OPCODE_INVALID"));
  });

  it("fails at the byte where a text that arrives in pieces becomes invalid", () => {
    const { calls, connection } = record();
    const frame = masked(TEXT, Uint8Array.of(0x41, 0xe0, 0x80, 0x80, 0x41));
    connection.receive(frame.subarray(0, 8));
    expect(calls).toEqual([]);
    connection.receive(frame.subarray(8, 9));
    expect(calls).toEqual(failed("INVALID_UTF8"));
  });
});

describe("the peer closes first", () => {
  it.each([1000, 1001, 1003, 1007, 1014, 3000, 4999])("with %i: it is echoed, then reported as clean", (code) => {
    expect(received([masked(CLOSE, concat(closeCode(code), text("bye")))])).toEqual([
      ["write", hex(plain(CLOSE, concat(closeCode(code), text("bye"))))],
      ["closed", { code, reason: "bye", wasClean: true }],
    ]);
  });

  it("without a code: an empty Close answers, and 1005 is reported", () => {
    expect(received([masked(CLOSE)])).toEqual([
      ["write", "88 00"],
      ["closed", { code: 1005, reason: "", wasClean: true }],
    ]);
  });

  it("nothing follows, whatever is received or called", () => {
    const { calls, connection } = record();
    connection.receive(concat(masked(CLOSE), masked(TEXT, "late")));
    connection.receive(masked(TEXT, "later"));
    connection.receiveEnd();
    connection.close(1000);
    connection.fail("POLICY");
    expect([connection.send("x"), connection.ping(), connection.state, calls.length]).toEqual([
      false,
      false,
      "CLOSED",
      2,
    ]);
  });
});

describe("we close first", () => {
  it("reports our own code and reason once the peer's Close arrives", () => {
    const { calls, connection } = record();
    connection.close(4000, "done");
    expect(connection.state).toBe("CLOSING");
    connection.receive(masked(CLOSE, closeCode(1000)));
    expect(calls).toEqual([
      ["write", hex(plain(CLOSE, concat(closeCode(4000), text("done"))))],
      ["closed", { code: 4000, reason: "done", wasClean: true }],
    ]);
  });

  it("reports 1005 for a Close without a code", () => {
    const { calls, connection } = record();
    connection.close();
    connection.receive(masked(CLOSE));
    expect(calls).toEqual([
      ["write", "88 00"],
      ["closed", { code: 1005, reason: "", wasClean: true }],
    ]);
  });

  it("sends 1000 with a reason that has no code", () => {
    const { calls, connection } = record();
    connection.close(undefined, "done");
    expect(calls).toEqual([["write", hex(plain(CLOSE, concat(closeCode(1000), text("done"))))]]);
  });

  it("sends one Close however often it is called", () => {
    const { calls, connection } = record();
    connection.close(1000);
    connection.close(1001);
    expect(calls).toEqual([["write", hex(plain(CLOSE, closeCode(1000)))]]);
  });

  it("throws for a code that must not be sent, and stays open", () => {
    const { calls, connection } = record();
    for (const code of [1005, 1006, 5000]) expect(() => connection.close(code)).toThrow(TypeError);
    expect([connection.state, calls]).toEqual(["OPEN", []]);
  });

  it("sends no more messages and no more Pings", () => {
    const { calls, connection } = record();
    connection.close(1000);
    expect([connection.send("x"), connection.send(text("x")), connection.ping()]).toEqual([false, false, false]);
    expect(calls.length).toBe(1);
  });

  it("delivers no message, answers Pings, and still fails on an invalid frame", () => {
    const { calls, connection } = record();
    connection.close(1000);
    calls.length = 0;
    connection.receive(concat(masked(TEXT, "late"), masked(PING, "?"), masked(3)));
    expect(calls).toEqual([
      ["write", hex(plain(PONG, "?"))],
      ["closed", { code: 1002, reason: "OPCODE_INVALID", wasClean: false, failure: "OPCODE_INVALID" }],
    ]);
  });
});

describe("the stream ends", () => {
  it.each([
    ["between frames", () => {}],
    ["inside a frame", (receive: (chunk: Uint8Array) => void) => receive(masked(TEXT, "Hello").subarray(0, 8))],
  ])("%s: 1006, not clean, once", (_, before) => {
    const { calls, connection } = record();
    before((chunk) => connection.receive(chunk));
    connection.receiveEnd();
    connection.receiveEnd();
    expect(calls).toEqual([["closed", { code: 1006, reason: "", wasClean: false }]]);
  });

  it("without the peer's Close: 1006, though ours was sent", () => {
    const { calls, connection } = record();
    connection.close(1000);
    connection.receiveEnd();
    expect(calls.at(-1)).toEqual(["closed", { code: 1006, reason: "", wasClean: false }]);
  });

  it("while paused: what was received comes first", () => {
    const { calls, connection } = record({ role: "server" }, () => connection.pause());
    connection.receive(concat(masked(TEXT, "1"), masked(TEXT, "2"), masked(TEXT, "3")));
    connection.receiveEnd();
    expect(calls).toEqual([
      ["message", "1"],
      ["message", "2"],
      ["message", "3"],
      ["closed", { code: 1006, reason: "", wasClean: false }],
    ]);
  });
});

describe("fail", () => {
  it.each(Object.keys(FAILURE_CLOSE).filter((code) => code !== "PING_TIMEOUT") as ProtocolFailureCode[])(
    "%s sends its code and its name",
    (failure) => {
      const { calls, connection } = record();
      connection.fail(failure);
      expect(calls).toEqual(failed(failure));
    },
  );

  it("PING_TIMEOUT reports 1006 and sends nothing", () => {
    const { calls, connection } = record();
    connection.fail("PING_TIMEOUT");
    expect(calls).toEqual([
      ["closed", { code: 1006, reason: "PING_TIMEOUT", wasClean: false, failure: "PING_TIMEOUT" }],
    ]);
  });

  it("sends no second Close", () => {
    const { calls, connection } = record();
    connection.close(1000);
    connection.fail("POLICY");
    expect(calls.map(([name]) => name)).toEqual(["write", "closed"]);
  });
});

describe("ping", () => {
  it("sends its payload", () => {
    const { calls, connection } = record();
    expect(connection.ping(text("Hello"))).toBe(true);
    expect(calls).toEqual([["write", "89 05 48 65 6c 6c 6f"]]);
  });

  it("throws a RangeError for 126 bytes", () => {
    expect(() => record().connection.ping(new Uint8Array(126))).toThrow(RangeError);
  });
});

describe("pause", () => {
  const three = concat(masked(TEXT, "1"), masked(TEXT, "2"), masked(TEXT, "3"));

  it("inside message() keeps the rest of the chunk, and what comes later, in order", () => {
    const { calls, connection } = record({ role: "server" }, () => connection.pause());
    connection.receive(three);
    connection.receive(masked(TEXT, "4"));
    expect(calls).toEqual([["message", "1"]]);
    for (let i = 0; i < 3; i++) connection.resume();
    expect(calls.map(([, data]) => data)).toEqual(["1", "2", "3", "4"]);
  });

  it("inside a frame keeps the rest of it", () => {
    const { calls, connection } = record();
    connection.receive(three.subarray(0, 3));
    connection.pause();
    connection.receive(three.subarray(3));
    expect(calls).toEqual([]);
    connection.resume();
    expect(calls.map(([, data]) => data)).toEqual(["1", "2", "3"]);
  });

  it("undone inside the same message() changes nothing", () => {
    const { calls, connection } = record({ role: "server" }, () => {
      connection.pause();
      connection.resume();
    });
    connection.receive(three);
    expect(calls.map(([, data]) => data)).toEqual(["1", "2", "3"]);
  });

  it("does not hold back the closing handshake", () => {
    const { calls, connection } = record();
    connection.pause();
    connection.receive(concat(three, masked(CLOSE)));
    connection.close(1000);
    expect(calls).toEqual([
      ["write", hex(plain(CLOSE, closeCode(1000)))],
      ["closed", { code: 1000, reason: "", wasClean: true }],
    ]);
  });

  it("has no effect once closing", () => {
    const { calls, connection } = record();
    connection.close(1000);
    connection.pause();
    connection.receive(masked(CLOSE));
    expect(calls.at(-1)).toEqual(["closed", { code: 1000, reason: "", wasClean: true }]);
  });

  it("does not hold back a failure, after which what was kept is ignored", () => {
    const { calls, connection } = record();
    connection.pause();
    connection.receive(masked(PING));
    connection.fail("QUEUE_FULL");
    connection.resume();
    expect(calls).toEqual(failed("QUEUE_FULL"));
  });
});

describe("a callback may call any method", () => {
  it("send() inside message()", () => {
    const { calls, connection } = record({ role: "server" }, (call) => {
      if (call[0] === "message") connection.send(call[1]);
    });
    connection.receive(concat(masked(TEXT, "1"), masked(TEXT, "2")));
    expect(calls).toEqual([
      ["message", "1"],
      ["write", hex(plain(TEXT, "1"))],
      ["message", "2"],
      ["write", hex(plain(TEXT, "2"))],
    ]);
  });

  it("close() inside message(): no message follows", () => {
    const { calls, connection } = record({ role: "server" }, () => connection.close(1000));
    connection.receive(concat(masked(TEXT, "1"), masked(TEXT, "2"), masked(CLOSE)));
    expect(calls).toEqual([
      ["message", "1"],
      ["write", hex(plain(CLOSE, closeCode(1000)))],
      ["closed", { code: 1000, reason: "", wasClean: true }],
    ]);
  });

  it("fail() inside message(): nothing follows", () => {
    const { calls, connection } = record({ role: "server" }, (call) => {
      if (call[0] === "message") connection.fail("QUEUE_FULL");
    });
    connection.receive(concat(masked(TEXT, "1"), masked(TEXT, "2")));
    expect(calls).toEqual([["message", "1"], ...failed("QUEUE_FULL")]);
  });

  it("receive() inside message(): its bytes come after the rest of the chunk", () => {
    const { calls, connection } = record({ role: "server" }, (call) => {
      if (call[1] === "1") connection.receive(masked(TEXT, "3"));
      if (call[1] === "1") connection.pause();
    });
    connection.receive(concat(masked(TEXT, "1"), masked(TEXT, "2")));
    connection.resume();
    expect(calls.map(([, data]) => data)).toEqual(["1", "2", "3"]);
  });

  it("receiveEnd() inside write(): closed comes once", () => {
    const { calls, connection } = record({ role: "server" }, (call) => {
      if (call[0] === "write") connection.receiveEnd();
    });
    connection.receive(masked(CLOSE));
    expect(calls.map(([name]) => name)).toEqual(["write", "closed"]);
  });
});

describe("input split anywhere", () => {
  const conversation = concat(
    masked(TEXT, "Hel", 0),
    masked(PING, "ping"),
    masked(CONTINUATION, "lo €", 0),
    masked(CONTINUATION),
    masked(BINARY, new Uint8Array(130).fill(7)),
    masked(PONG),
    masked(CLOSE, concat(closeCode(4321), text("bye"))),
    masked(TEXT, "ignored"),
  );

  it("at every offset gives the same calls", () => {
    const whole = received([conversation]);
    for (let at = 0; at <= conversation.length; at++) {
      expect(received([conversation.subarray(0, at), conversation.subarray(at)])).toEqual(whole);
    }
  });

  it("into single bytes gives the same calls", () => {
    expect(received(Array.from(conversation, (byte) => Uint8Array.of(byte)))).toEqual(received([conversation]));
  });

  it("leaves a frame of 64 bits of length the same", () => {
    const frame = masked(
      BINARY,
      new Uint8Array(65537).map((_, i) => i),
    );
    for (let at = 0; at < 20; at++) {
      expect(received([frame.subarray(0, at), frame.subarray(at)])).toEqual(received([frame]));
    }
  });
});

describe("two joined connections", () => {
  const message = fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 300 }));
  const step = fc.record({ from: fc.constantFrom("client", "server"), data: message, ping: fc.boolean() });

  it("carry random messages and Pings both ways, and close cleanly", () => {
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 50 }), fc.nat(), (steps, size, seed) => {
        const joined = join({}, seed);
        for (const { from, data, ping } of steps) {
          const sender = joined[from as "client" | "server"].connection;
          sender.send(data);
          if (ping) sender.ping(text("?"));
        }
        joined.flow(size);
        joined.client.connection.close(4000, "done");
        joined.flow(size);
        for (const [to, from] of [
          ["client", "server"],
          ["server", "client"],
        ] as const) {
          const sent = steps.filter((step) => step.from === from).map(({ data }) => data);
          const got = joined[to].calls.filter(([name]) => name === "message").map(([, data]) => data);
          expect(got).toEqual(sent);
          const pings = steps.filter((step) => step.from === to && step.ping).length;
          expect(joined[to].calls.filter(([name]) => name === "pong").length).toBe(pings);
          expect(joined[to].calls.at(-1)).toEqual(["closed", { code: 4000, reason: "done", wasClean: true }]);
        }
      }),
    );
  });

  it("both report their own code when they close at once", () => {
    const { client, server, flow } = join();
    client.connection.close(4001);
    server.connection.close(4002);
    flow();
    expect(client.calls.at(-1)).toEqual(["closed", { code: 4001, reason: "", wasClean: true }]);
    expect(server.calls.at(-1)).toEqual(["closed", { code: 4002, reason: "", wasClean: true }]);
  });
});

describe("any bytes", () => {
  /** Frames that are mostly valid, so that failures come late as well as early. */
  const frame = fc
    .record({
      opcode: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) }, fc.nat(15)),
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 140 }),
        fc.string({ unit: "binary" }).map(text),
        fc.constantFrom(1000, 1006, 4000).map(closeCode),
      ),
      flags: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(0, FIN) },
        fc.nat(15).map((bits) => bits << 4),
      ),
      key: fc.oneof({ weight: 12, arbitrary: fc.nat() }, fc.constant(undefined)),
    })
    .map(({ opcode, payload, flags, key }) => encodeFrame(opcode, payload, key, flags));
  const input = fc.oneof(
    fc.array(frame, { maxLength: 8 }).map((frames) => concat(...frames)),
    fc.uint8Array({ maxLength: 60 }),
  );
  const cuts = fc.array(fc.nat(400), { maxLength: 12 });

  function split(stream: Uint8Array, at: readonly number[]): Uint8Array[] {
    const borders = [0, ...at.map((cut) => Math.min(cut, stream.length)).sort((a, b) => a - b), stream.length];
    return borders.slice(1).map((end, i) => stream.subarray(borders[i]!, end));
  }

  it.each(["server", "client"] as const)(
    "give a %s the same calls at any split, and an end from the catalogue",
    (role) => {
      const options = { limits: { messageBytes: 200, fragments: 4 }, ...(role === "client" ? client : { role }) };
      fc.assert(
        fc.property(input, cuts, (stream, at) => {
          const whole = received([stream], options);
          expect(received(split(stream, at), options)).toEqual(whole);
          const ends = whole.filter((call) => call[0] === "closed");
          expect(ends.length).toBeLessThanOrEqual(1);
          if (ends.length === 0) return;
          expect(whole.at(-1)).toBe(ends[0]);
          const { code, failure, wasClean } = (ends[0] as Extract<Call, readonly ["closed", unknown]>)[1];
          if (failure === undefined) expect(wasClean && (code === 1005 || isSendableCode(code))).toBe(true);
          else expect([wasClean, code]).toEqual([false, FAILURE_CLOSE[failure]]);
        }),
        { numRuns: 3000 },
      );
    },
  );

  it("give the same calls when every callback pauses", () => {
    fc.assert(
      fc.property(input, cuts, (stream, at) => {
        const { calls, connection } = record({ role: "server" }, (_, it) => it.pause());
        for (const chunk of split(stream, at)) connection.receive(chunk);
        for (let before = -1; before < calls.length; connection.resume()) before = calls.length;
        expect(calls).toEqual(received([stream]));
      }),
      { numRuns: 1000 },
    );
  });
});
