import { describe, expect, it } from "vitest";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import type { Observer, SocketEvent } from "../../../src/core/contract/observer.ts";
import { negotiate } from "../../../src/core/upgrade/negotiate.ts";
import { announce } from "../../../src/core/upgrade/outcome.ts";
import { attempt, gate, HANDSHAKE, session, settled } from "../../helpers/core/core.ts";

/** Collects all events, as an observer that is not brief does. */
function listening() {
  const events: SocketEvent[] = [];
  return { events, observe: (event: SocketEvent) => void events.push(event) };
}

const SECRETS = {
  ...HANDSHAKE,
  cookie: "session=s3cret",
  authorization: "Bearer s3cret",
  "sec-websocket-protocol": "chat, s3cret",
  "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
  "user-agent": "test/1",
  via: "1.1 proxy",
  "x-forwarded-for": "203.0.113.9",
};

describe("an observer", () => {
  it("is told of an accepted handshake, once it is carried out", async () => {
    const { events, observe } = listening();
    const { attempt: given, clock } = attempt(SECRETS, {
      observe,
      httpVersion: "1.1",
      url: "http://a.example/s3cret?t=s3cret",
    });
    const hook = gate();
    const definition = defineSocket({ name: "test", protocols: ["chat"], upgrade: () => hook.promise });
    const outcome = negotiate(definition, given, undefined, () => "/chat/:token");
    clock.advance(25);
    hook.open();
    const accepted = await outcome;
    expect(events).toEqual([]);
    if (accepted.kind === "accept") announce(accepted, observe);
    expect(events).toEqual([
      {
        type: "accepted",
        definition: "test",
        socket: "id-1",
        protocol: "chat",
        handshake: {
          remoteAddress: "192.0.2.1",
          route: "/chat/:token",
          httpVersion: "1.1",
          userAgent: "test/1",
          via: "1.1 proxy",
          forwarded: "203.0.113.9",
          offered: ["chat"],
          extensions: ["permessage-deflate"],
          ms: 25,
        },
      },
    ]);
  });

  it("is told of a refusal with its code and status, and of nothing secret", async () => {
    const { events, observe } = listening();
    const { attempt: given } = attempt({ ...SECRETS, "sec-websocket-key": "x" }, { observe });
    await negotiate(defineSocket({ name: "test" }), given, undefined);
    expect(events).toMatchObject([{ type: "refused", status: 400, failure: { code: "KEY_INVALID" } }]);
    expect(JSON.stringify(events)).not.toContain("s3cret");
  });

  it("is told of an app's own answer by its status", async () => {
    const { events, observe } = listening();
    const definition = defineSocket({ name: "test", upgrade: () => new Response("sign in", { status: 401 }) });
    await negotiate(definition, attempt(HANDSHAKE, { observe }).attempt, undefined);
    expect(events).toMatchObject([{ type: "refused", status: 401, failure: undefined }]);
  });

  it("follows a socket from open to close, with what went both ways", () => {
    const { events, observe } = listening();
    const { session: subject, clock } = session({ message: (socket, data) => socket.send(`${data}!`) }, { observe });
    subject.opened();
    subject.receiveMessage("é");
    clock.advance(70);
    subject.closed(1000, "bye", true);
    const { id } = subject;
    const traffic = { received: { messages: 1, bytes: 2 }, sent: { messages: 1, bytes: 3 } };
    expect(events).toEqual([
      { type: "opened", definition: "test", socket: id, remoteAddress: "", traffic },
      {
        type: "closed",
        definition: "test",
        socket: id,
        code: 1000,
        wasClean: true,
        by: "client",
        ms: 70,
        ...traffic,
      },
    ]);
  });

  it("can look at what an open socket has counted, at any time", () => {
    const { events, observe } = listening();
    const { session: subject } = session({ message: (socket, data) => socket.send(`${data}!`) }, { observe });
    subject.opened();
    const [opened] = events;
    if (opened?.type !== "opened") throw new Error("no socket was opened");
    expect(opened.traffic).toEqual({ received: { messages: 0, bytes: 0 }, sent: { messages: 0, bytes: 0 } });
    subject.receiveMessage("é");
    expect(opened.traffic).toEqual({ received: { messages: 1, bytes: 2 }, sent: { messages: 1, bytes: 3 } });
  });

  it("that does not ask for the end of sockets has nothing counted", () => {
    const events: unknown[] = [];
    const { session: subject } = session({}, { observe: { opened: (event) => events.push(event) } });
    subject.opened();
    expect(events).toMatchObject([{ type: "opened", traffic: undefined }]);
  });

  it("that asks for them is told of each hook that ended, with how long it took", async () => {
    const events: SocketEvent[] = [];
    const { promise, open } = gate();
    const { session: subject, clock } = session(
      { open: () => promise, message: (socket) => socket.close() },
      { observe: { hook: (event) => events.push(event) } },
    );
    subject.opened();
    subject.receiveMessage("behind open");
    expect(events).toEqual([]);
    clock.advance(30);
    open();
    await settled();
    const { id: socket } = subject;
    expect(events).toEqual([
      { type: "hook", definition: "test", socket, hook: "open", ms: 30, failed: false },
      { type: "hook", definition: "test", socket, hook: "message", ms: 0, failed: false },
    ]);
  });

  it.each([
    [
      "throws",
      (): void => {
        throw new Error("broken");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken"))],
  ])("is told that a hook %s, as is the hook for errors, which is timed too", async (_, message) => {
    const events: SocketEvent[] = [];
    const errors: unknown[] = [];
    const { session: subject } = session(
      { message, error: (_socket, error) => void errors.push(error) },
      { observe: { hook: (event) => events.push(event) } },
    );
    subject.receiveMessage("x");
    await settled();
    expect(events).toMatchObject([
      { hook: "message", failed: true },
      { hook: "error", failed: false },
    ]);
    expect(errors).toMatchObject([{ message: "broken" }]);
  });

  it("that is a function for all is not told of hooks: that would be each message", () => {
    const { events, observe } = listening();
    const { session: subject } = session({ message: () => {} }, { observe });
    subject.receiveMessage("x");
    expect(events).toEqual([]);
  });

  it.each([
    ["server", 1000, (subject: ReturnType<typeof session>["session"]) => subject.close(1000)],
    ["client", 1000, () => {}],
    ["nobody", 1006, () => {}],
  ])("is told that %s closed", (by, code, before) => {
    const { events, observe } = listening();
    const { session: subject } = session({}, { observe });
    before(subject);
    subject.closed(code, "", code !== 1006);
    expect(events.at(-1)).toMatchObject({ type: "closed", by });
  });

  it("is told why a connection failed, and what was dropped with it", () => {
    const { events, observe } = listening();
    const { session: subject } = session(
      { limits: { queuedMessages: 2 }, message: () => new Promise(() => {}) },
      { observe },
    );
    for (const data of ["0", "1", "2", "3"]) subject.receiveMessage(data);
    expect(events.map(({ type }) => type)).toEqual(["failed", "dropped"]);
    expect(events).toMatchObject([{ code: "QUEUE_FULL" }, { messages: 3 }]);
  });

  it("is told the failure that a connection itself saw", () => {
    const { events, observe } = listening();
    const { session: subject } = session({}, { observe });
    subject.closed(1002, "FRAME_UNMASKED", false, "FRAME_UNMASKED");
    expect(events.map(({ type }) => type)).toEqual(["failed", "closed"]);
  });

  it("may be the definition's own, beside the host's", () => {
    const own: string[] = [];
    const { events, observe } = listening();
    const { session: subject } = session({ observe: ({ type }) => own.push(type) }, { observe });
    subject.opened();
    expect([own, events.map(({ type }) => type)]).toEqual([["opened"], ["opened"]]);
  });

  it("may name the events that it wants, each with a function of its own, beside one that wants all", () => {
    const own: SocketEvent[] = [];
    const { events, observe } = listening();
    const { session: subject } = session({ observe: { closed: (event) => own.push(event) } }, { observe });
    subject.opened();
    subject.receiveMessage("é");
    subject.closed(1000, "", true);
    expect(events.map(({ type }) => type)).toEqual(["opened", "closed"]);
    expect(own).toEqual([events[1]]);
    expect(own).toMatchObject([{ definition: "test", received: { messages: 1, bytes: 2 } }]);
  });

  it("that names events is told of no other", async () => {
    const types: string[] = [];
    const observe: Observer = { accepted: ({ type }) => types.push(type), failed: ({ type }) => types.push(type) };
    const outcome = await negotiate(defineSocket({ name: "test" }), attempt(HANDSHAKE, { observe }).attempt, undefined);
    if (outcome.kind === "accept") announce(outcome, observe);
    const { session: subject } = session({}, { observe });
    subject.opened();
    subject.closed(1002, "", false, "FRAME_UNMASKED");
    expect(types).toEqual(["accepted", "failed"]);
  });

  it("never harms a socket, whatever it throws", async () => {
    const { session: subject, transport } = session(
      {
        observe() {
          throw new Error("broken observer");
        },
      },
      {},
    );
    subject.opened();
    subject.closed(1000, "", true);
    await settled();
    expect(transport.log).toEqual([]);
  });

  it.each([
    ["an object whose function rejects", { opened: async () => Promise.reject(new Error("broken observer")) }],
    ["an async function that rejects", async () => Promise.reject(new Error("broken observer"))],
    [
      "one that returns what cannot be awaited",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: it is what is tested.
        get then(): unknown {
          throw new Error("broken observer");
        },
      }),
    ],
  ])("never harms a process, as %s", async (_, observe) => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on("unhandledRejection", note);
    const { session: subject } = session({ observe: observe as () => void }, { observe: observe as () => void });
    subject.opened();
    subject.closed(1000, "", true);
    await settled();
    await settled();
    process.off("unhandledRejection", note);
    expect(rejections).toEqual([]);
  });

  it("is told that a socket closed once its messages are handed out, and cleanly only if all of them were", async () => {
    const { events, observe } = listening();
    const { session: subject, clock } = session(
      { limits: { closeMs: 10 }, message: () => new Promise(() => {}) },
      { observe },
    );
    for (const data of ["stuck", "dropped"]) subject.receiveMessage(data);
    clock.advance(5);
    subject.closed(1000, "", true);
    clock.advance(10);
    expect(events).toMatchObject([
      { type: "dropped", messages: 1 },
      { type: "closed", code: 1000, wasClean: false, ms: 5 },
    ]);
  });
});
