import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Broadcast } from "../../../../src/core/protocol/broadcast.ts";
import { Connection } from "../../../../src/core/protocol/connection.ts";
import type { ConnectionSink } from "../../../../src/core/protocol/connection-sink.ts";
import type { DeflateParams } from "../../../../src/core/protocol/deflate/deflate-params.ts";
import type { Extension } from "../../../../src/core/protocol/extension.ts";
import { encodeFrame, FIN } from "../../../../src/core/protocol/frame.ts";
import * as OPCODE from "../../../../src/core/protocol/opcode.ts";
import { FAILURE_CLOSE, type ProtocolFailureCode } from "../../../../src/core/protocol/protocol-failures.ts";
import { viewOf } from "../../../../src/core/protocol/slab.ts";
import { deflated, inflated, joinDeflated, PATHS } from "../../../helpers/core/deflated.ts";
import { bytes, type Call, concat, hex, text } from "../../../helpers/core/recorder.ts";
import { sending } from "../../../helpers/core/sending.ts";

const { CONTINUATION, TEXT, BINARY, CLOSE, PING } = OPCODE;
const RSV1 = 0x40;
const KEY = 0x37fa213d;
const HELLO = "f2 48 cd c9 c9 07 00";

/** A frame as a client sends it; the payload as hexadecimal digits or bytes. */
const masked = (opcode: number, payload: string | Uint8Array = "", flags = FIN) =>
  encodeFrame(opcode, typeof payload === "string" ? bytes(payload) : payload, KEY, flags);

/** A whole compressed message. */
const packed = (payload: string | Uint8Array, opcode: number = TEXT) => masked(opcode, payload, FIN | RSV1);

/** Compresses as RFC 7692 §7.2.1 says. */
const deflate = (data: string | Uint8Array) =>
  new Uint8Array(deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4));

/** What a server's last call is when it fails. */
const failed = (failure: ProtocolFailureCode): Call => [
  "closed",
  { code: FAILURE_CLOSE[failure], reason: failure, wasClean: false, failure },
];

const messages = (calls: readonly Call[]) => calls.filter(([name]) => name === "message").map(([, data]) => data);

const noTakeover = { serverNoContextTakeover: true, clientNoContextTakeover: true };

describe.each(PATHS)("zlib %s", (_, zlib) => {
  describe("the examples of RFC 7692 §7.2.3", () => {
    it.each([
      ["one compressed message", `c1 07 ${HELLO}`, ["Hello"]],
      ["in two fragments", "41 03 f2 48 cd 80 04 c9 c9 07 00", ["Hello"]],
      ["sharing the window", `c1 07 ${HELLO} c1 05 f2 00 11 00 00`, ["Hello", "Hello"]],
      ["a block without compression", "c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00", ["Hello"]],
      ["a final block", "c1 08 f3 48 cd c9 c9 07 00 00", ["Hello"]],
      ["two blocks", "c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00", ["Hello"]],
      ["an empty message", "c1 01 00", [""]],
    ])("a client receives %s", async (_, input, expected) => {
      expect(messages(await inflated(zlib, [bytes(input)], { role: "client" }))).toEqual(expected);
    });

    it("a server sends a message, and another that shares its window", async () => {
      const { calls, connection, rest } = deflated(zlib);
      connection.send("Hello");
      connection.send(text("Hello"));
      await rest();
      expect(calls).toEqual([
        ["write", `c1 07 ${HELLO}`],
        ["write", "c2 05 f2 00 11 00 00"],
      ]);
    });

    it("a server begins anew after a message that goes to others too", async () => {
      const { calls, connection, rest } = deflated(zlib);
      for (const broadcast of [undefined, new Broadcast("Hello"), undefined, undefined]) {
        connection.send("Hello", broadcast);
      }
      await rest();
      expect(calls).toEqual([
        ["write", `c1 07 ${HELLO}`],
        ["write", `c1 07 ${HELLO}`],
        ["write", `c1 07 ${HELLO}`],
        ["write", "c1 05 f2 00 11 00 00"],
      ]);
    });

    it("a server sends each message by itself without context takeover", async () => {
      const { calls, connection, rest } = deflated(zlib, { params: noTakeover });
      connection.send("Hello");
      connection.send("Hello");
      await rest();
      expect(calls).toEqual([
        ["write", `c1 07 ${HELLO}`],
        ["write", `c1 07 ${HELLO}`],
      ]);
    });
  });

  describe("receives", () => {
    it.each([
      [
        "uncompressed messages between compressed ones",
        [packed(HELLO), masked(TEXT, text("plain")), packed("f2 00 11 00 00")],
        ["Hello", "plain", "Hello"],
      ],
      [
        "control frames inside compressed messages",
        [masked(TEXT, "f2 48 cd", RSV1), masked(PING), masked(CONTINUATION, "c9 c9 07 00")],
        ["Hello"],
      ],
      ["empty fragments", [masked(TEXT, "", RSV1), masked(CONTINUATION, HELLO, 0), masked(CONTINUATION)], ["Hello"]],
      [
        "a message that still has its tail",
        [packed(`${HELLO} 00 00 ff ff`), packed("f2 00 11 00 00")],
        ["Hello", "Hello"],
      ],
      ["no bytes as an empty message", [packed(""), packed("00 00 ff ff"), packed(HELLO)], ["", "", "Hello"]],
      ["a final block and nothing after it", [packed("f3 48 cd c9 c9 07"), packed(HELLO)], ["Hello", "Hello"]],
      [
        "final blocks inside a message",
        [packed("f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00 00"), packed(HELLO)],
        ["HelloHello", "Hello"],
      ],
      ["a final block before another message", [packed("f3 48 cd c9 c9 07 00 00"), packed(HELLO)], ["Hello", "Hello"]],
      ["binary messages", [packed(HELLO, BINARY)], [text("Hello")]],
    ])("%s", async (_, input, expected) => {
      expect(messages(await inflated(zlib, input))).toEqual(expected);
      expect(messages(await inflated(zlib, [concat(...input)]))).toEqual(expected);
    });

    it("binary messages that own exactly their bytes", async () => {
      const [data] = messages(await inflated(zlib, [packed(HELLO, BINARY)])) as Uint8Array[];
      expect([data!.byteOffset, data!.buffer.byteLength, data!.constructor]).toEqual([0, 5, Uint8Array]);
    });

    it.each([1, 65_535, 65_536, 65_537, 300_000])(
      "a message of %i bytes, packed tightly and hardly at all",
      async (length) => {
        for (const data of [new Uint8Array(length).fill(7), noise(length)]) {
          expect(messages(await inflated(zlib, [packed(deflate(data), BINARY)]))).toEqual([data]);
        }
      },
    );
  });

  describe("fails with", () => {
    it.each<[ProtocolFailureCode, string, Uint8Array[]]>([
      [
        "RSV_UNEXPECTED",
        "RSV1 on a continuation",
        [masked(TEXT, "f2 48 cd", RSV1), masked(CONTINUATION, "c9", FIN | RSV1)],
      ],
      ["RSV_UNEXPECTED", "RSV1 on a Ping", [masked(PING, "", FIN | RSV1)]],
      ["RSV_UNEXPECTED", "RSV1 on a Close", [masked(CLOSE, "", FIN | RSV1)]],
      ["RSV_UNEXPECTED", "RSV2", [masked(TEXT, HELLO, FIN | 0x20)]],
      ["DEFLATE_CORRUPT", "a reserved block type", [packed("ff ff")]],
      ["DEFLATE_CORRUPT", "what refers to before the first message", [packed("f2 00 11 00 00")]],
      ["DEFLATE_CORRUPT", "corruption after a good message", [packed(HELLO), packed("07 00"), packed(HELLO)]],
      ["DEFLATE_CORRUPT", "hundreds of final blocks", [packed("03 00 ".repeat(200))]],
      ["INVALID_UTF8", "a text that inflates to what is not UTF-8", [packed(deflate(Uint8Array.of(0x61, 0xff)))]],
      [
        "MESSAGE_TOO_BIG",
        "a message that inflates to more than the limit",
        [packed(deflate(new Uint8Array(1001)), BINARY)],
      ],
      [
        "MESSAGE_TOO_BIG",
        "a payload over the limit, at its header",
        [masked(BINARY, new Uint8Array(1001), FIN | RSV1).subarray(0, 8)],
      ],
    ])("%s: %s", async (failure, _, input) => {
      expect((await inflated(zlib, input, { messageBytes: 1000 })).at(-1)).toEqual(failed(failure));
    });

    it("MESSAGE_TOO_BIG not for a message of exactly the limit", async () => {
      const data = new Uint8Array(1000);
      expect(messages(await inflated(zlib, [packed(deflate(data), BINARY)], { messageBytes: 1000 }))).toEqual([data]);
    });

    it("DEFLATE_CORRUPT when a message refers to the one before, without context takeover", async () => {
      const calls = await inflated(zlib, [packed(HELLO), packed("f2 00 11 00 00")], { params: noTakeover });
      expect(calls).toEqual([["message", "Hello"], expect.anything(), failed("DEFLATE_CORRUPT")]);
    });
  });

  describe("a bomb", () => {
    const bomb = deflate(new Uint8Array(10 << 20));

    it.each<[string, Uint8Array[]]>([
      ["in one frame", [packed(bomb, BINARY)]],
      [
        "in fragments",
        [
          masked(BINARY, bomb.slice(0, 5000), RSV1),
          masked(CONTINUATION, bomb.slice(5000, 5001), 0),
          masked(CONTINUATION, bomb.slice(5001)),
        ],
      ],
    ])("%s is over at the limit, in bounded memory", async (_, input) => {
      expect(bomb.length).toBeLessThan(11_000);
      const before = process.memoryUsage().arrayBuffers;
      expect((await inflated(zlib, input, { messageBytes: 1 << 20 })).at(-1)).toEqual(failed("MESSAGE_TOO_BIG"));
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3 << 20);
    });
  });

  it("split at every offset gives the same calls", async () => {
    const conversation = concat(
      masked(TEXT, "f2 48 cd", RSV1),
      masked(PING, "70"),
      masked(CONTINUATION, "c9 c9 07 00"),
      masked(BINARY, text("plain")),
      packed("f3 48 cd c9 c9 07 00 00"),
      packed(deflate(new Uint8Array(200).map((_, at) => at)), BINARY),
      masked(CLOSE, Uint8Array.of(0x0f, 0xa0)),
      masked(TEXT, "ignored".replace(/./g, "61 ")),
    );
    const whole = await inflated(zlib, [conversation]);
    expect(whole.map(([name]) => name)).toEqual([
      "write",
      "message",
      "message",
      "message",
      "message",
      "write",
      "closed",
    ]);
    for (let at = 0; at <= conversation.length; at++) {
      expect(await inflated(zlib, [conversation.subarray(0, at), conversation.subarray(at)])).toEqual(whole);
    }
    expect(
      await inflated(
        zlib,
        Array.from(conversation, (byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(whole);
  });

  describe("two joined connections", () => {
    const BITS = [9, 10, 11, 12, 13, 14, 15];
    const combinations = [true, false].flatMap((serverNoContextTakeover) =>
      [true, false].flatMap((clientNoContextTakeover) =>
        BITS.map((bits, at): DeflateParams => {
          // Each window once on either side, and the ends with each other.
          const other = BITS[(at * 3 + 1) % BITS.length]!;
          return {
            serverNoContextTakeover,
            clientNoContextTakeover,
            serverMaxWindowBits: bits,
            clientMaxWindowBits: other,
          };
        }),
      ),
    );
    const repeated = fc.record({ part: fc.string(), times: fc.nat(200) }).map(({ part, times }) => part.repeat(times));
    /** A context that has seen one of them refers to it. */
    const alike = fc.nat(2).map((n) => `what was said before is said again, in these words: ${n}`);
    const message = fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 300 }), repeated, alike);
    const step = fc.record({
      from: fc.constantFrom("client" as const, "server" as const),
      data: message,
      ping: fc.boolean(),
      /** It goes to others too: a server encodes it without what it sent before. */
      shared: fc.boolean(),
    });

    it.each(combinations)("carry random messages and Pings both ways with %o", async (params) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step),
          fc.integer({ min: 1, max: 50 }),
          fc.nat(100),
          async (steps, size, threshold) => {
            const joined = joinDeflated(zlib, params, { threshold });
            for (const { from, data, ping, shared } of steps) {
              joined[from].connection.send(data, shared ? new Broadcast(data) : undefined);
              if (ping) joined[from].connection.ping(text("?"));
            }
            await joined.flow(size);
            const [first] = steps;
            if (first) joined.client.connection.send(first.data);
            joined.client.connection.close(4000, "done");
            await joined.flow(size);
            const by = (side: "client" | "server") => steps.filter(({ from }) => from === side).map(({ data }) => data);
            expect(messages(joined.client.calls)).toEqual(by("server"));
            expect(messages(joined.server.calls)).toEqual([...by("client"), ...(first ? [first.data] : [])]);
            for (const { calls } of [joined.client, joined.server]) {
              expect(calls.at(-1)).toEqual(["closed", { code: 4000, reason: "done", wasClean: true }]);
            }
          },
        ),
        { numRuns: 10 },
      );
    });

    it("carry long messages of the smallest and the largest window among short ones", async () => {
      for (const params of combinations.filter(({ serverMaxWindowBits: bits }) => bits === 9 || bits === 15)) {
        const joined = joinDeflated(zlib, params);
        const data = [noise(100_000), "short", "ab".repeat(50_000), new Uint8Array(70_000), "", noise(70_000)];
        for (const one of data) joined.client.connection.send(one);
        for (const one of data) joined.server.connection.send(one);
        await joined.flow();
        expect(messages(joined.server.calls)).toEqual(data);
        expect(messages(joined.client.calls)).toEqual(data);
      }
    });
  });

  describe("any bytes", () => {
    const good = fc.array(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 100 })), { minLength: 1, maxLength: 4 });
    /** Mostly good streams, some with a byte changed or the end cut. */
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      good.map(([data]) => deflate(data!)),
      fc.tuple(good, fc.nat(), fc.nat(255)).map(([[data], at, byte]) => {
        const broken = deflate(data!);
        broken[at % broken.length] = byte;
        return broken;
      }),
    );
    const frame = fc
      .record({
        opcode: fc.constantFrom(TEXT, BINARY, CONTINUATION, PING),
        payload,
        flags: fc.constantFrom(FIN | RSV1, RSV1, FIN, 0),
      })
      .map(({ opcode, payload, flags }) => masked(opcode, payload, flags));

    it("are messages or a failure of the catalogue", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(frame, { maxLength: 6 }), fc.boolean(), async (frames, takeover) => {
          const setting = { messageBytes: 150, params: takeover ? {} : noTakeover };
          const calls = await inflated(zlib, [concat(...frames)], setting);
          expect(await inflated(zlib, frames, setting)).toEqual(calls);
          const ends = calls.filter((call) => call[0] === "closed");
          expect(ends.length).toBeLessThanOrEqual(1);
          for (const [, { code, failure }] of ends) expect(code).toBe(FAILURE_CLOSE[failure!]);
        }),
        { numRuns: 1500 },
      );
    });
  });
});

/** Bytes that zlib can hardly compress, the same from run to run. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  let state = length;
  return new Uint8Array(length).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

describe("while a message is being coded", () => {
  /** A connection whose extension changes nothing, when it is told to; `react` hears each line of the log. */
  function slow(react: (line: string) => void = () => {}) {
    const log: string[] = [];
    const jobs: (() => void)[] = [];
    const later = (bytes: Uint8Array, done: (bytes: Uint8Array) => void) => {
      const copy = bytes.slice();
      jobs.push(() => done(copy));
    };
    const note = (...words: string[]) => {
      log.push(words.join(" "));
      react(words.join(" "));
    };
    const extension: Extension = {
      rsv: RSV1,
      encodes: (length) => length > 1,
      encode: later,
      decode: (payload, _, done) => later(payload, done),
      sending,
      close: () => note("freed"),
    };
    const sink: ConnectionSink = {
      receiveMessage: (data) => note("message", String(data)),
      closed: (code) => note("closed", String(code)),
    };
    const connection = new Connection(
      { role: "server", extension },
      sink,
      { write: (span) => note("write", hex(viewOf(span))) },
      { decoding: () => note("decoding"), decoded: () => note("decoded") },
    );
    /** Ends the coding that began first. */
    const next = () => jobs.shift()!();
    return { connection, log, next };
  }

  const two = concat(packed("61 61"), packed("62 62"));

  it("all that is sent waits its turn, and is copied", () => {
    const { connection, log, next } = slow();
    const data = text("bb");
    connection.send("aa");
    connection.send(data);
    data.fill(0);
    connection.send("c");
    connection.ping();
    connection.send("dd");
    connection.close(1000);
    expect(log).toEqual([]);
    next();
    expect(log.splice(0)).toEqual(["write c1 02 61 61"]);
    next();
    expect(log.splice(0)).toEqual(["write c2 02 62 62", "write 81 01 63 89 00"]);
    next();
    expect(log).toEqual(["write c1 02 64 64", "write 88 02 03 e8"]);
  });

  it("what waits is counted until it is written", () => {
    const { connection, next } = slow();
    const counts = [connection.unsent.bytes];
    connection.send("aa");
    connection.send("bbb");
    connection.ping();
    counts.push(connection.unsent.bytes);
    next();
    counts.push(connection.unsent.bytes);
    next();
    counts.push(connection.unsent.bytes);
    expect(counts).toEqual([0, 7, 5, 0]);
  });

  it("unsent.afterAll() runs after all that was sent before, and at once when nothing waits", () => {
    const { connection, log, next } = slow();
    connection.unsent.afterAll(() => log.push("nothing waits"));
    connection.send("aa");
    connection.unsent.afterAll(() => log.push("written"));
    connection.send("b");
    next();
    expect(log).toEqual(["nothing waits", "write c1 02 61 61", "written", "write 81 01 62"]);
  });

  it("a hundred thousand small messages wait without growing the stack", () => {
    const { connection, log, next } = slow();
    connection.send("aa");
    for (let i = 0; i < 100_000; i++) connection.send("b");
    for (let i = 0; i < 100_000; i++) connection.unsent.afterAll(() => log.push("written"));
    next();
    expect(log.filter((line) => line === "written").length).toBe(100_000);
    expect(log.join(" ").match(/81 01 62/g)?.length).toBe(100_000);
  });

  it("the answer to the peer's Close and `closed` come after what was sent before", () => {
    const { connection, log, next } = slow();
    connection.send("aa");
    connection.receive(masked(CLOSE));
    expect([log, connection.state, connection.send("b")]).toEqual([[], "CLOSED", false]);
    next();
    expect(log).toEqual(["write c1 02 61 61", "write 88 00", "freed", "closed 1005"]);
  });

  it("so do a failure's", () => {
    const { connection, log, next } = slow();
    connection.send("aa");
    connection.fail("POLICY");
    next();
    expect(log.map((line) => line.slice(0, 11))).toEqual(["write c1 02", "write 88 08", "freed", "closed 1008"]);
  });

  it("and the end of a stream that ended", () => {
    const { connection, log, next } = slow();
    connection.send("aa");
    connection.receiveEnd();
    next();
    expect(log).toEqual(["write c1 02 61 61", "freed", "closed 1006"]);
  });

  it("nothing else is read, and the sink is told so", () => {
    const { connection, log, next } = slow();
    connection.receive(concat(two, masked(PING)));
    connection.receive(masked(PING, "7a"));
    expect(log.splice(0)).toEqual(["decoding"]);
    next();
    expect(log.splice(0)).toEqual(["decoded", "message aa", "decoding"]);
    next();
    expect(log).toEqual(["decoded", "message bb", "write 8a 00", "write 8a 01 7a"]);
  });

  it("pause() holds the message back until resume()", () => {
    const { connection, log, next } = slow();
    connection.receive(two);
    connection.pause();
    next();
    connection.receive(masked(TEXT, "63"));
    expect(log.splice(0)).toEqual(["decoding", "decoded"]);
    connection.resume();
    next();
    expect(log).toEqual(["message aa", "decoding", "decoded", "message bb", "message c"]);
  });

  it.each(["decoded", "message aa"])("receive() inside %s stays behind what was received before", (inside) => {
    const { connection, log, next } = slow((line) => {
      if (line === inside) connection.receive(masked(TEXT, "63"));
    });
    connection.receive(concat(packed("61 61"), masked(TEXT, "62")));
    next();
    expect(log).toEqual(["decoding", "decoded", "message aa", "message b", "message c"]);
  });

  it("send() inside write() keeps the order", () => {
    const { connection, log, next } = slow((line) => {
      if (line === "write c1 02 61 61") connection.send("d");
    });
    connection.send("aa");
    connection.send("b");
    connection.send("cc");
    next();
    next();
    expect(log).toEqual(["write c1 02 61 61", "write 81 01 62", "write c1 02 63 63", "write 81 01 64"]);
  });

  it("the stream's end waits for the message", () => {
    const { connection, log, next } = slow();
    connection.receive(packed("61 61"));
    connection.receiveEnd();
    next();
    expect(log).toEqual(["decoding", "decoded", "message aa", "freed", "closed 1006"]);
  });

  it("close() lets it be decoded and not delivered", () => {
    const { connection, log, next } = slow();
    connection.receive(concat(packed("61 61"), masked(CLOSE)));
    connection.close(1000);
    next();
    expect(log).toEqual(["decoding", "write 88 02 03 e8", "decoded", "freed", "closed 1000"]);
  });

  it("fail() ends all: what comes later is ignored", () => {
    const { connection, log, next } = slow();
    connection.receive(two);
    connection.fail("POLICY");
    log.length = 0;
    next();
    expect(log).toEqual(["decoded"]);
  });

  it("a message that cannot be encoded fails the connection with INTERNAL", () => {
    const log: string[] = [];
    const extension: Extension = {
      rsv: RSV1,
      encodes: () => true,
      encode: (_, done) => done(undefined),
      decode() {},
      sending,
      close() {},
    };
    const sink: ConnectionSink = { receiveMessage() {}, closed: (...[, , , failure]) => void log.push(failure!) };
    new Connection({ role: "server", extension }, sink, { write() {} }).send("a");
    expect(log).toEqual(["INTERNAL"]);
  });
});
