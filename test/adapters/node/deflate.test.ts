import { createHook } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { defineSocket } from "onesocket";
import { type Compression, deflate } from "onesocket/deflate";
import { serve } from "onesocket/node";
import { afterEach, describe, expect, it } from "vitest";
import { type PerMessageDeflateOptions, WebSocket, WebSocketServer } from "ws";
import { nodeZlib } from "../../../src/adapters/node/deflate.ts";
import { NodeTransport } from "../../../src/adapters/node/transport.ts";
import { DEFAULT_LIMITS } from "../../../src/core/contract/limits.ts";
import { Connection } from "../../../src/core/protocol/connection.ts";
import { acceptDeflate, checkDeflate, offerDeflate } from "../../../src/core/protocol/deflate/deflate-params.ts";
import { type Deflate, PermessageDeflate, type Zlib } from "../../../src/core/protocol/deflate/permessage-deflate.ts";
import { type CompressionOptions, settingsOf } from "../../../src/core/protocol/deflate/settings.ts";
import { parseExtensions } from "../../../src/core/protocol/headers.ts";
import { viewOf } from "../../../src/core/protocol/slab.ts";
import { acceptKey } from "../../../src/core/upgrade/accept-key.ts";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const PATHS: readonly (readonly [name: string, zlib: Zlib])[] = [
  ["at once", nodeZlib()],
  ["through streams", nodeZlib({ syncBytes: 0 })],
];

const noise = randomBytes(150_000);

/** Texts and bytes, empty, short and long, alike and not. */
const MESSAGES: readonly (string | Buffer)[] = [
  "",
  "Hello",
  "Hello",
  JSON.stringify({ names: Array.from({ length: 200 }, (_, at) => `name ${at % 50}`) }),
  "€".repeat(1000),
  Buffer.alloc(0),
  noise.subarray(0, 3000),
  "x".repeat(200_000),
  noise,
  Buffer.alloc(100_000, "abcdefg"),
  noise.subarray(0, 3000),
];

type Header = string | undefined;

/** Sends all messages through a ws client to an echo; returns what came back, and the negotiated extension. */
async function throughWs(url: string, options: PerMessageDeflateOptions | boolean): Promise<[Header, unknown[]]> {
  const ws = new WebSocket(url, { perMessageDeflate: options });
  let extension: Header;
  ws.on("upgrade", ({ headers }) => {
    extension = headers["sec-websocket-extensions"];
  });
  const echoed: unknown[] = [];
  ws.on("message", (data: Buffer, binary) => {
    echoed.push(binary ? data : data.toString());
    if (echoed.length === MESSAGES.length) ws.close(4000);
  });
  ws.on("open", () => {
    for (const message of MESSAGES) ws.send(message);
  });
  const [code] = await once(ws, "close");
  expect(code).toBe(4000);
  return [extension, echoed];
}

/** An echo behind `serve`. */
async function echo(compression?: Compression): Promise<string> {
  const definition = defineSocket({
    name: "echo",
    compression,
    message: (socket, data) => void socket.send(data),
  });
  const server = await serve(definition, { port: 0, hostname: "127.0.0.1" });
  open.push(server);
  return `ws://127.0.0.1:${server.port}/`;
}

/** An echo of the transport alone, with a zlib of our choice. */
async function bareEcho(zlib: Zlib, compression: CompressionOptions): Promise<string> {
  const server = createServer();
  const ours = settingsOf(compression);
  server.on("upgrade", ({ headers }, socket: Duplex) => {
    const accepted = acceptDeflate(parseExtensions(headers["sec-websocket-extensions"] ?? null)!, ours)!;
    socket.write(switching(headers["sec-websocket-key"]!, accepted.response));
    const extension = new PermessageDeflate("server", accepted.params, ours, zlib);
    const transport = new NodeTransport(socket as never, DEFAULT_LIMITS, extension);
    transport.connection.sink = { receiveMessage: (data) => transport.send(data), closed() {} };
    transport.read([]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({ close: () => server.closeAllConnections() ?? server.close() });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function switching(key: string, extensions: string): string {
  const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  lines.push(`Sec-WebSocket-Accept: ${acceptKey(key)}`, `Sec-WebSocket-Extensions: ${extensions}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

const flags = [true, false];
const takeovers = flags.flatMap((serverNoContextTakeover) =>
  flags.map((clientNoContextTakeover) => ({ serverNoContextTakeover, clientNoContextTakeover })),
);

describe("a server, to ws as its client", () => {
  it("does not compress unless its definition says so", async () => {
    expect(await throughWs(await echo(undefined), true)).toEqual([undefined, MESSAGES]);
  });

  it("compresses without a word about takeover by default", async () => {
    expect(await throughWs(await echo(deflate()), true)).toEqual(["permessage-deflate", MESSAGES]);
  });

  it("does without compression when the client has none", async () => {
    expect(await throughWs(await echo(deflate()), false)).toEqual([undefined, MESSAGES]);
  });

  it("declines a window of 8", async () => {
    const [extension, echoed] = await throughWs(await echo(deflate()), { serverMaxWindowBits: 8 });
    expect([extension, echoed]).toEqual([undefined, MESSAGES]);
  });

  const asked: (PerMessageDeflateOptions & CompressionOptions)[] = takeovers.flatMap((takeover) =>
    [9, 10, 12, 15].map((bits) => ({ ...takeover, serverMaxWindowBits: bits, clientMaxWindowBits: 24 - bits })),
  );

  it.each(asked)("with what the client asks: %o", async (options) => {
    const compression = deflate({ threshold: 0, serverNoContextTakeover: false, clientNoContextTakeover: false });
    const [extension, echoed] = await throughWs(await echo(compression), { ...options, threshold: 0 });
    expect(echoed).toEqual(MESSAGES);
    expect(extension).toContain(`server_max_window_bits=${options.serverMaxWindowBits}`);
    expect(extension?.includes("server_no_context_takeover")).toBe(options.serverNoContextTakeover);
    expect(extension?.includes("client_no_context_takeover")).toBe(options.clientNoContextTakeover);
  });

  const imposed: CompressionOptions[] = takeovers.flatMap((takeover) =>
    [9, 11, 14].map((windowBits) => ({ ...takeover, windowBits, level: windowBits - 6, memLevel: windowBits - 6 })),
  );

  it.each(imposed)("with what the server asks: %o", async (options) => {
    const [extension, echoed] = await throughWs(await echo(deflate({ ...options, threshold: 10 })), { threshold: 10 });
    expect(echoed).toEqual(MESSAGES);
    const demanded = options.clientNoContextTakeover ? "; client_no_context_takeover" : "";
    expect(extension).toBe(`permessage-deflate${demanded}; client_max_window_bits=${options.windowBits}`);
  });

  it.each(PATHS)("with zlib %s", async (_, zlib) => {
    for (const takeover of takeovers) {
      const [, echoed] = await throughWs(await bareEcho(zlib, { ...takeover, threshold: 0 }), { threshold: 0 });
      expect(echoed).toEqual(MESSAGES);
    }
  });
});

describe("limits.compressionContexts", () => {
  const rounds = { threshold: 0, level: 1 };

  /** A server that keeps so many contexts, and what it agreed to with clients that come one after the other. */
  async function agreeing(most: number, options?: CompressionOptions) {
    const definition = defineSocket({
      name: "echo",
      compression: deflate(options),
      limits: { compressionContexts: most },
      message: (socket, data) => void socket.send(data),
    });
    const server = await serve(definition, { port: 0, hostname: "127.0.0.1" });
    open.push(server);
    return async (options: PerMessageDeflateOptions | true = true) => {
      const ws = new WebSocket(`ws://127.0.0.1:${server.port}/`, { perMessageDeflate: options });
      await once(ws, "open");
      return ws;
    };
  }

  /** What comes back of a message that is worth compressing. */
  async function asked(ws: WebSocket, text: string): Promise<string> {
    ws.send(text);
    const [data] = await once(ws, "message");
    return String(data);
  }

  const text = "one message resembles the other ".repeat(100);

  it("lets those connect uncompressed who would need one more, and compressed who offer to do without", async () => {
    const connect = await agreeing(2);
    const first = await connect();
    const second = await connect();
    const third = await connect();
    const modest = await connect({ clientNoContextTakeover: true });
    const compressed = "permessage-deflate";
    expect([first, second, third, modest].map(({ extensions }) => extensions)).toEqual([
      compressed,
      compressed,
      "",
      compressed,
    ]);
    for (const ws of [first, third, modest, second, first]) expect(await asked(ws, text)).toBe(text);
    first.close();
    await once(first, "close");
    expect((await connect()).extensions).toBe(compressed);
    expect((await connect()).extensions).toBe("");
  });

  it("takes those for compressing away that were used longest ago: their connections begin anew", async () => {
    const connect = await agreeing(2, { ...rounds, serverNoContextTakeover: false, clientNoContextTakeover: true });
    const all = [await connect(), await connect(), await connect(), await connect()];
    for (let round = 0; round < 3; round++)
      for (const ws of all) expect(await asked(ws, text + round)).toBe(text + round);
  });

  it("takes them away for those for decompressing, which nothing can take away", async () => {
    const connect = await agreeing(2, { ...rounds, serverNoContextTakeover: false });
    const modest = await connect({ clientNoContextTakeover: true });
    for (let i = 0; i < 3; i++) expect(await asked(modest, text)).toBe(text);
    const others = [await connect(), await connect(), await connect()];
    expect(others.map(({ extensions }) => extensions)).toEqual(["permessage-deflate", "permessage-deflate", ""]);
    for (const ws of [modest, ...others, modest, ...others]) expect(await asked(ws, text)).toBe(text);
  });
});

describe("a message that other threads compress", () => {
  it("is buffered until it is written, and waited for by drained()", async () => {
    const amounts: (number | undefined)[] = [];
    const definition = defineSocket({
      name: "sender",
      compression: deflate(),
      async open(socket) {
        socket.send(noise);
        socket.send("then this");
        amounts.push(socket.bufferedAmount);
        await socket.drained();
        amounts.push(socket.bufferedAmount);
        socket.close(4000);
      },
    });
    const server = await serve(definition, { port: 0, hostname: "127.0.0.1" });
    open.push(server);
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}/`);
    const got: string[] = [];
    ws.on("message", (data, binary) => got.push(binary ? "bytes" : String(data)));
    const [code] = await once(ws, "close");
    expect([code, got, amounts]).toEqual([4000, ["bytes", "then this"], [expect.any(Number), 0]]);
    expect(amounts[0]).toBeGreaterThan(noise.length);
  });
});

describe("a client, to a server of ws", () => {
  /** Sends all messages with our connection through a plain socket. */
  async function throughOurs(
    port: number,
    zlib: Zlib,
    options: CompressionOptions,
  ): Promise<[Header, unknown[], number]> {
    const ours = settingsOf(options);
    const socket = connect(port, "127.0.0.1");
    const key = randomBytes(16).toString("base64");
    const lines = [
      "GET / HTTP/1.1",
      "Host: a",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${key}`,
    ];
    lines.push("Sec-WebSocket-Version: 13", `Sec-WebSocket-Extensions: ${offerDeflate(ours)}`);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    // The server of ws sends nothing until it is sent something.
    const [head] = (await once(socket, "data")) as [Buffer];
    const header = /sec-websocket-extensions: (.*)\r\n/i.exec(head.toString())?.[1];
    const params = checkDeflate(parseExtensions(header ?? null)!, ours);
    if (typeof params === "string") throw new Error(params);
    const extension = params && new PermessageDeflate("client", params, ours, zlib);
    const echoed: unknown[] = [];
    const closed = new Promise<number>((resolve) => {
      const connection = new Connection(
        { role: "client", maskKey: () => randomBytes(4).readUInt32BE(), extension },
        {
          receiveMessage(data) {
            echoed.push(typeof data === "string" ? data : Buffer.from(data));
            if (echoed.length === MESSAGES.length) connection.close(4000);
          },
          closed(code) {
            socket.destroy();
            resolve(code);
          },
        },
        { write: (span) => void socket.write(viewOf(span)) },
      );
      socket.on("data", (chunk) => connection.receive(chunk));
      for (const message of MESSAGES) connection.send(message);
    });
    return [header, echoed, await closed];
  }

  async function wsEcho(perMessageDeflate: PerMessageDeflateOptions | boolean): Promise<number> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
    server.on("connection", (ws) => ws.on("message", (data, binary) => ws.send(data, { binary })));
    await once(server, "listening");
    open.push(server);
    return (server.address() as AddressInfo).port;
  }

  const settings = takeovers.flatMap((takeover) =>
    [9, 12, 15].flatMap((windowBits) => [
      { ours: { ...takeover, windowBits }, theirs: {} },
      {
        ours: { serverNoContextTakeover: false, clientNoContextTakeover: false, windowBits: 15 },
        theirs: { ...takeover, serverMaxWindowBits: windowBits, clientMaxWindowBits: windowBits },
      },
    ]),
  );

  describe.each(PATHS)("zlib %s", (_, zlib) => {
    it.each(settings)("%o", async ({ ours, theirs }) => {
      const port = await wsEcho({ threshold: 0, ...theirs });
      const [header, echoed, code] = await throughOurs(port, zlib, { threshold: 0, ...ours });
      expect(header).toContain("permessage-deflate");
      expect([echoed, code]).toEqual([MESSAGES, 4000]);
    });

    it("that wants a window of 8: ours goes uncompressed", async () => {
      const port = await wsEcho({ threshold: 0, clientMaxWindowBits: 8 });
      const [header, echoed, code] = await throughOurs(port, zlib, { threshold: 0 });
      expect(header).toContain("client_max_window_bits=8");
      expect([echoed, code]).toEqual([MESSAGES, 4000]);
    });
  });

  it("that declines", async () => {
    const [header, echoed, code] = await throughOurs(await wsEcho(false), nodeZlib(), {});
    expect([header, echoed, code]).toEqual([undefined, MESSAGES, 4000]);
  });
});

describe("Node's zlib", () => {
  const settings = { windowBits: 15, level: 6, memLevel: 8, takeover: true };
  const deflate = (zlib: Zlib, message: Uint8Array, takeover = true) => {
    const deflater = zlib.deflate({ ...settings, takeover });
    return new Promise<Uint8Array>((resolve) => {
      deflater.deflate(message, (bytes) => resolve(new Uint8Array(bytes!)));
      deflater.close();
    });
  };

  it("takes short messages at once, and long ones to other threads", () => {
    let done = 0;
    const deflater = nodeZlib().deflate(settings);
    deflater.deflate(noise.subarray(0, 65_536), () => done++);
    expect(done).toBe(1);
    deflater.deflate(noise.subarray(0, 65_537), () => done++);
    expect(done).toBe(1);
    deflater.close();
  });

  it("gives the same bytes either way", async () => {
    for (const message of [noise.subarray(0, 60_000), Buffer.alloc(60_000, "abc")]) {
      expect(await deflate(nodeZlib(), message)).toEqual(await deflate(nodeZlib({ syncBytes: 0 }), message));
    }
  });

  it("ends what it began when it is closed meanwhile", async () => {
    expect((await deflate(nodeZlib({ syncBytes: 0 }), noise)).length).toBeGreaterThan(noise.length);
  });

  it("takes at most eight contexts for any number of messages at a time", async () => {
    let contexts = 0;
    const hook = createHook({ init: (_, type) => void (type === "ZLIB" && contexts++) }).enable();
    const all = Array.from({ length: 40 }, () => deflate(nodeZlib(), noise, false));
    const [first, ...others] = await Promise.all(all);
    hook.disable();
    for (const bytes of others) expect(bytes).toEqual(first);
    expect(contexts).toBeLessThanOrEqual(8);
  });

  it.each(PATHS)("%s, frees what it took for thousands of connections, used or not again", async (_, zlib) => {
    const message = Buffer.alloc(100, "abc");
    const before = process.memoryUsage().rss;
    const closed: Deflate[] = [];
    for (let round = 0; round < 30; round++) {
      const deflaters = Array.from({ length: 100 }, () => zlib.deflate(settings));
      await Promise.all(deflaters.map((one) => new Promise((resolve) => one.deflate(message, resolve))));
      for (const one of deflaters) one.close();
      for (const one of Array.from({ length: 50 }, () => zlib.deflate(settings))) {
        const done = new Promise((resolve) => one.deflate(message, resolve));
        one.close();
        await done;
        closed.push(one);
      }
      closed.push(...deflaters);
    }
    // Kept, they would be 1.2 GB, 400 MB of it for those that were closed too early.
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
    expect(closed.length).toBe(4500);
  });
});

describe("a socket whose message is being inflated", () => {
  it("is not read meanwhile, nor while its session pauses it", async () => {
    let finish = (_: Uint8Array) => {};
    const began = Promise.withResolvers<void>();
    const zlib: Zlib = {
      deflate: () => ({ deflate() {}, forget() {}, close() {} }),
      inflate: () => ({
        inflate(_payload, _limit, done) {
          finish = done;
          began.resolve();
        },
        close() {},
      }),
    };
    const [transport, client] = await pair(zlib);
    client.write(Uint8Array.of(0xc1, 0x81, 0, 0, 0, 0, 0));
    await began.promise;
    const paused = [transport.raw.isPaused()];
    transport.pause();
    finish(Buffer.from("hello"));
    paused.push(transport.raw.isPaused());
    transport.resume();
    paused.push(transport.raw.isPaused());
    expect(paused).toEqual([true, true, false]);
  });

  /** A transport with permessage-deflate over a TCP connection, and the other end of that. */
  async function pair(zlib: Zlib): Promise<[NodeTransport, Socket]> {
    const server = createTcpServer().listen(0, "127.0.0.1");
    open.push(server);
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    open.push({ close: () => client.destroy() });
    const [socket] = (await once(server, "connection")) as [Socket];
    const ours = settingsOf();
    const params = acceptDeflate([{ name: "permessage-deflate", params: [] }], ours)!.params;
    const transport = new NodeTransport(socket, DEFAULT_LIMITS, new PermessageDeflate("server", params, ours, zlib));
    transport.connection.sink = { receiveMessage() {}, closed() {} };
    transport.read([]);
    return [transport, client];
  }
});
