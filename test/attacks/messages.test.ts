import { setTimeout as wait } from "node:timers/promises";
import { constants, deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeFrame, outcome } from "../conformance/case.ts";
import { Peer } from "../conformance/peer.ts";
import { BINARY, CONTINUATION, close, frame, hex, PING, RSV1, TEXT } from "../conformance/wire.ts";
import { MIB, Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await Target.start();
});

afterAll(() => target.stop());

/** What Node itself takes for some hundred sockets, and for garbage that is not yet collected. */
const SLACK = 64 * MIB;

const DEFLATE = { headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" } };

async function open(count: number, path = "/echo", options = {}): Promise<Peer[]> {
  const peers: Peer[] = [];
  while (peers.length < count) {
    const some = Array.from({ length: Math.min(100, count - peers.length) }, () =>
      Peer.open(target.url, { path, ...options }),
    );
    peers.push(...(await Promise.all(some)));
  }
  return peers;
}

function destroy(peers: readonly Peer[]): void {
  for (const peer of peers) peer.destroy();
}

/** Waits until the server has taken everything, has hung up, or takes no more. */
async function stalled({ socket }: Peer): Promise<"taken" | "refused"> {
  let before = -1;
  while (!socket.destroyed && socket.writableLength > 0 && socket.writableLength !== before) {
    before = socket.writableLength;
    await wait(200);
  }
  return socket.writableLength > 0 ? "refused" : "taken";
}

describe("messages that never end", () => {
  it("hold what was sent of them, and it is given back", async () => {
    // 100 × 256 KiB; a buffer grows by doubling, so that twice that may be held.
    await target.survives(
      async () => {
        const peers = await open(100);
        for (const peer of peers) peer.write(frame(TEXT, "x".repeat(128 << 10), { fin: false }));
        for (const peer of peers) peer.write(frame(CONTINUATION, "x".repeat(128 << 10), { fin: false }));
        await Promise.all(peers.map(stalled));
        expect((await target.numbers()).sockets).toBe(100);
        destroy(peers);
      },
      50 * MIB + SLACK,
    );
  });

  it("end at limits.messageBytes", async () => {
    // 20 × 1 MiB, twice while a buffer is doubled.
    const fragment = frame(CONTINUATION, "x".repeat(65_530), { fin: false });
    await target.survives(
      async () => {
        for (const peer of await open(20)) {
          peer.write(frame(TEXT, "", { fin: false }), ...Array.from({ length: 20 }, () => fragment));
          expect(await outcome(peer)).toEqual(["close 1009", "fin"]);
          peer.destroy();
        }
      },
      40 * MIB + SLACK,
    );
  });

  it("end at limits.fragments, when their million fragments are of one byte", async () => {
    // A fragment costs its bytes and no more.
    const thousand = Buffer.concat(Array.from({ length: 1000 }, () => frame(CONTINUATION, "x", { fin: false })));
    await target.survives(async () => {
      const peers = await open(8);
      for (const peer of peers) {
        peer.write(frame(TEXT, "", { fin: false }));
        for (let i = 0; i < 132; i++) peer.socket.write(thousand);
      }
      for (const peer of peers) expect(await outcome(peer)).toEqual(["close 1009", "fin"]);
      destroy(peers);
    }, SLACK);
  });

  it("cost what was sent, not what a header claims: 1000 of 1 MiB, of which a byte comes", async () => {
    // 1000 MiB were claimed; 64 KiB of each is made room for, and little of that is ever written to.
    await target.survives(async () => {
      const peers = await open(1000);
      for (const peer of peers) peer.write(frame(BINARY, "x", { claimed: MIB }));
      await target.until(({ sockets }) => sockets === 1000);
      await Promise.all(peers.map(stalled));
      destroy(peers);
    }, 100 * MIB);
  });
});

describe("bombs", () => {
  const bomb = deflateRawSync(Buffer.alloc(10_000_000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

  it("of 10 MB in 10 KB go off at limits.messageBytes", async () => {
    // 100 × 10 MB would be a gigabyte; at most eight at a time hold up to 1 MiB of it.
    expect(bomb.length).toBeLessThan(11_000);
    await target.survives(async () => {
      const peers = await open(100, "/echo", DEFLATE);
      for (const peer of peers) peer.write(frame(BINARY, bomb, { rsv: RSV1 }));
      for (const peer of peers) expect(await outcome(peer)).toEqual(["close 1009", "fin"]);
      destroy(peers);
    }, SLACK);
  });

  it("in a hundred fragments, with pings between them, too", async () => {
    await target.survives(async () => {
      const peers = await open(50, "/echo", DEFLATE);
      for (const peer of peers) {
        peer.write(frame(BINARY, bomb.subarray(0, 100), { fin: false, rsv: RSV1 }));
        for (let at = 100; at < bomb.length; at += 100) {
          const fin = at + 100 >= bomb.length;
          peer.write(
            frame(CONTINUATION, bomb.subarray(at, at + 100), { fin }),
            ...(at % 1000 ? [] : [frame(PING, "p")]),
          );
        }
      }
      for (const peer of peers) expect((await outcome(peer)).slice(-2)).toEqual(["close 1009", "fin"]);
      destroy(peers);
    }, SLACK);
  });

  it("inside a bomb give what one layer gives, and no more", async () => {
    const nested = deflateRawSync(bomb, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    await target.survives(async () => {
      const [peer] = await open(1, "/echo", DEFLATE);
      peer!.write(frame(BINARY, nested, { rsv: RSV1 }), close(1000));
      expect((await outcome(peer!)).slice(-2)).toEqual(["close 1000", "fin"]);
      peer!.destroy();
    }, SLACK);
  });

  it("of many thousand empty blocks end soon", async () => {
    // A final block of nothing is two bytes: each makes zlib begin again.
    const finals = Buffer.concat(Array.from({ length: 500_000 }, () => hex("0300")));
    const stored = Buffer.concat(Array.from({ length: 200_000 }, () => hex("000000ffff")));
    await target.survives(async () => {
      const peers = await open(10, "/echo", DEFLATE);
      for (const [i, peer] of peers.entries())
        peer.write(frame(BINARY, i % 2 ? finals : stored, { rsv: RSV1 }), close(1000));
      for (const peer of peers) expect((await outcome(peer)).slice(-1)).toEqual(["fin"]);
      destroy(peers);
    }, SLACK);
  });
});

describe("small bombs", () => {
  /** A kibibyte that becomes a mebibyte, all that limits.messageBytes allows. */
  const bomb = deflateRawSync(Buffer.alloc(MIB), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

  it("to a room of 150 are compressed once for all of it, and kept once", async () => {
    // Copied and compressed for each alone, five would be 750 MiB at a time, and ten seconds of both cores.
    await target.survives(
      async () => {
        const members = await open(150, "/hall", DEFLATE);
        for (let i = 0; i < 5; i++) members[0]!.write(frame(BINARY, bomb, { rsv: RSV1 }));
        const frames = await Promise.all(
          members.map(async (peer) => {
            const heard = [];
            for (let i = 0; i < 5; i++) heard.push((await peer.frame())!);
            return heard;
          }),
        );
        for (const [first] of frames) expect(first!.payload.length).toBeLessThan(2000);
        destroy(members);
      },
      32 * MIB + SLACK,
    );
  });

  it("by the thousand from one client keep no other waiting", async () => {
    // Inflated as they are read, they would be some seconds of one turn after the other.
    await target.survives(
      async () => {
        const [bomber, other] = [(await open(1, "/nowhere", DEFLATE))[0]!, (await open(1))[0]!];
        const thousand = Buffer.concat(Array.from({ length: 1000 }, () => frame(BINARY, bomb, { rsv: RSV1 })));
        let bombed = false;
        for (let i = 0; i < 3; i++) bomber.socket.write(thousand);
        bomber.write(frame(PING, "all of them"));
        const done = bomber.frame().then(() => {
          bombed = true;
        });
        let served = 0;
        while (!bombed) {
          other.write(frame(TEXT, "served?"));
          await other.frame();
          served++;
        }
        await done;
        expect(served).toBeGreaterThan(200);
        destroy([bomber, other]);
      },
      32 * MIB + SLACK,
    );
  });
});

describe("floods", () => {
  it("of pings, 100 MB of them, from someone who reads no answer", async () => {
    // Their pongs would take as much as they do, were they kept.
    const pings = Buffer.concat(Array.from({ length: 8000 }, () => frame(PING, "*".repeat(125))));
    await target.survives(async () => {
      const [peer] = await open(1);
      peer!.socket.pause();
      for (let i = 0; i < 100; i++) peer!.socket.write(pings);
      await stalled(peer!);
      peer!.destroy();
    }, SLACK);
  });

  it("of pings, from someone who reads: the last one is answered, and others in their order", async () => {
    await target.survives(async () => {
      const [peer] = await open(1);
      const count = 100_000;
      peer!.write(...Array.from({ length: count }, (_, i) => frame(PING, `${i}`)));
      let last = -1;
      while (last < count - 1) {
        const { payload } = (await peer!.frame())!;
        expect(Number(payload)).toBeGreaterThan(last);
        last = Number(payload);
      }
      peer!.destroy();
    }, SLACK);
  });

  it("of messages at a slow handler stop being read, and none is lost", async () => {
    // limits.bufferedBytes may wait (4 MiB), and what the handler holds; 128 MB were sent.
    const count = 120_000;
    const thousand = Buffer.concat(Array.from({ length: 1000 }, () => frame(TEXT, "m".repeat(1060))));
    await target.survives(
      async () => {
        await target.tell("shut");
        const [peer] = await open(1, "/slow");
        for (let i = 0; i < count / 1000; i++) peer!.socket.write(thousand);
        peer!.write(frame(TEXT, "count"));
        expect(await stalled(peer!)).toBe("refused");
        await target.tell("open");
        expect(describeFrame((await peer!.frame())!)).toBe(`text ${count}`);
        peer!.destroy();
      },
      8 * MIB + SLACK,
    );
  });

  it("of tiny messages at a slow handler stop being read, and none is lost", async () => {
    const count = 1_000_000;
    const thousand = Buffer.concat(Array.from({ length: 1000 }, () => frame(TEXT, "m")));
    await target.survives(
      async () => {
        await target.tell("shut");
        const [peer] = await open(1, "/slow");
        for (let i = 0; i < count / 1000; i++) peer!.socket.write(thousand);
        peer!.write(frame(TEXT, "count"));
        await stalled(peer!);
        await target.tell("open");
        expect(describeFrame((await peer!.frame())!)).toBe(`text ${count}`);
        peer!.destroy();
      },
      8 * MIB + SLACK,
    );
  });

  it("of messages whose answers nobody reads end with SLOW_CONSUMER", async () => {
    // An echo of 64 MB, of which limits.bufferedBytes are kept.
    const message = frame(BINARY, Buffer.alloc(64 << 10));
    await target.survives(
      async () => {
        const [peer] = await open(1);
        peer!.socket.pause();
        for (let i = 0; i < 1000; i++) peer!.socket.write(message);
        await target.until(({ failed }) => failed.includes("SLOW_CONSUMER"));
        peer!.destroy();
      },
      8 * MIB + SLACK,
    );
  });
});

describe("a member of a room who never reads", () => {
  it("is closed with 1013, and the others hear everything", async () => {
    const count = 300;
    const message = Buffer.alloc(64 << 10, 7);
    await target.survives(
      async () => {
        const [deaf, ...others] = await open(4, "/hall");
        deaf!.socket.pause();
        const talk = async () => {
          for (let i = 0; i < count; i++) {
            others[0]!.write(frame(BINARY, message));
            for (const peer of others) expect((await peer.frame())!.payload.length).toBe(message.length);
          }
        };
        const gone = target
          .until(({ failed }) => failed.includes("SLOW_CONSUMER"))
          .then(({ sockets }) => {
            expect(sockets).toBe(3);
            deaf!.socket.resume();
          });
        await Promise.all([talk(), gone]);
        const heard = await deaf!.rest();
        const last = heard.at(-1)!;
        expect([last.opcode, last.payload.readUInt16BE(0)]).toEqual([8, 1013]);
        expect(heard.length).toBeLessThan(count);
        destroy([deaf!, ...others]);
      },
      16 * MIB + SLACK,
    );
  });
});
