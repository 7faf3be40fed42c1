import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { NodeTransport } from "../../../src/adapters/node/transport.ts";
import { DEFAULT_LIMITS } from "../../../src/core/contract/limits.ts";

const server = createServer().listen(0, "127.0.0.1");
afterAll(() => server.close());

/** A transport over a TCP connection, and the other end of that, which does not read yet. */
async function pair() {
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: "127.0.0.1" }).pause();
  const [socket] = (await once(server, "connection")) as [Socket];
  socket.on("error", () => {});
  const closes: number[] = [];
  const transport = new NodeTransport(socket, DEFAULT_LIMITS);
  transport.connection.sink = { receiveMessage() {}, closed: (code) => void closes.push(code) };
  transport.read([]);
  return { client, socket, transport, closes };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The next bytes that come, as Latin-1. */
async function read(client: Socket, length: number): Promise<string> {
  let text = "";
  while (text.length < length) {
    const bytes: Buffer | null = client.read();
    if (bytes) text += bytes.toString("latin1");
    else await once(client, "readable");
  }
  return text;
}

/** How often a socket's stream is written to. */
function watched(socket: Socket): { writes: number } {
  const seen = { writes: 0 };
  const { write } = socket;
  socket.write = ((...given: Parameters<typeof write>) => {
    seen.writes++;
    return write.apply(socket, given);
  }) as typeof write;
  return seen;
}

/** Sends messages, each of one letter, a turn each, until the system takes no more; returns how many that were. */
async function fill({ transport }: Awaited<ReturnType<typeof pair>>): Promise<number> {
  for (let count = 1; ; count++) {
    transport.send(letters(count));
    await turn();
    if (transport.bufferedAmount() > 0) return count;
  }
}

function letters(count: number): string {
  return String.fromCharCode(97 + (count % 26)).repeat(SIZE);
}

const SIZE = 30_000;
const FRAME = SIZE + 4;

describe("a socket that is written to beneath its stream", () => {
  it("has no work with its stream but for the first message of all", async () => {
    const { client, socket, transport } = await pair();
    transport.send("first");
    await turn();
    const seen = watched(socket);
    transport.send("second");
    await turn();
    expect(seen.writes).toBe(0);
    expect(transport.bufferedAmount()).toBe(0);
    expect(await read(client, 15)).toBe("\x81\x05first\x81\x06second");
    client.destroy();
  });

  it("keeps what the system does not take, counts it, and sends all in order when it can", async () => {
    const both = await pair();
    const { client, transport } = both;
    const count = await fill(both);
    const waiting = transport.bufferedAmount();
    transport.send("last");
    await turn();
    expect(transport.bufferedAmount()).toBe(waiting + 6);
    const drained = transport.drained();
    const all = await read(client, count * FRAME + 6);
    for (let at = 1; at <= count; at++) {
      expect(all.slice((at - 1) * FRAME + 4, at * FRAME) === letters(at)).toBe(true);
    }
    expect(all.slice(-6)).toBe("\x81\x04last");
    await drained;
    expect(transport.bufferedAmount()).toBe(0);
    client.destroy();
  });

  it("is lost with what it had to send when its peer resets it", async () => {
    const both = await pair();
    await fill(both);
    const drained = both.transport.drained();
    both.client.resetAndDestroy();
    await new Promise((resolve) => both.socket.once("close", resolve));
    await drained;
    expect(both.closes).toEqual([1006]);
    both.transport.send("nothing comes of it");
    await turn();
  });

  it("ends behind all that it was sent", async () => {
    const both = await pair();
    const count = await fill(both);
    both.transport.close(1000, "");
    const all = await read(both.client, count * FRAME + 4);
    expect(all.slice(-4)).toBe("\x88\x02\x03\xe8");
    both.client.destroy();
    await once(both.socket, "close");
  });
});
