import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcome } from "../conformance/case.ts";
import { handshake, Peer } from "../conformance/peer.ts";
import { frame, TEXT } from "../conformance/wire.ts";
import { RawClient } from "../helpers/raw.ts";
import { type AttackedRuntime, inBatches, MIB, Target } from "./target.ts";

/** Some hundred connections' buffers, and garbage that is not yet collected. */
const SLACK = 64 * MIB;

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** What every runtime has to survive, over real connections. */
export function attacks(runtime: AttackedRuntime): void {
  let target: Target;

  beforeAll(async () => {
    target = await Target.start(runtime);
  });
  afterAll(() => target.stop());

  describe(`attacks on ${runtime}: a reset`, () => {
    it.each(["/echo", "/late"])(
      "at every byte of a handshake to %s and of the message behind it leaves nothing",
      async (path) => {
        const bytes = Buffer.concat([handshake(target.url, KEY, { path }), frame(TEXT, "hello")]);
        await target.survives(async () => {
          await inBatches(bytes.length + 1, 50, async (length) => {
            const peer = await Peer.connect(target.url);
            peer.write(bytes.subarray(0, length));
            // Some before the server has read it, some after.
            if (length % 2) await wait(length % 30);
            peer.socket.resetAndDestroy();
          });
        }, SLACK);
      },
    );

    it("at every byte of a message in an open connection leaves nothing", async () => {
      const message = frame(TEXT, "m".repeat(200));
      await target.survives(async () => {
        await inBatches(message.length + 1, 50, async (length) => {
          const peer = await Peer.open(target.url, { path: "/hall" });
          peer.write(message.subarray(0, length));
          if (length % 2) await wait(length % 20);
          peer.socket.resetAndDestroy();
        });
      }, SLACK);
    });
  });

  describe(`attacks on ${runtime}: garbage`, () => {
    // workerd, 2026-11: each takes it 7 ms.
    const connections = runtime === "durable" ? 300 : 2000;

    it("instead of a handshake, 2000 times, is refused and forgotten", async () => {
      await target.survives(
        () =>
          inBatches(2000, 100, async (i) => {
            const peer = await Peer.connect(target.url);
            peer.write(randomBytes(1 + (i % 400)), Buffer.from("\r\n\r\n"));
            await peer.end;
            peer.destroy();
          }),
        SLACK,
      );
    });

    it(`in an open connection, 50 chunks in each of ${connections}, fails them and is forgotten`, async () => {
      await target.survives(
        () =>
          inBatches(connections, 100, async () => {
            const peer = await Peer.open(target.url, { path: "/echo" });
            for (let i = 0; i < 50; i++) peer.socket.write(randomBytes(1 + Math.floor(Math.random() * 100)));
            // workerd, 2026-11: half a connection stays, if garbage came by it.
            if (runtime === "durable") peer.socket.destroySoon();
            else peer.socket.end();
            const heard = await outcome(peer);
            // One in about forty thousand begins with an empty Close, which is answered.
            expect(heard.at(-2) ?? "").toMatch(/^$|^close (1002|1005|1007|1009)$|^pong|^text|^binary/);
            peer.destroy();
          }),
        SLACK,
      );
    });
  });

  describe(`attacks on ${runtime}: an upgrade in one packet with the request before it`, () => {
    const before = Buffer.from("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");

    it.each([
      ["a bad key", "/echo", "bad", 400],
      ["a hook that says 401", "/denied", KEY, 401],
      ["a hook that waits", "/late", KEY, 101],
      ["nothing wrong", "/echo", KEY, 101],
    ])("with %s is answered after it", async (_, path, key, status) => {
      await target.survives(async () => {
        await inBatches(40, 20, async () => {
          const client = await RawClient.connect(target.url);
          client.write(before, handshake(target.url, key, { path }));
          const answers = [await client.response(), await client.response()];
          expect(answers.map((answer) => answer.status)).toEqual([426, status]);
          // Nothing of the first answer is among the frames.
          if (status === 101) {
            client.write(frame(TEXT, "hello"));
            expect(await client.text()).toBe("hello");
          }
          client.reset();
        });
      }, SLACK);
    });
  });
}
