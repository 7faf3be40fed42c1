import { createServer as createHttpsServer } from "node:https";
import { defineSocket } from "onesocket";
import { deflate } from "onesocket/deflate";
import { serve } from "onesocket/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { onesocket } from "../command.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import { consult, editing, frame, type Habit, listen, patient, switching, text, wellBehaved } from "./lab.ts";

/** A server that listens. */
interface Running {
  readonly url: string;
  stop(): Promise<unknown>;
}

async function ws(options: ServerOptions, connected: (socket: WebSocket) => void): Promise<Running> {
  const server = createHttpsServer({ cert: CERTIFICATE, key: KEY }, (_, response) => response.writeHead(426).end());
  const plain = new WebSocketServer({ ...options, noServer: true });
  server.on("upgrade", (request, socket, head) => plain.handleUpgrade(request, socket, head, connected));
  const { host, stop } = await listen(server);
  return { url: `wss://${host}`, stop };
}

async function ours(options: Parameters<typeof defineSocket>[0]): Promise<Running> {
  // Its warnings are about what the doctor tries on purpose.
  const { port, close } = await serve(defineSocket(options), { port: 0, hostname: "127.0.0.1", observe: () => {} });
  return { url: `ws://127.0.0.1:${port}`, stop: close };
}

async function dev(runtime: string): Promise<Running> {
  const command = await onesocket(["dev", "test/hosts/echo.ts", "--port", "0", "--on", runtime]);
  const stop = () => {
    command.kill("SIGTERM");
    return command.ended;
  };
  return { url: command.url, stop };
}

async function lab(habit: Habit): Promise<Running> {
  const { host, stop } = await patient(habit);
  return { url: `ws://${host}`, stop };
}

const echo = (socket: WebSocket) => socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));

/** Servers that are well, each in its own way. */
const HEALTHY: readonly (readonly [what: string, start: () => Promise<Running>, ...args: string[]])[] = [
  ["a definition on Node", () => ours({ name: "echo", message: (socket, data) => void socket.send(data) })],
  ["a definition that says nothing", () => ours({ name: "silent" })],
  [
    "a definition that compresses",
    () =>
      ours({
        name: "deflate",
        compression: deflate({ threshold: 0 }),
        message: (socket, data) => void socket.send(data),
      }),
  ],
  [
    "a definition that demands a subprotocol",
    () => ours({ name: "demanding", protocols: ["v2", "v1"], requireProtocol: true }),
    "--protocol",
    "v1,v2",
  ],
  ["a definition that greets", () => ours({ name: "greeting", open: (socket) => void socket.send("hello") })],
  ["onesocket dev on Node", () => dev("node")],
  ["onesocket dev on Bun", () => dev("bun")],
  ["onesocket dev on Deno", () => dev("deno")],
  ["onesocket dev in a Durable Object", () => dev("durable")],
  ["ws over TLS that echoes", () => ws({}, echo), "--insecure"],
  ["ws that compresses, with context takeover", () => ws({ perMessageDeflate: { threshold: 0 } }, echo), "--insecure"],
  [
    "ws that closes on what it does not understand",
    () => ws({}, (socket) => socket.on("message", () => socket.close(4400, "no"))),
    "--insecure",
  ],
  ["ws that sends much", () => ws({}, (socket) => socket.send("x".repeat(3 << 20))), "--insecure"],
  [
    "ws that pings every 20 ms",
    () => ws({}, (socket) => void setInterval(() => socket.ping(), 20).unref()),
    "--insecure",
  ],
  [
    "a server that sends an interim answer first",
    () =>
      lab((socket, ask, behind) => {
        socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n");
        wellBehaved()(socket, ask, behind);
      }),
  ],
  [
    "a server that answers byte by byte",
    () =>
      lab((socket, ask, behind) => {
        const slow = {
          write: (data: string | Buffer) =>
            [...Buffer.from(data as string)].forEach((byte) => void socket.write(Buffer.of(byte))),
          on: socket.on.bind(socket),
          end: () => void socket.end(),
        };
        wellBehaved()(slow as unknown as typeof socket, ask, behind);
      }),
  ],
  [
    "a server that writes its headers in another case",
    () =>
      lab((socket, ask, behind) => {
        const spelled = (data: string | Uint8Array) =>
          socket.write(
            typeof data === "string"
              ? data
                  .replace("Upgrade: websocket", "UPGRADE:WebSocket")
                  .replace("Connection: Upgrade", "connection: UPGRADE\t")
              : data,
          );
        wellBehaved()(
          { write: spelled, on: socket.on.bind(socket), end: () => void socket.end() } as unknown as typeof socket,
          ask,
          behind,
        );
      }),
  ],
];

describe("a server that is well has a clean bill", () => {
  let running: readonly Running[];
  beforeAll(async () => {
    running = await Promise.all(HEALTHY.map(([, start]) => start()));
  });
  afterAll(() => Promise.all(running.map(({ stop }) => stop())));

  it.concurrent.each(HEALTHY.map(([what, , ...args], index) => ({ what, args, index })))(
    "$what",
    async ({ args, index }) => {
      const report = await consult(running[index]!.url, ...args);
      const faults = report.findings.filter(({ level, code }) => level !== "advice" && code !== "CERT_INVALID");
      expect(faults).toEqual([]);
      expect(report.ok).toBe(true);
      expect(
        report.phases.every(({ verdict, name }) => verdict === "ok" || verdict === "skipped" || name === "TLS"),
      ).toBe(true);
      expect(report.connections).toBeLessThanOrEqual(20);
    },
  );
});

/** Faults that only some clients stumble over. */
const WARNED: readonly (readonly [code: string, what: string, habit: Habit])[] = [
  [
    "CONNECTION_LIST_WARN",
    "says keep-alive too",
    editing((head) => head.replace("Connection: Upgrade", "Connection: keep-alive, Upgrade")),
  ],
  [
    "TRANSFER_ENCODING_WARN",
    "says Transfer-Encoding with the 101",
    editing((head) => head.replace("Connection:", "Transfer-Encoding: chunked\r\nConnection:")),
  ],
  [
    "CONNECTION_LIST_WARN",
    "says keep-alive too, and then nothing",
    (socket, ask) => void socket.write(switching(ask, { Connection: "keep-alive, Upgrade" })),
  ],
  ["HEAD_LOST", "loses what comes with the handshake", (socket, ask) => wellBehaved()(socket, ask, Buffer.alloc(0))],
  [
    "HEAD_LOST",
    "loses what comes with the handshake, and answers no Ping",
    (socket, ask) => {
      socket.write(switching(ask));
      socket.on("data", (chunk) => (chunk[0]! & 15) === 1 && socket.write(unmasked(chunk)));
    },
  ],
  ["PING_TIMEOUT", "answers no Ping", wellBehaved((bytes, opcode) => (opcode === 10 ? Buffer.alloc(0) : bytes))],
  [
    "PING_TIMEOUT",
    "answers Ping with something else",
    wellBehaved((bytes, opcode) => (opcode === 10 ? frame(0x8a, "x") : bytes)),
  ],
  [
    "CLOSE_UNANSWERED",
    "only cuts when it is closed",
    wellBehaved((bytes, opcode) => (opcode === 8 ? Buffer.alloc(0) : bytes)),
  ],
  [
    "CLOSED_ON_TEXT",
    "falls over a text",
    wellBehaved((bytes, opcode) => (opcode === 1 ? frame(0x88, Buffer.from([3, 243])) : bytes)),
  ],
  [
    "INTERNAL",
    "falls over a text and names it",
    wellBehaved((bytes, opcode) =>
      opcode === 1 ? frame(0x88, Buffer.concat([Buffer.from([3, 243]), Buffer.from("INTERNAL")])) : bytes,
    ),
  ],
];

/** A short text frame of a client, echoed. */
function unmasked(bytes: Buffer): Buffer {
  const payload = bytes.subarray(6, 6 + (bytes[1]! & 127));
  return text(
    Buffer.from(payload)
      .map((byte, i) => byte ^ bytes[2 + (i & 3)]!)
      .toString(),
  );
}

describe("a server that", () => {
  it.concurrent.each(WARNED)("is warned of %s when it %s, and is healthy", async (code, _, habit) => {
    const { url, stop } = await lab(habit);
    const report = await consult(url);
    await stop();
    expect(report).toMatchObject({ ok: true, code });
  });

  it.concurrent("lets every page in is advised, and has no code", async () => {
    const { url, stop } = await lab(wellBehaved());
    const report = await consult(url);
    await stop();
    expect(report.code).toBe(null);
    expect(report.findings.map(({ code, level }) => [code, level])).toEqual([["ORIGIN_UNCHECKED", "advice"]]);
  });

  it.concurrent("lets in pages of its own host alone has nothing to be told", async () => {
    const { url, stop } = await ours({ name: "strict" });
    const report = await consult(url);
    await stop();
    expect(report.findings).toEqual([]);
  });
});
