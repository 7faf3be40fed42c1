import { describe, expect, it } from "vitest";
import type { CloseEvent, Message, Socket } from "../../../src/core/contract/socket.ts";
import { gate, HibernatingTransport, session, settled } from "../../helpers/core/core.ts";

describe("a session", () => {
  it("hands out messages in order, one at a time, while a handler is async", async () => {
    const log: string[] = [];
    const gates = new Map([
      ["a", gate()],
      ["b", gate()],
    ]);
    const { session: subject } = session({
      async message(_, data) {
        log.push(`begin ${data}`);
        await gates.get(String(data))!.promise;
        log.push(`end ${data}`);
      },
    });
    subject.opened();
    subject.receiveMessage("a");
    subject.receiveMessage("b");
    gates.get("b")!.open();
    await settled();
    expect(log).toEqual(["begin a"]);
    gates.get("a")!.open();
    await settled();
    expect(log).toEqual(["begin a", "end a", "begin b", "end b"]);
  });

  it("finishes open before the first message", async () => {
    const log: string[] = [];
    const opening = gate();
    const { session: subject } = session({
      open: () => opening.promise.then(() => log.push("open")),
      message: (_, data) => log.push(String(data)),
    });
    subject.opened();
    subject.receiveMessage("early");
    opening.open();
    await settled();
    expect(log).toEqual(["open", "early"]);
  });

  it("handles a synchronous message before receive returns", () => {
    const log: Message[] = [];
    const { session: subject } = session({ message: (_, data) => log.push(data) });
    subject.receiveMessage("now");
    expect(log).toEqual(["now"]);
  });

  it("gives what waited before the close, and nothing after it", async () => {
    const log: string[] = [];
    const first = gate();
    const { session: subject } = session({
      message(_, data) {
        log.push(String(data));
        return data === "a" ? first.promise : undefined;
      },
      close: () => log.push("close"),
    });
    subject.receiveMessage("a");
    subject.receiveMessage("b");
    subject.closed(1000, "", true);
    subject.receiveMessage("late");
    first.open();
    await settled();
    expect(log).toEqual(["a", "b", "close"]);
  });

  it("closes exactly once, whatever the runtime reports", () => {
    const closes: CloseEvent[] = [];
    const { session: subject } = session({ close: (_, event) => closes.push(event) });
    subject.closed(1001, "bye", true);
    subject.closed(1006, "", false);
    expect(closes).toEqual([{ code: 1001, reason: "bye", wasClean: true }]);
  });

  it("closes after limits.closeMs even when a handler never ends", () => {
    const closes: CloseEvent[] = [];
    const { session: subject, clock } = session({
      limits: { closeMs: 100 },
      message: () => new Promise(() => {}),
      close: (_, event) => closes.push(event),
    });
    subject.receiveMessage("forever");
    subject.closed(1006, "", false);
    clock.advance(99);
    expect(closes).toEqual([]);
    clock.advance(1);
    expect(closes).toEqual([{ code: 1006, reason: "", wasClean: false }]);
  });

  it("hands out all that arrived before the peer's Close, however long that takes, and then closes", async () => {
    const log: unknown[] = [];
    const gates = Array.from({ length: 5 }, gate);
    const { session: subject, clock } = session({
      limits: { closeMs: 100 },
      message: async (_, data) => {
        log.push(data);
        await gates[Number(data)]!.promise;
      },
      close: (_, { code, wasClean }) => log.push({ code, wasClean }),
    });
    for (const i of gates.keys()) subject.receiveMessage(`${i}`);
    subject.closed(4001, "", true);
    for (const each of gates) {
      clock.advance(99);
      each.open();
      await settled();
    }
    expect(log).toEqual(["0", "1", "2", "3", "4", { code: 4001, wasClean: true }]);
    expect(clock.timers.size).toBe(0);
  });

  it("gives up on a hook that takes longer than limits.closeMs, drops what waits, and tells it as not clean", async () => {
    const log: unknown[] = [];
    const stuck = gate();
    const {
      session: subject,
      clock,
      events,
    } = session({
      limits: { closeMs: 100 },
      message: (_, data) => {
        log.push(data);
        return data === "stuck" ? stuck.promise : undefined;
      },
      close: (_, { code, wasClean }) => log.push({ code, wasClean }),
      error: (_, error) => log.push(error),
    });
    for (const data of ["stuck", "a", "b"]) subject.receiveMessage(data);
    subject.closed(1000, "", true);
    clock.advance(100);
    expect(log).toEqual(["stuck", { code: 1000, wasClean: false }]);
    expect(events).toMatchObject([{ type: "dropped", messages: 2 }]);
    // When it ends after all, no hook follows the last one.
    stuck.fail("late");
    await settled();
    expect(log).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ type: "error", error: "late" });
  });

  it("never runs two hooks at once, even if one that was given up on ends while close runs", async () => {
    const log: string[] = [];
    const [stuck, leaving] = [gate(), gate()];
    const { session: subject, clock } = session({
      limits: { closeMs: 100 },
      message: () => stuck.promise,
      close: () => leaving.promise.then(() => log.push("close has ended")),
    });
    subject.receiveMessage("stuck");
    subject.closed(1000, "", true);
    void subject.ended().then(() => log.push("over"));
    clock.advance(100);
    stuck.open();
    await settled();
    expect(log).toEqual([]);
    leaving.open();
    await settled();
    expect(log).toEqual(["close has ended", "over"]);
  });

  it.each([
    ["closes", (socket: Socket) => socket.close(4000)],
    ["terminates", (socket: Socket) => socket.terminate()],
    [
      "fails",
      () => {
        throw new Error("no more of it");
      },
    ],
  ])("drops what waits when its own side %s, before or after the peer's Close", async (_, act) => {
    for (const moment of ["before", "after"]) {
      const log: unknown[] = [];
      const work = gate();
      const { session: subject } = session({
        message: async (socket, data) => {
          log.push(data);
          await work.promise;
          act(socket);
        },
        close: (_, { wasClean }) => log.push({ wasClean }),
      });
      for (const data of ["first", "second", "third"]) subject.receiveMessage(data);
      if (moment === "after") subject.closed(1000, "", true);
      work.open();
      await settled();
      subject.closed(1000, "", true);
      await settled();
      expect(log, moment).toEqual(["first", { wasClean: false }]);
    }
  });

  it("takes no message after it was terminated, though the runtime still brings some", () => {
    const log: Message[] = [];
    const { session: subject } = session({
      message(socket, data) {
        log.push(data);
        socket.terminate();
      },
    });
    subject.receiveMessage("a");
    subject.receiveMessage("b");
    expect([log, subject.send("x")]).toEqual([["a"], false]);
  });

  it("hands out what has arrived when everybody is asked to leave", async () => {
    const log: unknown[] = [];
    const work = gate();
    const { session: subject, transport } = session({
      message: async (_, data) => {
        log.push(data);
        await work.promise;
      },
      close: (_, { code, wasClean }) => log.push({ code, wasClean }),
    });
    for (const data of ["a", "b"]) subject.receiveMessage(data);
    subject.dismiss(1012, "");
    subject.receiveMessage("too late");
    expect(transport.log).toEqual(["close 1012 "]);
    subject.closed(1012, "", true);
    work.open();
    await settled();
    expect(log).toEqual(["a", "b", { code: 1012, wasClean: true }]);
  });

  it.each([
    [
      "has a getter that throws",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: it is what is tested.
        get then(): unknown {
          throw new Error("then");
        },
      }),
    ],
    [
      "throws",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: it is what is tested.
        then() {
          throw new Error("then");
        },
      }),
    ],
  ])("takes a result whose then %s for a hook that failed", async (_, result) => {
    const errors: unknown[] = [];
    const { session: subject } = session({
      message: result,
      error(_, error) {
        errors.push(error);
        return result();
      },
    });
    subject.receiveMessage("odd");
    await settled();
    expect(errors).toMatchObject([{ message: "then" }]);
    expect(subject.readyState).toBe(2);
  });

  it("lets no message through after its own close", () => {
    const log: Message[] = [];
    const { session: subject } = session({
      message(socket, data) {
        log.push(data);
        socket.close();
      },
    });
    subject.receiveMessage("a");
    subject.receiveMessage("b");
    expect(log).toEqual(["a"]);
  });

  it("reports its own code when it closed first and the peer answered", () => {
    const closes: CloseEvent[] = [];
    const { session: subject } = session({ close: (_, event) => closes.push(event) });
    subject.close(4001, "done");
    subject.closed(1005, "", true);
    expect(closes).toEqual([{ code: 4001, reason: "done", wasClean: true }]);
  });

  it("gives up with 1006 on a peer that never answers its close", () => {
    const closes: CloseEvent[] = [];
    const {
      session: subject,
      transport,
      clock,
    } = session({
      limits: { closeMs: 50 },
      close: (_, event) => closes.push(event),
    });
    subject.close(4001);
    clock.advance(50);
    expect(transport.log).toEqual(["close 4001 ", "terminate"]);
    expect(closes).toEqual([{ code: 1006, reason: "", wasClean: false }]);
  });

  it("leaves no timer behind", () => {
    const { session: subject, clock } = session({});
    subject.close();
    subject.closed(1000, "", true);
    expect(clock.timers.size).toBe(0);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("sync");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("async");
      },
    ],
  ])("gives error what a hook %s, and stays open", async (_, hook) => {
    const errors: unknown[] = [];
    const { session: subject } = session({ message: hook, error: (_, error) => errors.push(error) });
    subject.receiveMessage("x");
    await settled();
    expect(errors).toHaveLength(1);
    expect(subject.readyState).toBe(1);
  });

  it.each([
    ["there is no error hook", undefined],
    [
      "the error hook throws",
      () => {
        throw new Error("again");
      },
    ],
    [
      "the error hook rejects",
      async () => {
        throw new Error("again");
      },
    ],
  ])("closes with 1011 and tells the observer when %s", async (_, error) => {
    const {
      session: subject,
      transport,
      events,
    } = session({
      message: async () => {
        throw new Error("boom");
      },
      ...(error && { error }),
    });
    subject.receiveMessage("x");
    await settled();
    expect(transport.log).toEqual(["close 1011 INTERNAL"]);
    expect(events.map((event) => event.type)).toEqual(["error"]);
  });

  it("closes with 1009 for a message over the limit, counted in bytes of UTF-8", () => {
    const received: Message[] = [];
    const { session: subject, transport } = session({
      limits: { messageBytes: 6 },
      message: (_, data) => received.push(data),
    });
    subject.receiveMessage("日本");
    subject.receiveMessage("日本a");
    expect(received).toEqual(["日本"]);
    expect(transport.log).toEqual(["close 1009 MESSAGE_TOO_BIG"]);
  });

  it("stops reading when half of the queue is full, and reads on when it is empty", async () => {
    const first = gate();
    const { session: subject, transport } = session({
      limits: { queuedMessages: 4 },
      message: (_, data) => (data === "0" ? first.promise : undefined),
    });
    for (const data of ["0", "1", "2"]) subject.receiveMessage(data);
    expect(transport.log).toEqual([]);
    subject.receiveMessage("3");
    expect(transport.log).toEqual(["pause"]);
    first.open();
    await settled();
    expect(transport.log).toEqual(["pause", "resume"]);
  });

  it("closes with 1008 when the queue is full because the runtime cannot stop reading", () => {
    const { session: subject, transport } = session({
      limits: { queuedMessages: 2 },
      message: () => new Promise(() => {}),
    });
    for (const data of ["0", "1", "2", "3"]) subject.receiveMessage(data);
    expect(transport.log.at(-1)).toBe("close 1008 QUEUE_FULL");
  });

  it("closes a consumer that holds back more than limits.bufferedBytes", () => {
    const { session: subject, transport } = session({ limits: { bufferedBytes: 10 } });
    transport.buffered = 11;
    subject.send("x");
    expect(transport.log).toEqual(["close 1013 SLOW_CONSUMER"]);
  });

  it("answers a text by itself only if the definition names it", () => {
    const received: Message[] = [];
    const message = (_: unknown, data: Message) => received.push(data);
    const named = session({ heartbeat: { text: { ping: "ping?", pong: "pong!" } }, message });
    for (const data of ["ping?", "ping", new TextEncoder().encode("ping?")]) named.session.receiveMessage(data);
    expect([named.transport.sent, received.splice(0)]).toEqual([["pong!"], ["ping", expect.any(Uint8Array)]]);
    for (const heartbeat of [undefined, true, false, {}]) {
      const other = session({ heartbeat, message });
      other.session.receiveMessage("ping");
      expect([other.transport.sent, received.splice(0)]).toEqual([[], ["ping"]]);
    }
  });

  it("returns false from send once closing, and never throws", () => {
    const { session: subject } = session({});
    expect(subject.send("a")).toBe(true);
    subject.close();
    expect(subject.send("b")).toBe(false);
    subject.closed(1000, "", true);
    expect(subject.send("c")).toBe(false);
    expect(() => subject.close()).not.toThrow();
  });

  it.each([null, undefined, 1, {}, [1]])("throws a TypeError for sending %j", (data) => {
    const { session: subject } = session({});
    expect(() => subject.send(data as unknown as string)).toThrow(TypeError);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 1000.5, Number.NaN])(
    "throws a TypeError for closing with %s",
    (code) => {
      const { session: subject } = session({});
      expect(() => subject.close(code)).toThrow(TypeError);
      expect(subject.readyState).toBe(1);
    },
  );

  it("throws a TypeError for a close reason over 123 bytes of UTF-8", () => {
    const { session: subject } = session({});
    expect(() => subject.close(1000, "é".repeat(62))).toThrow(TypeError);
    expect(() => subject.close(1000, "é".repeat(61))).not.toThrow();
  });

  it("aborts its signal when it is gone, also when the signal is asked for later", () => {
    const { session: subject } = session({});
    const { signal } = subject;
    expect(signal.aborted).toBe(false);
    subject.closed(1006, "", false);
    expect(signal.aborted).toBe(true);
    const late = session({});
    late.session.closed(1006, "", false);
    expect(late.session.signal.aborted).toBe(true);
  });

  it("freezes a copy of its state", () => {
    const { session: subject } = session<{ list: number[] }>({});
    const given = { list: [1] };
    subject.setState(given);
    given.list.push(2);
    expect(subject.state).toEqual({ list: [1] });
    expect(Object.isFrozen((subject.state as { list: number[] }).list)).toBe(true);
  });

  it("keeps its old state when the new one cannot be saved", () => {
    const { session: subject, transport } = session(
      {},
      { snapshot: { state: { n: 1 } }, transport: new HibernatingTransport() },
    );
    transport.saveError = new RangeError("too much");
    expect(() => subject.setState({ n: 2 })).toThrow("too much");
    expect(() => subject.subscribe("news")).toThrow("too much");
    expect(subject.state).toEqual({ n: 1 });
    expect(subject.topics).toEqual([]);
  });

  it("saves after every change that must survive", () => {
    const { session: subject, transport } = session({}, { transport: new HibernatingTransport() });
    subject.setState({ n: 1 });
    subject.subscribe("a");
    subject.subscribe("a");
    subject.unsubscribe("a");
    subject.unsubscribe("a");
    expect(transport.log).toEqual(["save", "save", "save"]);
  });

  it("bounds its topics", () => {
    const { session: subject } = session({ limits: { topicsBytes: 20 } });
    subject.subscribe("12345678");
    expect(() => subject.subscribe("12345678901")).toThrow(RangeError);
    expect(subject.topics).toEqual(["12345678"]);
  });

  it("tells when nothing runs any more", async () => {
    const work = gate();
    const { session: subject } = session({ message: () => work.promise });
    expect(subject.hooks.idle()).toBeUndefined();
    subject.receiveMessage("x");
    const idle = subject.hooks.idle();
    work.open();
    await expect(idle).resolves.toBeUndefined();
  });

  it("settles the promise of each of 20,000 who wait until it rests", async () => {
    const work = gate();
    const { session: subject } = session({
      limits: { queuedMessages: 20_000 },
      message: (_, data) => (data === "first" ? work.promise : undefined),
    });
    subject.receiveMessage("first");
    const waits = Array.from({ length: 20_000 }, () => {
      subject.receiveMessage("next");
      return subject.hooks.idle();
    });
    work.open();
    await Promise.all(waits);
    expect(subject.hooks.idle()).toBeUndefined();
  });

  it("rests in the end though its close hook never does", async () => {
    const { session: subject, clock } = session({ limits: { closeMs: 10 }, close: () => new Promise(() => {}) });
    subject.closed(1000, "", true);
    const idle = subject.hooks.idle();
    clock.advance(10);
    await expect(idle).resolves.toBeUndefined();
  });

  it.each([
    ["a promise that rejects", () => Promise.reject(new Error("later"))],
    // biome-ignore-start lint/suspicious/noThenProperty: thenables are what is tested.
    [
      "a thenable without a catch",
      () => ({ then: (_: unknown, no: (error: Error) => void) => no(new Error("later")) }),
    ],
    [
      "a thenable that throws",
      () => ({
        then() {
          throw new Error("later");
        },
      }),
    ],
    [
      "one whose then cannot be read",
      () => ({
        get then(): never {
          throw new Error("later");
        },
      }),
    ],
    // biome-ignore-end lint/suspicious/noThenProperty: thenables are what is tested.
    [
      "a promise whose constructor cannot be read",
      () =>
        Object.defineProperty(Promise.resolve(), "constructor", {
          get() {
            throw new Error("later");
          },
        }),
    ],
  ])("takes %s for work to wait for, and reports its failure", async (_, work) => {
    const kept: Promise<unknown>[] = [];
    const { session: subject, events } = session({}, { waitUntil: (promise) => void kept.push(promise) });
    subject.waitUntil(work() as PromiseLike<unknown>);
    await Promise.all(kept);
    expect(kept).toHaveLength(1);
    expect(events).toMatchObject([{ type: "error", error: { message: "later" }, socket: subject.id }]);
    expect(subject.readyState).toBe(1);
  });

  it("takes what is no promise for work that is done", async () => {
    const kept: Promise<unknown>[] = [];
    const { session: subject, events } = session({}, { waitUntil: (promise) => void kept.push(promise) });
    for (const done of [undefined, null, 1]) subject.waitUntil(done as never);
    await Promise.all(kept);
    expect([kept.length, events]).toEqual([3, []]);
  });

  it("does not lose a close that a runtime reports inside close()", () => {
    const log: string[] = [];
    const { session: subject, transport } = session({
      message(socket) {
        socket.close(4000, "now");
        log.push("end of message");
      },
      close: (_, { code }) => log.push(`close ${code}`),
    });
    transport.close = () => subject.closed(4000, "now", true);
    subject.receiveMessage("x");
    expect(log).toEqual(["end of message", "close 4000"]);
  });
});
