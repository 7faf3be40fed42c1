import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import fc from "fast-check";
import { defineSocket, type SocketEvent } from "onesocket";
import { deflate } from "onesocket/deflate";
import { serve } from "onesocket/node";
import WebSocket, { WebSocketServer } from "ws";
import { nodeZlib } from "../../src/adapters/node/deflate.ts";
import { Connection } from "../../src/core/protocol/connection.ts";
import { checkDeflate, offerDeflate } from "../../src/core/protocol/deflate/deflate-params.ts";
import { PermessageDeflate } from "../../src/core/protocol/deflate/permessage-deflate.ts";
import { type CompressionOptions, settingsOf } from "../../src/core/protocol/deflate/settings.ts";
import { parseExtensions } from "../../src/core/protocol/headers.ts";
import { viewOf } from "../../src/core/protocol/slab.ts";
import { acceptKey } from "../../src/core/upgrade/accept-key.ts";
import { type AnyProperty, bytesOf, hexBytes, must, type Property, same } from "./property.ts";

type Step =
  | { readonly say: "text" | "binary"; readonly data: string; readonly times: number; readonly cut: number }
  | { readonly say: "ping"; readonly data: string };

const step = fc.oneof(
  fc.record({
    say: fc.constant("text" as const),
    data: fc.string({ unit: "binary", maxLength: 60 }),
    times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3000 })),
    cut: fc.nat(4),
  }),
  fc.record({
    say: fc.constant("binary" as const),
    data: hexBytes({ maxLength: 60 }),
    times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3000 })),
    cut: fc.nat(4),
  }),
  fc.record({ say: fc.constant("ping" as const), data: hexBytes({ maxLength: 125 }) }),
);

const compression = fc.option(
  fc.record(
    {
      threshold: fc.constantFrom(0, 1, 100, 1024),
      windowBits: fc.integer({ min: 9, max: 15 }),
      level: fc.integer({ min: 1, max: 9 }),
      memLevel: fc.integer({ min: 1, max: 9 }),
      serverNoContextTakeover: fc.boolean(),
      clientNoContextTakeover: fc.boolean(),
    },
    { requiredKeys: ["threshold"] },
  ),
);

const theirs = fc.option(
  fc.record(
    {
      threshold: fc.constantFrom(0, 1, 100, 1024),
      // To ws, false means to refuse the other side's wish.
      serverNoContextTakeover: fc.constant(true),
      clientNoContextTakeover: fc.constant(true),
      serverMaxWindowBits: fc.integer({ min: 9, max: 15 }),
      clientMaxWindowBits: fc.integer({ min: 9, max: 15 }),
    },
    { requiredKeys: ["threshold"] },
  ),
);

interface Talk {
  readonly ours: CompressionOptions | null;
  readonly theirs: { readonly serverMaxWindowBits?: number; readonly clientMaxWindowBits?: number } | null;
  readonly steps: readonly Step[];
}

const talk = fc.record({ ours: compression, theirs, steps: fc.array(step, { maxLength: 12 }) });

/** The message of a step: long ones by repetition, which also gives compression something to do. */
function messageOf({ say, data, times }: Exclude<Step, { say: "ping" }>): string | Buffer {
  return say === "text" ? data.repeat(times) : Buffer.concat(Array.from({ length: times }, () => bytesOf(data)));
}

function label(data: string | Uint8Array): string {
  return typeof data === "string" ? `text ${data}` : `binary ${Buffer.from(data).toString("hex")}`;
}

/** Messages and pongs that must come back, in order of each kind. */
function expected(steps: readonly Step[]): { messages: string[]; pongs: string[] } {
  const messages = steps.flatMap((one) => (one.say === "ping" ? [] : [label(messageOf(one))]));
  return { messages, pongs: steps.flatMap(({ say, data }) => (say === "ping" ? [data] : [])) };
}

const oursAsServer: Property<Talk> = {
  name: "our server and a client of ws say everything to each other",
  inputs: talk,
  async holds({ ours, theirs, steps }) {
    const echo = defineSocket({
      name: "fuzz",
      ...(ours && { compression: deflate(ours) }),
      limits: { messageBytes: 1 << 24 },
      message: (socket, data) => void socket.send(data),
    });
    const server = await serve(echo, { port: 0, hostname: "127.0.0.1" });
    try {
      const client = new WebSocket(`ws://127.0.0.1:${server.port}`, { perMessageDeflate: theirs ?? false });
      const heard = { messages: [] as string[], pongs: [] as string[] };
      client.on("message", (data: Buffer, binary) => heard.messages.push(label(binary ? data : data.toString())));
      client.on("pong", (data) => heard.pongs.push(data.toString("hex")));
      await once(client, "open");
      for (const one of steps) {
        if (one.say === "ping") client.ping(bytesOf(one.data));
        else
          for (const [part, fin] of parts(messageOf(one), one.cut))
            client.send(part, { fin, binary: one.say === "binary" });
      }
      client.close(4001, "done");
      const [code] = await once(client, "close");
      same([heard, code], [expected(steps), 4001], "heard");
    } finally {
      await server.close();
    }
  },
};

/** A message in `cut + 1` fragments. */
function parts(message: string | Buffer, cut: number): [Buffer, boolean][] {
  const bytes = Buffer.from(message as string);
  const size = Math.ceil(bytes.length / (cut + 1));
  return Array.from({ length: cut + 1 }, (_, i) => [bytes.subarray(i * size, (i + 1) * size), i === cut]);
}

const oursAsClient: Property<Talk> = {
  name: "our connection as a client and a server of ws say everything to each other",
  inputs: talk,
  async holds({ ours, theirs, steps }) {
    // A server of ws refuses an offer of smaller windows than it was told to have.
    const { windowBits = 15 } = ours ?? {};
    const { serverMaxWindowBits: own = 15, clientMaxWindowBits: other = 15 } = theirs ?? {};
    const windows = {
      serverMaxWindowBits: Math.min(own, windowBits),
      clientMaxWindowBits: Math.min(other, windowBits),
    };
    const perMessageDeflate = theirs && { ...theirs, ...windows };
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: perMessageDeflate ?? false });
    server.on("connection", (socket) => {
      socket.on("message", (data: Buffer, binary) => {
        for (const [part, fin] of parts(data, data.length % 4)) socket.send(part, { fin, binary });
      });
    });
    await once(server, "listening");
    try {
      same(
        await converse((server.address() as AddressInfo).port, ours, steps),
        { ...expected(steps), code: 4001, wasClean: true },
        "heard",
      );
    } finally {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    }
  },
};

/** Drives the core's connection as a client, over TCP. */
async function converse(port: number, ours: CompressionOptions | null, steps: readonly Step[]) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const key = randomBytes(16).toString("base64");
  const settings = ours ? settingsOf(ours) : undefined;
  const lines = ["GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
  const offer = settings ? [`Sec-WebSocket-Extensions: ${offerDeflate(settings)}`] : [];
  socket.write(`${[...lines, `Sec-WebSocket-Key: ${key}`, ...offer].join("\r\n")}\r\n\r\n`);
  const [first] = (await once(socket, "data")) as [Buffer];
  const end = first.indexOf("\r\n\r\n");
  const head = first.toString("latin1", 0, end + 2);
  must(head.includes(`Sec-WebSocket-Accept: ${acceptKey(key)}\r\n`), head);
  const answer = /^Sec-WebSocket-Extensions: (.*)\r$/im.exec(head)?.[1];
  const params = answer === undefined ? undefined : checkDeflate(parseExtensions(answer) ?? [], settings);
  must(typeof params !== "string", `${params}: ${answer}`);
  const extension = params && settings ? new PermessageDeflate("client", params, settings, nodeZlib()) : undefined;

  const messages: string[] = [];
  const pongs: string[] = [];
  const count = expected(steps);
  return new Promise<object>((resolve) => {
    const enough = () => {
      if (messages.length === count.messages.length && pongs.length === count.pongs.length) connection.close(4001);
    };
    const connection: Connection = new Connection(
      { role: "client", maskKey: () => randomBytes(4).readUInt32BE(), limits: { messageBytes: 1 << 24 }, extension },
      {
        receiveMessage: (data) => {
          messages.push(label(data));
          enough();
        },
        receivePong: (payload) => {
          pongs.push(Buffer.from(payload).toString("hex"));
          enough();
        },
        closed: (...[code, , wasClean, failure]) => {
          socket.end();
          resolve({ messages, pongs, code, wasClean, ...(failure && { failure }) });
        },
      },
      { write: (span) => void socket.write(viewOf(span)) },
    );
    connection.receive(first.subarray(end + 4));
    socket.on("data", (chunk: Buffer) => connection.receive(chunk));
    socket.on("end", () => connection.receiveEnd());
    socket.on("error", () => {});
    for (const one of steps) {
      if (one.say === "ping") connection.ping(bytesOf(one.data));
      else connection.send(messageOf(one));
    }
    enough();
  });
}

const HANDSHAKE_LINES = [
  "Host: a.example",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

const HEAD_LINES = [
  ...HANDSHAKE_LINES,
  "connection: keep-alive, upgrade",
  "Connection: close",
  "Connection: ,upgrade",
  "Upgrade: h2c, websocket",
  "Upgrade:\tWebSocket ",
  "Origin: http://a.example",
  "Origin: null",
  "Sec-WebSocket-Protocol: chat",
  "Sec-WebSocket-Protocol: chat, chat",
  "Sec-WebSocket-Extensions: permessage-deflate",
  "Content-Length: 0",
  "Transfer-Encoding: chunked",
  "Expect: 100-continue",
  "X-A: 1\r\n 2",
  "X-A: 1\nX-B: 2",
  "X-A : 1",
  ": 1",
  "__proto__: 1",
  "constructor: 1",
];

const HEAD_NAMES = [
  "Host",
  "Upgrade",
  "Connection",
  "Sec-WebSocket-Key",
  "Sec-WebSocket-Version",
  "Sec-WebSocket-Protocol",
  "Cookie",
  "X-A",
  "Te",
];

/** Parts of a head, good and bad: what one reader of HTTP could take for something else than another. */
const line = fc.oneof(
  { arbitrary: fc.constantFrom(...HEAD_LINES), weight: 4 },
  fc
    .record({ name: fc.constantFrom(...HEAD_NAMES), value: fc.string({ unit: "binary-ascii", maxLength: 12 }) })
    .map(({ name, value }) => `${name}:${value}`),
);

interface Head {
  readonly first: string;
  readonly lines: readonly string[];
  readonly behind: string;
}

const whole: Property<Head> = {
  name: "a handshake that is read without a parser gets the answer that it gets by Node's",
  inputs: fc.record({
    first: fc.oneof(
      { arbitrary: fc.constantFrom("GET / HTTP/1.1", "GET /a/b?c=d HTTP/1.1"), weight: 6 },
      fc.constantFrom(
        "GET /a/../b HTTP/1.1",
        "GET * HTTP/1.1",
        "GET //a/b HTTP/1.1",
        "get / HTTP/1.1",
        "GET  / HTTP/1.1",
      ),
      fc.string({ unit: "binary-ascii", maxLength: 8 }).map((target) => `GET /${target} HTTP/1.1`),
    ),
    lines: fc
      .tuple(fc.subarray(HANDSHAKE_LINES, { minLength: 3 }), fc.array(line, { maxLength: 3 }))
      .map((all) => all.flat()),
    behind: fc.oneof(
      { arbitrary: fc.constant(""), weight: 5 },
      fc.constantFrom("\r\n", "GET / HTTP/1.1\r\n\r\n", "\x81\x80abcd"),
    ),
  }),
  async holds({ first, lines, behind }) {
    const echo = defineSocket({ name: "fuzz", protocols: ["chat"], limits: { handshakeMs: 2000 } });
    const head = Buffer.from(`${[first, ...lines].join("\r\n")}\r\n\r\n${behind}`, "latin1");
    const heard: unknown[] = [];
    for (const byNode of [false, true]) {
      const events: string[] = [];
      const observe = (event: SocketEvent) => {
        if (event.type !== "closed") events.push(JSON.stringify(event, (key, value) => (UNLIKE.has(key) ? 0 : value)));
      };
      const server = await serve(echo, { port: 0, hostname: "127.0.0.1", observe });
      // A server with a time of the operator's own leaves all to Node.
      if (byNode) server.server.setTimeout(600_000);
      const answer = await answerTo(server.port, head);
      await server.close();
      heard.push([answer.replace(/^Date: .*$/gim, ""), events.filter((event) => !event.includes("drained"))]);
    }
    same(heard[0], heard[1], "heard");
  },
};

/** What differs between any two. */
const UNLIKE = new Set(["ms", "socket", "received", "sent"]);

/** All that comes, until the server ends the connection, or opens a socket. */
function answerTo(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ port, host: "127.0.0.1" });
    const end = () => {
      socket.destroy();
      resolve(text);
    };
    socket.on("error", end).on("close", end);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (isAnswer(text)) end();
    });
    socket.write(bytes);
  });
}

function isAnswer(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /^content-length: (\d+)/im.exec(text)?.[1] ?? 0;
  return text.length >= end + 4 + Number(length);
}

export const NETWORK = [oursAsServer, oursAsClient, whole] as unknown as readonly AnyProperty[];
