import { describe, expect, it } from "vitest";
import { ReceiveRate, type Receiving } from "../../../src/core/session/receive-rate.ts";
import { HandClock } from "../../helpers/core/core.ts";

const RATE = 100;

/** A message that is under way, on a clock that the test moves. */
class Message implements Receiving {
  receiving = true;
  readingStopped = false;
  readonly log: string[] = [];
  readonly clock = new HandClock();
  readonly rate = new ReceiveRate(this, this.clock, RATE);

  messageEnded(): void {
    this.log.push("ended");
    this.rate.end();
  }

  tooSlow(): void {
    this.log.push("too slow");
    this.rate.end();
  }

  /** Lets seconds pass, with so many bytes in each. */
  seconds(count: number, bytes = 0): readonly string[] {
    for (let i = 0; i < count; i++) {
      if (bytes > 0) this.rate.received(bytes);
      for (let step = 0; step < 8; step++) this.clock.advance(125);
    }
    return this.log;
  }
}

describe("a message that is under way", () => {
  it("may stand still for 20 seconds, and not for much longer", () => {
    const message = new Message();
    expect(message.seconds(19)).toEqual([]);
    expect(message.seconds(5)).toEqual(["too slow"]);
  });

  it("may come as slowly as the limit says, for ever", () => {
    expect(new Message().seconds(500, RATE)).toEqual([]);
  });

  it("stalls when it is a little slower all the time, later than when nothing comes", () => {
    const message = new Message();
    expect(message.seconds(60, RATE / 2 + 20)).toEqual([]);
    expect(message.seconds(20, RATE / 2 + 20)).toEqual(["too slow"]);
  });

  it("gains no more than 20 seconds by all that came at once", () => {
    const message = new Message();
    message.rate.received(1e9);
    expect(message.seconds(19)).toEqual([]);
    expect(message.seconds(5)).toEqual(["too slow"]);
  });

  it("is not blamed while nothing is read", () => {
    const message = new Message();
    message.readingStopped = true;
    expect(message.seconds(100)).toEqual([]);
    message.readingStopped = false;
    expect(message.seconds(19)).toEqual([]);
    expect(message.seconds(5)).toEqual(["too slow"]);
  });

  it("is over when it has come", () => {
    const message = new Message();
    message.seconds(10);
    message.receiving = false;
    expect(message.seconds(3)).toEqual(["ended"]);
    expect(message.seconds(100)).toEqual(["ended"]);
    expect(message.clock.timers.size).toBe(0);
  });

  it("is not blamed for what comes while a busy process looks", () => {
    const message = new Message();
    while (message.log.length === 0 && message.clock.now() < 60_000) {
      message.clock.advance(125);
      // What its timers find missing has come by the time that they look again.
      if (message.clock.now() > 19_000) message.rate.received(RATE);
    }
    expect(message.log).toEqual([]);
  });
});
