import { spawnSync } from "node:child_process";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeZlib } from "../../../src/adapters/node/deflate.ts";
import { bytesAt } from "../../../src/cli/explain/bytes/notation.ts";
import { explainText } from "../../../src/cli/explain/recognise.ts";
import { encodeClosePayload } from "../../../src/core/protocol/close.ts";
import { encodeFrame, encodeTextFrame, FIN } from "../../../src/core/protocol/frame.ts";
import * as OPCODE from "../../../src/core/protocol/opcode.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { reported } from "./reported.ts";

const HEAD = Buffer.from(
  "GET /chat HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n",
);
const KEY = 0x37fa213d;

/** How bytes are written. */
type Notation = (bytes: Buffer) => string;

const hex = (bytes: Buffer) => bytes.toString("hex");
const pairs = (bytes: Buffer, before: string, between: string) =>
  [...bytes].map((byte) => before + byte.toString(16).padStart(2, "0")).join(between);
const escaped = (bytes: Buffer) =>
  [...bytes]
    .map((byte) =>
      byte > 31 && byte < 127 && byte !== 34 && byte !== 39 && byte !== 92
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");

const NOTATIONS: Readonly<Record<string, Notation>> = {
  "plain hex": hex,
  "plain hex in capitals": (bytes) => hex(bytes).toUpperCase(),
  "hex with spaces": (bytes) => pairs(bytes, "", " "),
  "hex with colons": (bytes) => pairs(bytes, "", ":"),
  "hex with dashes, as .NET writes it": (bytes) => pairs(bytes, "", "-").toUpperCase(),
  "hex with 0x": (bytes) => pairs(bytes, "0x", ", "),
  "a list of C": (bytes) =>
    `unsigned char packet[] = {\n${(pairs(bytes, "0x", ", ").match(/.{1,72}/g) ?? []).join("\n  ")}\n};`,
  "a slice of Go": (bytes) => `[]byte{${pairs(bytes, "0x", ", ")}}`,
  "Go's %v": (bytes) => `[${[...bytes].join(" ")}]`,
  "a list in decimal": (bytes) => `[${[...bytes].join(", ")}]`,
  "Java's signed bytes": (bytes) => `[${[...bytes].map((byte) => (byte << 24) >> 24).join(", ")}]`,
  "Erlang's binary": (bytes) => `<<${[...bytes].join(",")}>>`,
  "a Buffer as JSON": (bytes) => JSON.stringify(bytes),
  "a Buffer as JSON in lines": (bytes) => JSON.stringify(bytes, null, 2),
  "a Buffer as Node shows it": (bytes) => inspect(bytes),
  "a Uint8Array as Node shows it": (bytes) => inspect(new Uint8Array(bytes)),
  "an ArrayBuffer as Node shows it": (bytes) => inspect(new Uint8Array(bytes).buffer),
  "new Uint8Array": (bytes) => `new Uint8Array([${[...bytes].join(", ")}])`,
  "Python's bytes": (bytes) => `b'${escaped(bytes)}'`,
  "a string with escapes": (bytes) => `"${escaped(bytes)}"`,
  "octal escapes": (bytes) => `"${[...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}"`,
  base64: (bytes) => bytes.toString("base64"),
  "base64 in lines": (bytes) => (bytes.toString("base64").match(/.{1,76}/g) ?? []).join("\n"),
  "Wireshark's hex dump": (bytes) =>
    rows(
      bytes,
      16,
      (row, at) =>
        `${at.toString(16).padStart(4, "0")}   ${pairs(row, "", " ").padEnd(47)}   ${row.toString("latin1").replace(/[^!-~]/g, ".")}`,
    ),
};

function rows(bytes: Buffer, width: number, write: (row: Buffer, at: number) => string): string {
  const all: string[] = [];
  for (let at = 0; at < bytes.length; at += width) all.push(write(bytes.subarray(at, at + width), at));
  return all.join("\n");
}

/** Programs that write dumps. */
const PROGRAMS: readonly (readonly [command: string, ...args: string[]])[] = [
  ["xxd"],
  ["xxd", "-c", "8"],
  ["xxd", "-g", "1"],
  ["xxd", "-p"],
  ["xxd", "-i"],
  ["hexdump", "-C"],
  ["hexdump"],
  ["od"],
  ["od", "-x"],
  ["od", "-t", "x1"],
  ["od", "-A", "x", "-t", "x1z"],
  ["base64"],
];

describe.each(Object.entries(NOTATIONS))("%s", (name, write) => {
  it("is read as the bytes that it is", () => {
    const text = write(HEAD).split("\n");
    // Node shows the first 50 of a Buffer, and 100 of a list.
    const most = {
      "a Buffer as Node shows it": 50,
      "a Uint8Array as Node shows it": 100,
      "an ArrayBuffer as Node shows it": 100,
    }[name];
    expect(Buffer.from(bytesAt(text, 0)!.bytes).toString("latin1")).toBe(HEAD.subarray(0, most).toString("latin1"));
    expect(bytesAt(text, 0)!.to).toBe(text.length);
  });

  it("of any bytes is read as they are, and what follows is left alone", () => {
    // A key looks like that too, and four digits are a number; two lines of the same length are one piece.
    const plain = fc.uint8Array({ minLength: 21, maxLength: 40 });
    fc.assert(
      fc.property(plain, (bytes) => {
        const text = [...write(Buffer.from(bytes)).split("\n"), "all is well"];
        const given = bytesAt(text, 0)!;
        expect([...given.bytes]).toEqual([...bytes]);
        expect(given.to).toBe(text.length - 1);
      }),
      { numRuns: 30 },
    );
  });
});

for (const [command, ...args] of PROGRAMS) {
  const debianPackage = { xxd: "xxd", hexdump: "bsdextrautils" }[command as string] ?? "coreutils";
  describeNeeding({ command, debianPackage }, `what ${[command, ...args].join(" ")} writes`, () => {
    it("is read as the bytes that it is, repeated rows too", () => {
      const zeros = Buffer.concat([HEAD, Buffer.alloc(150), Buffer.from("end")]);
      for (const bytes of [HEAD, HEAD.subarray(0, 33), zeros]) {
        const lines = spawnSync(command, args, { input: bytes }).stdout.toString().trimEnd().split("\n");
        const given = bytesAt(lines, 0)!;
        expect(Buffer.from(given.bytes).toString("hex")).toBe(bytes.toString("hex"));
      }
    });
  });
}

function only(text: string) {
  const found = explainText(text);
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe("bytes of a connection", () => {
  it("that are several frames are told in order", () => {
    const frames = Buffer.concat([
      encodeTextFrame("hello", KEY),
      encodeFrame(OPCODE.PING, new Uint8Array(0), KEY),
      encodeFrame(OPCODE.CLOSE, encodeClosePayload(1001, "bye"), KEY),
    ]);
    const found = only(hex(frames));
    expect(found.what).toBe(
      '3 WebSocket frames, masked, so from a client: text, 5 bytes: "hello"; Ping; Close 1001 "bye".',
    );
    expect(found.steps.map(({ by, what }) => `${by}: ${what}`)).toEqual([
      'client: text, 5 bytes: "hello"',
      "client: Ping",
      'client: Close 1001 "bye"',
    ]);
  });

  it("that are a compressed text are read", async () => {
    const deflate = nodeZlib().deflate({ windowBits: 15, level: 6, memLevel: 8, takeover: false });
    const payload = await new Promise<Uint8Array>((resolve) =>
      deflate.deflate(Buffer.from("hello ".repeat(20)), (bytes) => resolve(bytes!.slice(0, -4))),
    );
    const frame = Buffer.from(encodeFrame(OPCODE.TEXT, payload, undefined, FIN | 0x40));
    expect(only(hex(frame)).what).toMatch(
      /^A WebSocket frame: text, compressed \(RSV1\), not masked, so from a server, \d+ bytes/,
    );
  });

  it("of a request and a frame in one packet are both told", () => {
    const found = only(hex(Buffer.concat([HEAD, encodeTextFrame("early", KEY)])));
    expect(found.what).toMatch(/not a valid handshake\. A frame stands behind it\.$/);
    expect(found.steps.map(({ what }) => what)).toEqual(["GET /chat HTTP/1.1", 'text, 5 bytes: "early"']);
    expect(found.causes.map(({ code }) => code)).toEqual(["UPGRADE_STRIPPED"]);
  });

  it("of a 101 and frames behind it are judged as a client would", () => {
    const answer = Buffer.from(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    );
    const found = only(hex(Buffer.concat([answer, encodeTextFrame("hello")])));
    expect(found.what).toMatch(
      /^The head of an HTTP answer: "HTTP\/1\.1 101 Switching Protocols"\. A frame stands behind it\.$/,
    );
    expect(found.causes.map(({ code }) => code)).toEqual(["RESPONSE_CONNECTION_BAD"]);
  });

  it("with a page behind the 101 are HTTP_AFTER_101", () => {
    const answer = Buffer.from(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n<html>no</html>",
    );
    expect(only(hex(answer)).causes.map(({ code }) => code)).toContain("HTTP_AFTER_101");
  });

  it("in a file are read as they are", () => {
    const frames = Buffer.concat([encodeTextFrame("hello", KEY), encodeFrame(OPCODE.CLOSE, encodeClosePayload(1000))]);
    const [found] = reported([{ name: "stream.bin", content: frames }]).explanations;
    expect(found).toMatchObject({ source: "stream.bin", lines: null, kind: "bytes" });
    expect(found!.steps.map(({ by, what }) => `${by}: ${what}`)).toEqual([
      'client: text, 5 bytes: "hello"',
      "server: Close 1000",
    ]);
  });

  it("are found beside a message", () => {
    expect(explainText("recv data before handshake. Buffer:16030100f8010000f4").map(({ kind }) => kind)).toEqual([
      "message",
      "bytes",
    ]);
    expect(explainText("unexpected data: b'\\x16\\x03\\x01\\x02\\x00\\x01'").map(({ kind }) => kind)).toEqual([
      "bytes",
    ]);
  });
});

describe("what may be bytes, and as well something else,", () => {
  it.each([
    ["a hash", "81a4c9d2f00b5c6e7a8b9c0d1e2f3a4b"],
    ["a longer hash", "8203e1f4c9d2f00b5c6e7a8b9c0d1e2f3a4b5c6d"],
    ["a UUID without dashes", "88f1c2d3e4f5a6b7c8d9e0f1a2b3c4d5"],
    ["a UUID", "81f1c2d3-e4f5-a6b7-c8d9-e0f1a2b3c4d5"],
    ["a key", "Sec-WebSocket-Key: gQVoZWxsbwAAAAAAAAAAAA=="],
    ["a key alone", "gQ5oZWxsbwAAAAAAAAAAAA=="],
    ["base64 of a text", Buffer.from("the quick brown fox jumps").toString("base64")],
    ["a list of numbers", "[129, 200, 10, 20, 30, 250, 7]"],
    ["a date", "2026-11-21"],
    ["times", "12:34:56"],
    ["a MAC address", "81:a4:c9:d2:f0:0b"],
    ["words of hex letters", "deadbeef cafe babe"],
    ["a string of JavaScript", 'const name = "hello\\nworld";'],
    ["apostrophes", "it's the server's \\x fault, isn't it"],
  ])("is not guessed at: %s", (_, text) => {
    expect(explainText(text)).toEqual([]);
  });
});
