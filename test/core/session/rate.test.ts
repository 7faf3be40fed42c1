import { describe, expect, it } from "vitest";
import { gate, HandClock, session, settled } from "../../helpers/core/core.ts";

/** What a socket closed with when it was sent so many messages at a time, so often, with so many milliseconds between. */
function close(messagesPerSecond: number, burst: number, times: number, everyMs: number): string | undefined {
  const { session: subject, transport, clock } = session({ limits: { messagesPerSecond } });
  for (let i = 0; i < times; i++) {
    for (let j = 0; j < burst; j++) subject.receiveMessage("x");
    clock.advance(everyMs);
  }
  return transport.log[0];
}

describe("limits.messagesPerSecond", () => {
  it("is none by default", () => {
    expect(close(Number.POSITIVE_INFINITY, 10_000, 1, 0)).toBe(undefined);
  });

  it("takes as many at once, and fails the socket with 1008 at one more", () => {
    expect(close(10, 10, 1, 0)).toBe(undefined);
    expect(close(10, 11, 1, 0)).toBe("close 1008 RATE_LIMITED");
  });

  it.each([
    [1, 100],
    [5, 500],
    [10, 1000],
  ])("takes %i every %i ms for ever, and not more often", (burst, everyMs) => {
    expect(close(10, burst, 100, everyMs)).toBe(undefined);
    expect(close(10, burst, 100, everyMs * 0.8)).toBe("close 1008 RATE_LIMITED");
  });

  it("allows no more at once to one who was silent for long", () => {
    const { session: subject, transport, clock } = session({ limits: { messagesPerSecond: 10 } });
    subject.receiveMessage("x");
    clock.advance(60_000);
    for (let i = 0; i < 11; i++) subject.receiveMessage("x");
    expect(transport.log).toEqual(["close 1008 RATE_LIMITED"]);
  });

  it("tells that it failed, and that what waited was dropped", () => {
    const { session: subject, events } = session({
      limits: { messagesPerSecond: 2 },
      message: () => new Promise(() => {}),
    });
    for (let i = 0; i < 3; i++) subject.receiveMessage("x");
    expect(events).toMatchObject([
      { type: "failed", code: "RATE_LIMITED" },
      { type: "dropped", messages: 1 },
    ]);
  });

  it("does not take for haste what could not be read before, since a hook was slow", async () => {
    const work = gate();
    const {
      session: subject,
      transport,
      clock,
    } = session({
      limits: { messagesPerSecond: 10, queuedMessages: 8 },
      message: (_, data) => (data === "slow" ? work.promise : undefined),
    });
    subject.receiveMessage("slow");
    for (let i = 0; i < 5; i++) subject.receiveMessage("x");
    expect(transport.log).toEqual(["pause"]);
    clock.advance(5000);
    work.open();
    await settled();
    expect(transport.log).toEqual(["pause", "resume"]);
    // Eight a second were sent meanwhile.
    for (let i = 0; i < 40; i++) subject.receiveMessage("x");
    expect(transport.log).toEqual(["pause", "resume"]);
    for (let i = 0; i < 25; i++) subject.receiveMessage("x");
    expect(transport.log.at(-1)).toBe("close 1008 RATE_LIMITED");
  });

  it("takes a clock that goes back for one that stands", () => {
    const clock = new HandClock();
    let now = 1000;
    clock.now = () => now;
    const { session: subject, transport } = session({ limits: { messagesPerSecond: 2 } }, { clock });
    subject.receiveMessage("x");
    now = 0;
    subject.receiveMessage("x");
    expect(transport.log).toEqual([]);
    subject.receiveMessage("x");
    expect(transport.log).toEqual(["close 1008 RATE_LIMITED"]);
  });
});
