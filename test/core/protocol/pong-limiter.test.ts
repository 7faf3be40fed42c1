import { describe, expect, it } from "vitest";
import { PongLimiter } from "../../../src/core/protocol/pong-limiter.ts";

function answering(perSecond: number) {
  const sent: number[] = [];
  const pongs = new PongLimiter(perSecond, ([number]) => sent.push(number!));
  const ping = (number: number, now: number) => pongs.receivePing(new Uint8Array([number]), now);
  return { sent, pongs, ping };
}

describe("the answers to pings", () => {
  it("go out at once, up to so many in a second", () => {
    const { sent, pongs, ping } = answering(3);
    for (const number of [1, 2, 3]) ping(number, 0);
    expect(sent).toEqual([1, 2, 3]);
    expect(pongs.timeout).toBeUndefined();
  });

  it("are put off past that, and then only the latest ping is answered, which counts for the next second", () => {
    const { sent, pongs, ping } = answering(2);
    for (const number of [1, 2, 3, 4]) ping(number, 10);
    expect([...sent, pongs.timeout]).toEqual([1, 2, 1010]);
    pongs.handleTimeout(1009);
    expect(sent).toEqual([1, 2]);
    pongs.handleTimeout(1010);
    expect([...sent, pongs.timeout]).toEqual([1, 2, 4, undefined]);
    ping(5, 1500);
    ping(6, 1600);
    expect([...sent, pongs.timeout]).toEqual([1, 2, 4, 5, 2010]);
  });

  it("begin a new second with the first ping after the last one is over", () => {
    const { sent, ping } = answering(1);
    ping(1, 0);
    ping(2, 1000);
    expect(sent).toEqual([1, 2]);
  });

  it("go on when the clock is put back", () => {
    const { sent, ping } = answering(1);
    ping(1, 1_000_000);
    ping(2, 5);
    expect(sent).toEqual([1, 2]);
  });
});
