import { setTimeout as wait } from "node:timers/promises";
import { defineSocket, type Limits, type SocketEvent } from "onesocket";
import { type NodeServer, serve } from "onesocket/node";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeFrame, outcome } from "../../conformance/case.ts";
import { Peer } from "../../conformance/peer.ts";
import { BINARY, CONTINUATION, frame, PING, TEXT } from "../../conformance/wire.ts";

let server: NodeServer | undefined;
let failed: string[] = [];
let gate = Promise.withResolvers<void>();

beforeEach(() => {
  failed = [];
  gate = Promise.withResolvers();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(async () => {
  vi.useRealTimers();
  Peer.destroyAll();
  await server?.close();
});

async function peer(limits: Partial<Limits> = {}): Promise<Peer> {
  const definition = defineSocket({
    name: "echo",
    heartbeat: false,
    limits,
    message: async (socket, data) => {
      if (data === "wait") await gate.promise;
      else socket.send(typeof data === "string" ? data : `${data.length}`);
    },
  });
  const observe = (event: SocketEvent) => void (event.type === "failed" && failed.push(event.code));
  server = await serve(definition, { port: 0, hostname: "127.0.0.1", observe });
  return Peer.open(`http://127.0.0.1:${server.port}`);
}

/** Lets seconds pass: something is written at the beginning of each, and read before its end. */
async function seconds(count: number, write: () => void = () => {}): Promise<void> {
  for (let i = 0; i < count; i++) {
    write();
    await wait(2);
    vi.advanceTimersByTime(1000);
  }
}

const LONG = frame(BINARY, Buffer.alloc(100_000));

describe("a message that comes slower than limits.receiveRate", () => {
  it("closes its socket with 1008, a byte in each second or none", async () => {
    const slow = await peer();
    slow.write(LONG.subarray(0, 90_000));
    let at = 90_000;
    await seconds(30, () => slow.write(LONG.subarray(at, ++at)));
    expect(failed).toEqual(["SLOW_PRODUCER"]);
    const [close, end] = await outcome(slow);
    expect([close, end]).toEqual(["close 1008", "fin"]);
  });

  it("is one in whose header the bytes stop as well", async () => {
    const slow = await peer();
    slow.write(LONG.subarray(0, 1));
    await seconds(30);
    expect(failed).toEqual(["SLOW_PRODUCER"]);
  });

  it("is one that rests between two frames, when it holds a lot", async () => {
    const slow = await peer();
    slow.write(frame(BINARY, Buffer.alloc(70_000), { fin: false }));
    await seconds(30);
    expect(failed).toEqual(["SLOW_PRODUCER"]);
  });

  it("is none that rests between two frames when it holds little, nor a socket that says nothing", async () => {
    const slow = await peer();
    slow.write(frame(TEXT, "a", { fin: false }));
    await seconds(60);
    slow.write(frame(CONTINUATION, "b"));
    expect((await slow.frame())?.payload.toString()).toBe("ab");
    await seconds(60);
    slow.write(frame(PING, "there?"));
    expect((await slow.frame())?.payload.toString()).toBe("there?");
    expect(failed).toEqual([]);
  });

  it("is none that comes as fast as the limit", async () => {
    const slow = await peer({ receiveRate: 1000 });
    let at = 0;
    await seconds(100, () => {
      slow.write(LONG.subarray(at, at + 1000));
      at += 1000;
    });
    slow.write(LONG.subarray(at));
    expect((await slow.frame())?.payload.toString()).toBe("100000");
    expect(failed).toEqual([]);
  });

  it("is none whose bytes we do not read, since a hook is slow", async () => {
    const slow = await peer({ queuedMessages: 2 });
    slow.write(frame(TEXT, "wait"), frame(TEXT, "1"), frame(TEXT, "2"), LONG.subarray(0, 50_000));
    await seconds(60);
    gate.resolve();
    slow.write(LONG.subarray(50_000));
    for (const said of ["1", "2", "100000"]) expect((await slow.frame())?.payload.toString()).toBe(said);
    expect(failed).toEqual([]);
  });
});

describe("messages that are under way", () => {
  it("count for limits.bufferedTotal: the longest is closed first", async () => {
    const limits = { bufferedTotal: 200_000, messageBytes: 1 << 20 };
    const [first] = [await peer(limits)];
    const second = await Peer.open(`http://127.0.0.1:${server!.port}`);
    first.write(frame(BINARY, Buffer.alloc(120_000), { fin: false }));
    await wait(20);
    second.write(frame(BINARY, Buffer.alloc(60_000), { fin: false }));
    await wait(20);
    expect(failed).toEqual([]);
    second.write(frame(CONTINUATION, Buffer.alloc(60_000), { fin: false }));
    expect(describeFrame((await first.frame())!)).toBe("close 1008");
    expect(failed).toEqual(["SLOW_PRODUCER"]);
    second.write(frame(CONTINUATION, "end"));
    expect((await second.frame())?.payload.toString()).toBe("120003");
  });
});
