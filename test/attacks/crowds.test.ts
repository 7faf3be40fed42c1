import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeFrame } from "../conformance/case.ts";
import { Peer } from "../conformance/peer.ts";
import { close, frame, TEXT } from "../conformance/wire.ts";
import { MIB, Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await Target.start();
});

afterAll(() => target.stop());

const SLACK = 64 * MIB;

/** As many as this process and its child may have files open, less what they need otherwise; 10,000 at most. */
function crowd(): number {
  const files = Number(/Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
  return Math.min(10_000, files - 500);
}

describe("idle sockets", () => {
  it("by the ten thousand, reset in no order, leave no room and no memory behind", async () => {
    // About 30 KiB each while they are open, TCP's own memory not counted.
    const size = crowd();
    await target.survives(
      async () => {
        const peers: Peer[] = [];
        for (let at = 0; at < size; at += 250) {
          const open = (i: number) => Peer.open(target.url, { path: i % 2 ? "/hall" : `/room${at + i}` });
          peers.push(...(await Promise.all(Array.from({ length: Math.min(250, size - at) }, (_, i) => open(i)))));
        }
        expect((await target.numbers()).sockets).toBe(size);
        for (let left = peers.length; left > 0; left--) {
          const [peer] = peers.splice(Math.floor(Math.random() * left), 1);
          if (left % 3 === 0) peer!.destroy();
          else peer!.socket.resetAndDestroy();
        }
      },
      350 * MIB + SLACK,
    );
  });
});

describe("half-open connections", () => {
  async function open(count: number): Promise<Peer[]> {
    return Promise.all(Array.from({ length: count }, () => Peer.open(target.url, { path: "/hall" })));
  }

  it("whose client ended its side without a Close are ended, and were 1006", async () => {
    await target.survives(async () => {
      for (const peer of await open(200)) {
        peer.socket.end();
        expect([await peer.end, await peer.rest()]).toEqual(["fin", []]);
      }
    }, SLACK);
  });

  it("whose client ended its side in the middle of a frame are ended", async () => {
    await target.survives(async () => {
      for (const peer of await open(100)) {
        peer.socket.end(frame(TEXT, "cut").subarray(0, 8));
        expect([await peer.end, await peer.rest()]).toEqual(["fin", []]);
      }
    }, SLACK);
  });

  it("whose client ends its side right behind its Close are answered", async () => {
    await target.survives(async () => {
      for (const peer of await open(100)) {
        peer.socket.end(close(4000));
        expect((await peer.rest()).map(describeFrame)).toEqual(["close 4000"]);
      }
    }, SLACK);
  });

  it("whose client never answers our Close are cut off after limits.closeMs", async () => {
    await target.survives(async () => {
      const peers = await open(200);
      for (const peer of peers.slice(0, 100)) peer.socket.pause();
      await target.tell("closeAll");
      await target.until(({ sockets, connections }) => sockets + connections === 0);
      for (const peer of peers) peer.destroy();
    }, SLACK);
  });

  it("whose client never ends its side after the closing handshake are cut off after limits.closeMs", async () => {
    await target.survives(async () => {
      const peers = await open(200);
      for (const peer of peers) peer.write(close(1000));
      await Promise.all(peers.map(({ end }) => end));
      await target.until(({ connections }) => connections === 0);
      for (const peer of peers) peer.destroy();
    }, SLACK);
  });

  it("whose client goes on sending after we failed it are cut off after limits.closeMs", async () => {
    await target.survives(async () => {
      const peers = await open(20);
      const chunk = Buffer.alloc(10_000);
      for (const peer of peers) peer.write(frame(3));
      let gone = false;
      const flood = async () => {
        while (!gone) {
          for (const peer of peers)
            if (!peer.socket.destroyed && peer.socket.writableLength < 1e6) peer.socket.write(chunk);
          await wait(5);
        }
      };
      const flooding = flood();
      await target.until(({ connections }) => connections === 0);
      gone = true;
      await flooding;
      for (const peer of peers) peer.destroy();
    }, SLACK);
  });
});
