import { describe, expect, it } from "vitest";
import { Pongs } from "../../../src/core/protocol/pongs.ts";
import { HandClock } from "../helpers/helpers.ts";

function answering(perSecond: number) {
  const clock = new HandClock();
  const sent: number[] = [];
  const pongs = new Pongs(perSecond, clock, ([number]) => sent.push(number!));
  return { clock, sent, pongs, ping: (number: number) => pongs.answer(new Uint8Array([number])) };
}

describe("the answers to pings", () => {
  it("go out at once, up to so many in a second", () => {
    const { sent, ping } = answering(3);
    for (const number of [1, 2, 3]) ping(number);
    expect(sent).toEqual([1, 2, 3]);
  });

  it("are put off past that, and then only the latest ping is answered", () => {
    const { clock, sent, ping } = answering(2);
    for (const number of [1, 2, 3, 4]) ping(number);
    expect(sent).toEqual([1, 2]);
    clock.advance(1000);
    expect(sent).toEqual([1, 2, 4]);
    ping(5);
    ping(6);
    expect(sent).toEqual([1, 2, 4, 5]);
  });

  it("leave no timer when nothing is owed, nor when the connection ends", () => {
    const { clock, ping, pongs, sent } = answering(1);
    ping(1);
    clock.advance(1000);
    expect(clock.timers.size).toBe(0);
    ping(2);
    ping(3);
    pongs.end();
    expect([clock.timers.size, sent]).toEqual([0, [1, 2]]);
  });
});
