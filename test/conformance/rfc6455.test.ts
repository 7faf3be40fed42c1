/**
 * Every MUST of RFC 6455 §4–§7 that concerns a server, or a client where the core plays one, by its own words, with what
 * was run for it. What concerns only browsers, intermediaries or a client's opening handshake (the core has none) is in
 * `ELSEWHERE`, with the reason.
 */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../src/core/protocol/connection.ts";
import type { ConnectionClose, ConnectionSink } from "../../src/core/protocol/connection-sink.ts";
import { checkDeflate } from "../../src/core/protocol/deflate/deflate-params.ts";
import { parseExtensions } from "../../src/core/protocol/headers.ts";
import { type Span, viewOf } from "../../src/core/protocol/slab.ts";
import { type ChildServer, startChild } from "../helpers/child.ts";
import { closeOf } from "../helpers/core/recorder.ts";
import { header, RawClient, type RawHandshake } from "../helpers/raw.ts";
import { outcome } from "./case.ts";
import { Peer } from "./peer.ts";
import { BINARY, CLOSE, CONTINUATION, close, fragments, frame, hex, PING, TEXT } from "./wire.ts";

let host: ChildServer;

beforeAll(async () => {
  host = await startChild(process.execPath, [
    "--conditions=onesocket-source",
    `${import.meta.dirname}/../hosts/conformance.ts`,
  ]);
});

afterAll(() => host.stop());

type Headers = NonNullable<RawHandshake["headers"]>;

/** The server's answer to a handshake that is changed in one place. */
async function answer(headers: Headers, more: Omit<RawHandshake, "headers"> = {}, port = "") {
  const client = await RawClient.connect(port || host.url);
  client.handshake({ ...more, headers });
  const response = await client.response();
  client.reset();
  return response;
}

async function refuses(status: number, headers: Headers, more?: Omit<RawHandshake, "headers">): Promise<void> {
  expect((await answer(headers, more)).status).toBe(status);
}

/** What the server says to these bytes, to the end of the stream. */
async function says(...send: readonly Uint8Array[]): Promise<string[]> {
  const peer = await Peer.open(host.url);
  peer.write(...send);
  const heard = await outcome(peer);
  peer.destroy();
  return heard;
}

const fails = async (code: number, ...send: readonly Uint8Array[]) =>
  expect(await says(...send)).toEqual([`close ${code}`, "fin"]);

/** The core alone, in either role, and all that it did. */
function alone(role: "server" | "client", keys: readonly number[] = [0x01020304, 0x05060708]) {
  const written: Buffer[] = [];
  const messages: (string | Uint8Array)[] = [];
  const closes: ConnectionClose[] = [];
  const sink: ConnectionSink = {
    receiveMessage: (data) => void messages.push(data),
    closed: (...close) => void closes.push(closeOf(...close)),
  };
  let key = 0;
  const options = role === "client" ? { role, maskKey: () => keys[key++ % keys.length]! } : { role };
  const output = { write: (span: Span) => void written.push(Buffer.from(viewOf(span))) };
  return { connection: new Connection(options, sink, output), written, messages, closes };
}

const server = (opcode: number, payload = "") => frame(opcode, payload, { unmasked: true });
const ABC = "abc";

/** Section, the RFC's words, what was run. */
const MUSTS: readonly (readonly [section: string, must: string, check: () => unknown])[] = [
  // What a client must send, a server must find missing (§4.2.1 asks for it).
  ["4.1", "The method of the request MUST be GET", () => refuses(405, {}, { method: "POST" })],
  ["4.1", "The request MUST contain a |Host| header field", () => refuses(400, { host: null })],
  [
    "4.1",
    '|Upgrade| header field whose value MUST include the "websocket" keyword',
    () => refuses(400, { upgrade: "h2c" }),
  ],
  [
    "4.1",
    '|Connection| header field whose value MUST include the "Upgrade" token',
    () => refuses(400, { connection: "keep-alive" }),
  ],
  [
    "4.1",
    "The request MUST include a header field with the name |Sec-WebSocket-Key|",
    () => refuses(400, { "sec-websocket-key": null }),
  ],
  [
    "4.1",
    "value of this header field MUST be a nonce consisting of a randomly selected 16-byte value",
    () => refuses(400, { "sec-websocket-key": "c2hvcnQ=" }),
  ],
  [
    "4.1",
    "The request MUST include a header field with the name |Sec-WebSocket-Version|",
    () => refuses(426, { "sec-websocket-version": null }),
  ],
  ["4.1", "The value of this header field MUST be 13", () => refuses(426, { "sec-websocket-version": "8" })],
  [
    "4.1",
    "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021 to U+007E",
    () => refuses(400, { "sec-websocket-protocol": "cha t" }),
  ],
  ["4.1", "and MUST all be unique strings", () => refuses(400, { "sec-websocket-protocol": "chat, chat" })],
  [
    "4.1",
    "an extension that was not present in the client's handshake [...] the client MUST _Fail the WebSocket Connection_",
    () => expect(checkDeflate(parseExtensions("permessage-deflate")!, undefined)).toBe("EXTENSION_UNREQUESTED"),
  ],

  // §4.2, the server's handshake.
  [
    "4.2.1",
    "the server MUST stop processing the client's handshake and return an HTTP response with an appropriate error code",
    async () => {
      for (const headers of [
        { "sec-websocket-key": "?" },
        { "sec-websocket-extensions": "a;=" },
        { "sec-websocket-protocol": "a b" },
      ])
        await refuses(400, headers);
      await refuses(400, { "sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="] });
    },
  ],
  [
    "4.2.2",
    "the server MUST complete the following steps to accept the connection",
    async () => expect((await answer({})).status).toBe(101),
  ],
  [
    "4.2.2",
    "If the server does not wish to accept this connection, it MUST return an appropriate HTTP error code (e.g., 403 Forbidden)",
    async () => {
      const strict = await answer({ origin: "https://evil.example" }, { path: "/socket" }, guarded());
      expect(strict.status).toBe(403);
    },
  ],
  [
    "4.2.2",
    "the server MUST abort the WebSocket handshake [...] and instead send an appropriate HTTP error code (such as 426 Upgrade Required) and a |Sec-WebSocket-Version| header field",
    async () => {
      const response = await answer({ "sec-websocket-version": "25" });
      expect([response.status, header(response, "sec-websocket-version")]).toEqual([426, "13"]);
    },
  ],
  [
    "4.2.2",
    "If the requested service is not available, the server MUST send an appropriate HTTP error code (such as 404 Not Found)",
    async () => expect((await answer({}, { path: "/other" }, guarded())).status).toBe(404),
  ],
  [
    "4.2.2",
    "The value chosen MUST be derived from the client's handshake, specifically by selecting one of the values from the |Sec-WebSocket-Protocol| field",
    async () =>
      expect(
        header(
          await answer({ "sec-websocket-protocol": "v0, v1, v2" }, { path: "/socket" }, guarded()),
          "sec-websocket-protocol",
        ),
      ).toBe("v2"),
  ],
  [
    "4.2.2",
    "if the server does not wish to agree to one of the suggested subprotocols, it MUST NOT send back a |Sec-WebSocket-Protocol| header field",
    async () => {
      for (const offered of ["v0", null]) {
        const response = await answer({ "sec-websocket-protocol": offered }, { path: "/socket" }, guarded());
        expect([response.status, header(response, "sec-websocket-protocol")]).toEqual([101, null]);
      }
    },
  ],
  [
    "4.2.2",
    "the value MUST be derived from the client's handshake, specifically by selecting one or more of the values from the |Sec-WebSocket-Extensions| field",
    async () =>
      expect(
        header(await answer({ "sec-websocket-extensions": "x-a, permessage-deflate" }), "sec-websocket-extensions"),
      ).toMatch(/^permessage-deflate(;[^,]*)?$/),
  ],
  [
    "4.2.2",
    "Extensions not listed by the client MUST NOT be listed",
    async () => {
      for (const offered of ["x-a", null])
        expect(header(await answer({ "sec-websocket-extensions": offered }), "sec-websocket-extensions")).toBe(null);
    },
  ],
  [
    "4.2.2",
    "If the server chooses to accept the incoming connection, it MUST reply with a valid HTTP response [...] 101 [...] |Upgrade| [...] |Connection| [...] |Sec-WebSocket-Accept|",
    async () => {
      const key = "dGhlIHNhbXBsZSBub25jZQ==";
      const response = await answer({ "sec-websocket-key": key });
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      expect(response.status).toBe(101);
      expect(["upgrade", "connection", "sec-websocket-accept"].map((name) => header(response, name))).toEqual([
        "websocket",
        "Upgrade",
        accept,
      ]);
    },
  ],
  [
    "4.3",
    "the value after quoted-string unescaping MUST conform to the 'token' ABNF",
    async () => {
      await refuses(400, { "sec-websocket-extensions": 'x-a; b="c d"' });
      expect((await answer({ "sec-websocket-extensions": 'x-a; b="c\\d"' })).status).toBe(101);
    },
  ],
  [
    "4.4",
    "it MUST respond with a |Sec-WebSocket-Version| header field [...] containing all versions it is willing to use",
    async () => expect(header(await answer({ "sec-websocket-version": "12" }), "sec-websocket-version")).toBe("13"),
  ],

  // §5.1 to §5.3, framing and masking.
  [
    "5.1",
    "a client MUST mask all frames that it sends to the server",
    () => {
      const { connection, written } = alone("client");
      connection.send("text");
      connection.send(Uint8Array.of(1));
      connection.ping();
      connection.receive(server(PING, "p"));
      connection.close(1000);
      expect(written.map((bytes) => bytes[1]! & 0x80)).toEqual([0x80, 0x80, 0x80, 0x80, 0x80]);
    },
  ],
  [
    "5.1",
    "The server MUST close the connection upon receiving a frame that is not masked",
    () => fails(1002, server(TEXT, "a")),
  ],
  [
    "5.1",
    "A server MUST NOT mask any frames that it sends to the client",
    async () =>
      // A masked frame would be heard as "masked …".
      expect(await says(frame(TEXT, "a"), frame(BINARY, "b"), frame(PING), close())).toEqual([
        "text a",
        "binary 62",
        "pong ",
        "close 1005",
        "fin",
      ]),
  ],
  [
    "5.1",
    "A client MUST close a connection if it detects a masked frame",
    () => {
      const { connection, closes } = alone("client");
      connection.receive(frame(TEXT, "a"));
      expect(closes).toMatchObject([{ code: 1002, failure: "FRAME_MASKED" }]);
    },
  ],
  [
    "5.2",
    "RSV1, RSV2, RSV3 [...] MUST be 0 unless an extension is negotiated",
    async () =>
      expect(await says(frame(TEXT, "*".repeat(5000)), close(1000))).not.toContainEqual(expect.stringMatching(/^rsv/)),
  ],
  [
    "5.2",
    "If a nonzero value is received and none of the negotiated extensions defines the meaning [...] the receiving endpoint MUST _Fail the WebSocket Connection_",
    async () => {
      for (const rsv of [1, 2, 4]) await fails(1002, frame(TEXT, "a", { rsv }));
    },
  ],
  [
    "5.2",
    "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_",
    async () => {
      for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) await fails(1002, frame(opcode));
    },
  ],
  [
    "5.2",
    "64-bit unsigned integer (the most significant bit MUST be 0)",
    () => fails(1009, frame(BINARY, "", { claimed: 2n ** 63n })),
  ],
  [
    "5.2",
    "in all cases, the minimal number of bytes MUST be used to encode the length",
    async () => {
      await fails(1002, frame(TEXT, "a", { lengthBytes: 2 }));
      await fails(1002, frame(TEXT, "a", { lengthBytes: 8 }));
      const { connection, written } = alone("server");
      for (const length of [125, 126, 65_535, 65_536]) connection.send(new Uint8Array(length));
      expect(written.map((bytes) => bytes[1])).toEqual([125, 126, 126, 127]);
    },
  ],
  [
    "5.3",
    "A masked frame MUST have the field frame-masked set to 1",
    () => {
      const { connection, written } = alone("client");
      connection.send(ABC);
      expect(written[0]).toEqual(hex("81 83 01020304 606060"));
    },
  ],
  [
    "5.3",
    "the client MUST pick a fresh masking key",
    () => {
      const { connection, written } = alone("client", [0x11111111, 0x22222222, 0x33333333]);
      connection.send("");
      connection.ping();
      connection.close();
      expect(written.map((bytes) => bytes.subarray(2).toString("hex"))).toEqual(["11111111", "22222222", "33333333"]);
    },
  ],

  // §5.4, fragments.
  [
    "5.4",
    "Control frames themselves MUST NOT be fragmented",
    () => fails(1002, frame(PING, "a", { fin: false }), frame(CONTINUATION, "b")),
  ],
  [
    "5.4",
    "Message fragments MUST be delivered to the recipient in the order sent",
    async () =>
      expect(await says(...fragments(TEXT, "in order", 1), close(1000))).toEqual([
        "text in order",
        "close 1000",
        "fin",
      ]),
  ],
  [
    "5.4",
    "The fragments of one message MUST NOT be interleaved between the fragments of another message",
    () => fails(1002, frame(TEXT, "a", { fin: false }), frame(BINARY, "b", { fin: false })),
  ],
  [
    "5.4",
    "An endpoint MUST be capable of handling control frames in the middle of a fragmented message",
    async () =>
      expect(
        await says(frame(TEXT, "a", { fin: false }), frame(PING, "p"), frame(CONTINUATION, "b"), close(1000)),
      ).toEqual(["pong 70", "text ab", "close 1000", "fin"]),
  ],
  [
    "5.4",
    "Clients and servers MUST support receiving both fragmented and unfragmented messages",
    async () => {
      expect(await says(frame(TEXT, "one"), ...fragments(TEXT, "two", 1), close(1000))).toEqual([
        "text one",
        "text two",
        "close 1000",
        "fin",
      ]);
      const { connection, messages } = alone("client");
      connection.receive(Buffer.concat([server(TEXT, "one"), hex("01 02 7477 80 01 6f")]));
      expect(messages).toEqual(["one", "two"]);
    },
  ],
  [
    "5.4",
    "the type for all fragments in a message MUST be either text, binary, or one of the reserved opcodes",
    async () => {
      expect(await says(...fragments(BINARY, "ab", 1), close(1000))).toEqual(["binary 6162", "close 1000", "fin"]);
      await fails(1002, frame(CONTINUATION, "a"));
    },
  ],

  // §5.5, control frames.
  [
    "5.5",
    "All control frames MUST have a payload length of 125 bytes or less",
    async () => {
      for (const opcode of [8, 9, 10]) await fails(1002, frame(opcode, "*".repeat(126)));
      expect(() => alone("server").connection.ping(new Uint8Array(126))).toThrow(RangeError);
      expect(() => alone("server").connection.close(1000, "*".repeat(124))).toThrow(TypeError);
    },
  ],
  [
    "5.5",
    "and MUST NOT be fragmented",
    async () => {
      for (const opcode of [8, 9, 10]) await fails(1002, frame(opcode, "", { fin: false }));
    },
  ],
  ["5.5.1", "the first two bytes of the body MUST be a 2-byte unsigned integer", () => fails(1002, frame(CLOSE, "a"))],
  [
    "5.5.1",
    "The application MUST NOT send any more data frames after sending a Close frame",
    () => {
      const { connection, written } = alone("server");
      connection.close(1000);
      expect([connection.send("late"), connection.ping(), written.length]).toEqual([false, false, 1]);
    },
  ],
  [
    "5.5.1",
    "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a Close frame in response",
    async () => {
      expect(await says(close(1001))).toEqual(["close 1001", "fin"]);
      const { connection, written } = alone("client");
      connection.receive(frame(CLOSE, hex("03e8"), { unmasked: true }));
      expect(written[0]).toEqual(hex("88 82 01020304 02ea"));
    },
  ],
  [
    "5.5.1",
    "After both sending and receiving a Close message, an endpoint [...] MUST close the underlying TCP connection",
    () => {
      const { connection, closes } = alone("client");
      connection.close(1000);
      connection.receive(server(CLOSE));
      expect([connection.state, closes.length]).toEqual(["CLOSED", 1]);
    },
  ],
  [
    "5.5.1",
    "The server MUST close the underlying TCP connection immediately",
    async () => expect(await says(close(1000))).toEqual(["close 1000", "fin"]),
  ],
  [
    "5.5.2",
    "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received a Close frame",
    async () => {
      expect(await says(frame(PING, "p"), close())).toEqual(["pong 70", "close 1005", "fin"]);
      expect(await says(close(), frame(PING, "p"))).toEqual(["close 1005", "fin"]);
      const { connection, written } = alone("client");
      connection.receive(server(PING, "abc"));
      expect(written[0]).toEqual(hex("8a 83 01020304 606060"));
    },
  ],
  ["5.6", "the whole message MUST contain valid UTF-8", () => fails(1007, frame(TEXT, hex("eda080")))],
  [
    "5.8",
    "The endpoints of a connection MUST negotiate the use of any extensions during the opening handshake",
    () => fails(1002, frame(TEXT, hex("4a4c04 00"), { rsv: 4 })),
  ],

  // §6, sending and receiving.
  [
    "6.1",
    "The endpoint MUST ensure the WebSocket connection is in the OPEN state",
    () => {
      const { connection, written } = alone("server");
      connection.receiveEnd();
      expect([connection.send("late"), written.length]).toEqual([false, 0]);
    },
  ],
  [
    "6.1",
    "An endpoint MUST encapsulate the /data/ in a WebSocket frame",
    () => {
      const { connection, written } = alone("server");
      connection.send(ABC);
      expect(written).toEqual([hex("81 03 616263")]);
    },
  ],
  [
    "6.1",
    "The opcode (frame-opcode) of the first frame containing the data MUST be set to the appropriate value",
    () => {
      const { connection, written } = alone("server");
      connection.send(ABC);
      connection.send(Uint8Array.of(1));
      expect(written.map((bytes) => bytes[0]! & 15)).toEqual([TEXT, BINARY]);
    },
  ],
  [
    "6.1",
    "The FIN bit (frame-fin) of the last frame containing the data MUST be set to 1",
    () => {
      const { connection, written } = alone("server");
      connection.send(ABC);
      connection.send(new Uint8Array(100_000));
      expect(written.at(-1)![0]! & 0x80).toBe(0x80);
    },
  ],
  [
    "6.1",
    "If the data is being sent by the client, the frame(s) MUST be masked",
    () => {
      const { connection, written } = alone("client");
      connection.send(ABC);
      expect(written[0]![1]! & 0x80).toBe(0x80);
    },
  ],
  [
    "6.1",
    "The frame(s) that have been formed MUST be transmitted over the underlying network connection",
    async () => expect(await says(frame(TEXT, "a"), close(1000))).toEqual(["text a", "close 1000", "fin"]),
  ],
  [
    "6.2",
    "Incoming data MUST be parsed as WebSocket frames",
    async () =>
      expect(await says(hex("8185 37fa213d 7f9f4d5158"), close(1000))).toEqual(["text Hello", "close 1000", "fin"]),
  ],
  [
    "6.2",
    "If a control frame (Section 5.5) is received, the frame MUST be handled as defined by Section 5.5",
    async () =>
      expect(await says(frame(10, "pong"), frame(PING, "p"), close(1000))).toEqual(["pong 70", "close 1000", "fin"]),
  ],
  [
    "6.2",
    "the endpoint MUST note the /type/ of the data as defined by the opcode",
    async () =>
      expect(await says(frame(TEXT, "a"), frame(BINARY, "a"), close(1000))).toEqual([
        "text a",
        "binary 61",
        "close 1000",
        "fin",
      ]),
  ],
  [
    "6.2",
    "Subsequent data frames MUST be interpreted as belonging to a new WebSocket message",
    async () =>
      expect(await says(...fragments(TEXT, "ab", 1), frame(TEXT, "c"), close(1000))).toEqual([
        "text ab",
        "text c",
        "close 1000",
        "fin",
      ]),
  ],
  [
    "6.2",
    "A server MUST remove masking for data frames received from a client",
    async () =>
      expect(await says(frame(BINARY, hex("00ff00ff00")), close(1000))).toEqual([
        "binary 00ff00ff00",
        "close 1000",
        "fin",
      ]),
  ],

  // §7, closing.
  [
    "7.1.2",
    "an endpoint MUST send a Close control frame [...] whose status code is set to /code/ and whose close reason is set to /reason/",
    () => {
      const { connection, written } = alone("server");
      connection.close(4000, "why");
      expect(written).toEqual([hex("88 05 0fa0 776879")]);
    },
  ],
  [
    "7.1.7",
    "the client MUST _Close the WebSocket Connection_",
    () => {
      const { connection, written, closes } = alone("client");
      connection.receive(server(3));
      expect([connection.state, closes.length, written.length]).toEqual(["CLOSED", 1, 1]);
    },
  ],
  ["7.1.7", "the server MUST _Close the WebSocket Connection_", () => fails(1002, frame(3))],
  [
    "7.1.7",
    "An endpoint MUST NOT continue to attempt to process data (including a responding Close frame) from the remote endpoint",
    () => fails(1002, frame(3), frame(PING, "p"), frame(TEXT, "a"), close(1000)),
  ],
  [
    "7.2.1",
    "If at any point the underlying transport layer connection is unexpectedly lost, the client MUST _Fail the WebSocket Connection_",
    () => {
      const { connection, closes } = alone("client");
      connection.receiveEnd();
      expect(closes).toMatchObject([{ code: 1006, wasClean: false }]);
    },
  ],
  [
    "7.2.2",
    "[to _Abort the WebSocket Connection_] the server MUST simply _Close the WebSocket Connection_",
    async () => {
      const client = await RawClient.connect(host.url);
      client.handshake({ headers: { "sec-websocket-key": null } });
      expect((await client.response()).status).toBe(400);
      await client.ended;
    },
  ],
  [
    "7.4.1",
    "1005 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint",
    async () => {
      expect(() => alone("server").connection.close(1005)).toThrow(TypeError);
      await fails(1002, close(1005));
    },
  ],
  [
    "7.4.1",
    "1006 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint",
    async () => {
      expect(() => alone("server").connection.close(1006)).toThrow(TypeError);
      await fails(1002, close(1006));
    },
  ],
  [
    "7.4.1",
    "1015 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint",
    async () => {
      expect(() => alone("server").connection.close(1015)).toThrow(TypeError);
      await fails(1002, close(1015));
    },
  ],
];

/** MUSTs of the same sections that no server and no core can keep or break. */
const ELSEWHERE: readonly (readonly [section: string, must: string, why: string])[] = [
  ["4.1", "There MUST be no more than one connection in a CONNECTING state", "a client's opening handshake"],
  ["4.1", "Clients MUST use the Server Name Indication extension", "a client's opening handshake"],
  [
    "4.1",
    "the client MUST wait for a response from the server before sending any further data",
    "a client's opening handshake",
  ],
  [
    "4.1",
    "|Sec-WebSocket-Accept| contains a value other than [...] the client MUST _Fail",
    "a client's opening handshake",
  ],
  [
    "4.1",
    "a subprotocol that was not present in the client's handshake [...] the client MUST _Fail",
    "a client's opening handshake",
  ],
  [
    "4.2.2",
    "all further communication for the connection MUST run through the encrypted tunnel",
    "Node's TLS socket has no other way",
  ],
  [
    "5.2",
    'Any extension MUST specify the length of the "Extension data"',
    "for authors of extensions; permessage-deflate has none",
  ],
  ["5.3", "the masking key MUST be derived from a strong source of entropy", "the core is given its keys"],
  ["5.4", "an intermediary MUST NOT attempt to change the fragmentation of a control frame", "intermediaries"],
  ["5.5.1", "clients MUST NOT show it to end users", "user interfaces"],
];

function guarded(): string {
  return `http://127.0.0.1:${host.logs.find((line) => line.startsWith("guarded "))!.slice(8)}`;
}

describe("RFC 6455", () => {
  it.each(MUSTS)("§%s: %s", async (_section, _must, check) => {
    await check();
  });

  it("names every MUST once, and gives a reason for each that is not run", () => {
    const named = [...MUSTS, ...ELSEWHERE].map(([section, must]) => `${section} ${must}`);
    expect(new Set(named).size).toBe(named.length);
    expect(ELSEWHERE.every(([, , why]) => why !== "")).toBe(true);
  });
});
