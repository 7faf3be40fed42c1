import { once } from "node:events";
import { Duplex } from "node:stream";
import { defineSocket } from "onesocket";
import { serve } from "onesocket/node";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { NodeTransport } from "../../../src/adapters/node/transport.ts";
import { DEFAULT_LIMITS } from "../../../src/core/contract/limits.ts";

/** A stream in memory that keeps what is written to it, not a copy. */
function keeper(kept: Uint8Array[]): Duplex {
  return new Duplex({
    read() {},
    write(chunk, _, done) {
      kept.push(chunk);
      done();
    },
  });
}

const nothing = { receiveMessage() {}, closed() {} };

describe("a transport over a stream that is no socket", () => {
  it.each([100, 20_000, 200_000])("leaves the %d bytes alone that the stream was given", async (size) => {
    const kept: Uint8Array[] = [];
    const transport = new NodeTransport(keeper(kept), DEFAULT_LIMITS);
    transport.connection.sink = nothing;
    transport.read([]);
    for (const letter of ["a", "b", "c"]) {
      transport.send(letter.repeat(size));
      await new Promise(setImmediate);
    }
    const texts = kept.map((frame) => Buffer.from(frame).toString("latin1").slice(-size));
    expect(texts).toEqual(["a", "b", "c"].map((letter) => letter.repeat(size)));
  });
});

describe("a turn of the event loop", () => {
  it("has all that is sent in its callbacks leave together, each of which ends with promises and ticks of its own", async () => {
    const kept: Uint8Array[] = [];
    const transport = new NodeTransport(keeper(kept), DEFAULT_LIMITS);
    transport.connection.sink = nothing;
    transport.read([]);
    const send = (text: string) => new Promise<void>((sent) => setTimeout(() => sent(void transport.send(text)), 1));
    const sent = Promise.all(["one", "two", "three"].map(send));
    // Node reads the clock for each timer: all are due before the first runs, or they would not be of one turn.
    for (const began = performance.now(); performance.now() - began < 5; );
    await sent;
    await new Promise(setImmediate);
    expect(kept.map((bytes) => Buffer.from(bytes).toString("latin1"))).toEqual(["\x81\x03one\x81\x03two\x81\x05three"]);
  });
});

describe("how much a transport says that waits", () => {
  it.each([
    { of: "more than 32 KiB", bytes: 15_000, bufferedBytes: 1 << 20, all: 45_012 },
    { of: "more than limits.bufferedBytes", bytes: 400, bufferedBytes: 1000, all: 1212 },
  ])("is nothing until $of wait for the end of a turn, and then all", async ({ bytes, bufferedBytes, all }) => {
    const transport = new NodeTransport(keeper([]), { ...DEFAULT_LIMITS, bufferedBytes });
    transport.connection.sink = nothing;
    transport.read([]);
    const send = () => transport.send(new Uint8Array(bytes));
    for (const _ of ["one turn", "and the next"]) {
      const waits = [send(), send(), send()];
      expect([waits[0], waits[2]]).toEqual([0, all]);
      await new Promise(setImmediate);
    }
  });

  it("is all of it where a stream has not written what it was given before", async () => {
    const stuck = new Duplex({ read() {}, write() {} });
    const transport = new NodeTransport(stuck, DEFAULT_LIMITS);
    transport.connection.sink = nothing;
    transport.read([]);
    const waits: number[] = [];
    for (let turn = 0; turn < 4; turn++) {
      waits.push(transport.send(new Uint8Array(1000)));
      await new Promise(setImmediate);
    }
    expect(waits).toEqual([0, 0, 3012, 4016]);
    expect(transport.bufferedAmount()).toBe(4016);
  });
});

/** Bytes that tell which they are. */
function numbered(index: number): Buffer {
  return Buffer.alloc(1 + ((index * 7919) % 60_000), index % 251);
}

describe("memory that is used again", () => {
  it("keeps what a client that does not read has not got yet", async () => {
    const relay = defineSocket({
      name: "relay",
      message(socket, data) {
        for (const other of socket.room.sockets) other.send(data);
      },
    });
    const { url, close } = await serve(relay, { port: 0, hostname: "127.0.0.1" });
    const [reader, stalled] = [new WebSocket(url), new WebSocket(url)];
    await Promise.all([once(reader, "open"), once(stalled, "open")]);
    stalled.pause();
    const late: Buffer[] = [];
    stalled.on("message", (data: Buffer) => late.push(data));
    for (let index = 0; index < 300; index++) {
      reader.send(numbered(index));
      const [echo] = await once(reader, "message");
      expect(numbered(index).equals(echo)).toBe(true);
    }
    stalled.resume();
    while (late.length < 300) await once(stalled, "message");
    expect(late.findIndex((data, index) => !numbered(index).equals(data))).toBe(-1);
    await close();
  });
});
