import { afterEach, describe, expect, it } from "vitest";
import type { Limits } from "../../../src/core/contract/limits.ts";
import { linger, mostOf } from "../../../src/core/session/memory-budget.ts";
import { RecordingTransport, session } from "../../helpers/core/core.ts";

const KIB = 1024;

/** Its close takes the peer's answer, which does not come. */
class Slow extends RecordingTransport {
  drop(): void {
    if (this.buffered > 0) this.log.push("drop");
    this.buffered = 0;
  }
}

const open: ReturnType<typeof session>[] = [];

function member(limits: Partial<Limits>, hooks: { message?: () => unknown } = {}) {
  const made = session({ limits, ...hooks }, { transport: new Slow() });
  open.push(made);
  /** Sends a message, after which so much is buffered. */
  const send = (buffered: number) => {
    made.transport.buffered = buffered;
    made.session.send("x");
  };
  return { ...made, send };
}

afterEach(() => {
  for (const { session } of open.splice(0)) session.closed(1006, "", false);
});

const CLOSED = ["drop", "close 1013 SLOW_CONSUMER"];

describe("limits.bufferedTotal", () => {
  it("closes the one for whom most is held, and drops it, when a little more is sent to anybody", () => {
    const limits = { bufferedTotal: 100 * KIB };
    const [a, b, c] = [member(limits), member(limits), member(limits)];
    a.send(30 * KIB);
    b.send(60 * KIB);
    expect([a, b].flatMap(({ transport }) => transport.log)).toEqual([]);
    c.send(20 * KIB);
    expect([a, b, c].map(({ transport }) => transport.log)).toEqual([[], CLOSED, []]);
    c.send(69 * KIB);
    expect([a, c].map(({ transport }) => transport.log)).toEqual([[], []]);
  });

  it("closes nobody for what has left meanwhile, without a word", () => {
    const limits = { bufferedTotal: 100 * KIB };
    const [a, b] = [member(limits), member(limits)];
    a.send(90 * KIB);
    a.transport.buffered = 0;
    b.send(90 * KIB);
    expect([a, b].flatMap(({ transport }) => transport.log)).toEqual([]);
  });

  it("counts no socket that is gone", () => {
    const limits = { bufferedTotal: 100 * KIB };
    const [a, b] = [member(limits), member(limits)];
    a.send(90 * KIB);
    a.session.closed(1000, "", true);
    b.send(90 * KIB);
    expect(b.transport.log).toEqual([]);
  });

  it("counts what waits for a hook, and closes who brought it with 1008", () => {
    const limits = { bufferedTotal: 100 * KIB };
    const busy = member(limits, { message: () => new Promise(() => {}) });
    const other = member(limits);
    busy.session.receiveMessage("first");
    for (let i = 0; i < 8; i++) busy.session.receiveMessage(new Uint8Array(10 * KIB));
    other.send(30 * KIB);
    expect(busy.transport.log).toEqual(["close 1008 QUEUE_FULL"]);
    expect(other.transport.log).toEqual([]);
  });

  it("is each definition's own: who allows more is not closed, though more is held for him", () => {
    const [modest, generous] = [member({ bufferedTotal: 100 * KIB }), member({ bufferedTotal: Infinity })];
    generous.send(500 * KIB);
    modest.send(20 * KIB);
    expect(generous.transport.log).toEqual([]);
    expect(modest.transport.log).toEqual([]);
    modest.send(90 * KIB);
    expect([modest, generous].map(({ transport }) => transport.log)).toEqual([CLOSED, []]);
  });

  it("closes all who have their share of it, and no one who has less, where a runtime keeps what is closed", () => {
    const limits = { bufferedTotal: 100 * KIB };
    const [a, b, c] = [member(limits), member(limits), member(limits)];
    const letGo = linger(200 * KIB);
    c.send(10 * KIB);
    b.send(20 * KIB);
    a.send(60 * KIB);
    expect([a, b, c].map(({ transport }) => transport.log)).toEqual([CLOSED, [], []]);
    letGo();
    letGo();
    c.send(75 * KIB);
    expect([b, c].map(({ transport }) => transport.log)).toEqual([[], []]);
  });

  it("cuts who is closing already", () => {
    const limits = { bufferedTotal: 100 * KIB };
    const [a, b] = [member(limits), member(limits)];
    a.send(90 * KIB);
    a.session.close(4000);
    b.send(30 * KIB);
    expect([a, b].map(({ transport }) => transport.log)).toEqual([["close 4000 ", "terminate"], []]);
  });

  it("is a part of the platform's memory when it is below 1, and nothing where that is not known", () => {
    const made = member({});
    expect(mostOf(made.session)).toBe(Infinity);
    made.clock.memory = 1000 * KIB;
    expect(mostOf(made.session)).toBe(250 * KIB);
    expect(mostOf(member({ bufferedTotal: 1 }).session)).toBe(1);
  });

  it("is nothing where the runtime does not tell what is buffered", () => {
    const transport = Object.assign(new RecordingTransport(), { bufferedAmount: undefined });
    const made = session({ limits: { bufferedTotal: 1 } }, { transport: transport as never });
    expect(mostOf(made.session)).toBe(Infinity);
    made.session.closed(1006, "", false);
  });
});
