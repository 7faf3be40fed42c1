import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MIB, Target } from "../attacks/target.ts";
import { describeFrame } from "../conformance/case.ts";
import { Peer } from "../conformance/peer.ts";
import { BINARY, frame } from "../conformance/wire.ts";

const COUNT = 200;

let target: Target;

beforeAll(async () => {
  target = await Target.start("node");
});

afterAll(() => target.stop());

it("200 sockets that each hold a mebibyte, and bring a byte of it in each second, are closed within a minute", async () => {
  const message = frame(BINARY, Buffer.alloc(MIB));
  await target.survives(
    async () => {
      const peers = await Promise.all(Array.from({ length: COUNT }, () => Peer.open(target.url, { path: "/echo" })));
      for (const peer of peers) peer.write(message.subarray(0, MIB - 100));
      const failed: string[] = [];
      for (let at = MIB - 100; at < MIB - 40 && failed.length < COUNT; at++) {
        for (const peer of peers) peer.write(message.subarray(at, at + 1));
        await wait(1000);
        failed.push(...(await target.numbers()).failed);
      }
      expect(failed).toEqual(Array(COUNT).fill("SLOW_PRODUCER"));
      expect(describeFrame((await peers[0]!.frame())!)).toBe("close 1008");
    },
    2 * COUNT * MIB + 64 * MIB,
  );
}, 90_000);
