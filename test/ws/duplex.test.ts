import { once } from "node:events";
import type { Duplex, DuplexOptions } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach, describe, expect, it } from "vitest";
import { createWebSocketStream } from "ws";
import { duplexOf } from "../../src/ws/duplex.ts";
import type { SocketView } from "../../src/ws/index.ts";
import { Peer, SERVERS, type Served } from "./both.ts";

const STREAMS = { ws: createWebSocketStream as unknown as typeof duplexOf, onesocket: duplexOf };

describe.each(["ws", "onesocket"] as const)("a stream over a socket of %s", (name) => {
  let served: Served;
  afterEach(() => served.close());

  async function connect(): Promise<{ peer: Peer; stream: Duplex; ws: SocketView }> {
    served = await SERVERS[name]();
    const taken = new Promise<{ stream: Duplex; ws: SocketView }>((resolve) =>
      served.server.on("connection", (ws: SocketView) => resolve({ stream: STREAMS[name](ws), ws })),
    );
    const peer = await new Peer(served.url).opened();
    return { peer, ...(await taken) };
  }

  it("reads what comes, and sends what is written", async () => {
    const { peer, stream } = await connect();
    pipeline(stream, stream).catch(() => {});
    peer.client.send("text");
    peer.client.send(new Uint8Array([97]));
    expect([await peer.next(), await peer.next()]).toEqual([
      ["text", true],
      ["a", true],
    ]);
  });

  it("ends with the peer's close, when all was read", async () => {
    const { peer, stream } = await connect();
    for (let i = 0; i < 100; i++) peer.client.send(`${i},`);
    peer.client.close(1000);
    let text = "";
    for await (const chunk of stream) text += chunk;
    expect(text).toBe(Array.from({ length: 100 }, (_, i) => `${i},`).join(""));
  });

  it("sends all that was written before it ends, and waits for what is taken slowly", async () => {
    const { peer, stream } = await connect();
    peer.client.pause();
    let written = 0;
    for (; written < 12; written++) if (!stream.write(Buffer.alloc(1 << 20))) break;
    expect(written).toBeLessThan(12);
    setTimeout(() => peer.client.resume(), 20);
    await once(stream, "drain");
    stream.end("last");
    let last = "";
    while (last !== "last") [last] = await peer.next();
    const [code] = await peer.closed;
    expect([1000, 1005]).toContain(code);
  });

  it("reads no more than is taken", async () => {
    const { peer, stream, ws } = await connect();
    const chunk = Buffer.alloc(1 << 18);
    for (let i = 0; i < 20; i++) peer.client.send(chunk);
    while (!ws.isPaused) await new Promise(setImmediate);
    expect(stream.readableLength).toBeLessThan(20 * chunk.length);
    peer.client.close();
    let bytes = 0;
    for await (const read of stream) bytes += read.length;
    expect(bytes).toBe(20 * chunk.length);
  });

  it("ends the connection when it is destroyed", async () => {
    const { peer, stream } = await connect();
    stream.on("error", () => {});
    stream.destroy(new Error("enough"));
    expect((await peer.closed)[0]).toBe(1006);
  });
});

describe("a stream over a socket of onesocket", () => {
  async function connect(
    options?: DuplexOptions,
  ): Promise<{ served: Served; peer: Peer; stream: Duplex; ws: SocketView }> {
    const served = await SERVERS.onesocket();
    const taken = once(served.server as never, "connection");
    const peer = await new Peer(served.url).opened();
    const [ws] = (await taken) as [SocketView];
    return { served, peer, ws, stream: duplexOf(ws, options) };
  }

  it("holds one chunk at a time for who reads once for each `readable`, as runtimes differ in what a read gives", async () => {
    const { served, peer, stream, ws } = await connect();
    let came = 0;
    const all = new Promise<void>((resolve) => ws.on("message", () => ++came === 3 && resolve()));
    const readable = once(stream, "readable");
    for (const text of ["1", "23", "456"]) peer.client.send(text);
    await Promise.all([readable, all]);
    expect(stream.readableLength).toBe(1);
    const next = once(stream, "readable");
    expect(String(stream.read())).toBe("1");
    await next;
    expect(String(stream.read())).toBe("23456");
    peer.client.close();
    stream.resume();
    await once(stream, "end");
    await served.close();
  });

  it("gives each message by itself in object mode", async () => {
    const { served, peer, stream } = await connect({ readableObjectMode: true });
    for (const text of ["1", "23", "456"]) peer.client.send(text);
    peer.client.close();
    const read: string[] = [];
    for await (const message of stream) read.push(String(message));
    expect(read).toEqual(["1", "23", "456"]);
    await served.close();
  });
});
