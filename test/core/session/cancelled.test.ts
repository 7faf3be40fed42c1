import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { defineSocket, type Socket, type SocketEvent } from "onesocket";
import { testing } from "onesocket/test";
import { describe, expect, it, vi } from "vitest";

/** What observers are told of hooks that failed. */
const failures = (events: readonly SocketEvent[]) =>
  events.flatMap((event) => (event.type === "error" ? [event.error] : []));

/** Work as people write it, which ends when a signal aborts. */
const WORK: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
  "rejects with the signal's reason": (signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  "is a timer of Node": (signal) => setTimeout(1e6, undefined, { signal }),
  "waits for an event": (signal) => once(new EventTarget(), "nothing", { signal }),
  "throws if the signal has aborted": async (signal) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    signal.throwIfAborted();
  },
};

/** Has a client begin work, and go. */
async function leaves(options: Omit<Parameters<typeof defineSocket>[0], "name">): Promise<readonly unknown[]> {
  await using t = testing(defineSocket({ name: "cancelled", ...options }), { observe: {} });
  const client = await t.connect("/");
  client.send('{"jsonrpc":"2.0","method":"work"}');
  expect(await client.next()).toBe("begun");
  client.terminate();
  await t.settled();
  expect(t.events.map(({ type }) => type)).toContain("closed");
  return failures(t.events);
}

describe.each(Object.entries(WORK))("work of a socket that has gone, which %s", (_, work) => {
  const begin = (socket: Socket) => {
    socket.send("begun");
    return work(socket.signal);
  };
  const error = vi.fn();

  it.each([
    ["a hook", { message: begin }],
    ["waitUntil", { message: (socket: Socket) => socket.waitUntil(begin(socket)) }],
    ["a method", { methods: { work: { handle: begin } } }],
    ["a concurrent method", { methods: { work: { concurrent: true, handle: begin } } }],
    ["a hook, beside an error hook", { message: begin, error }],
    ["a method, beside an error hook", { methods: { work: { handle: begin } }, error }],
  ])("has not failed: %s", async (_, options) => {
    expect(await leaves(options)).toEqual([]);
    expect(error).not.toHaveBeenCalled();
  });
});

it("an upgrade whose client has gone has not failed if it ends by its signal", async () => {
  const cancelled = defineSocket({
    name: "cancelled",
    upgrade: async (_, context) => {
      context.waitUntil(WORK["is a timer of Node"]!(context.signal));
      await WORK["rejects with the signal's reason"]!(context.signal);
    },
  });
  await using t = testing(cancelled, { observe: {} });
  const leave = new AbortController();
  const opening = t.connect("/", { signal: leave.signal });
  leave.abort();
  await expect(opening).rejects.toThrow();
  await t.settled();
  expect(failures(t.events)).toEqual([]);
});

describe("is told as ever", () => {
  const mistake = new Error("a mistake");
  /** Throws it when its socket has gone. */
  const throwing = (error: unknown) => async (socket: Socket) => {
    socket.send("begun");
    await new Promise((resolve) => socket.signal.addEventListener("abort", resolve));
    throw error;
  };

  it("what fails otherwise when its socket has gone", async () => {
    expect(await leaves({ message: throwing(mistake) })).toEqual([mistake]);
  });

  it("what `close` gives the signal to, which has aborted before: it was never done", async () => {
    const close = (socket: Socket) => setTimeout(0, undefined, { signal: socket.signal });
    const message = (socket: Socket) => void socket.send("begun");
    const name = "AbortError";
    expect(await leaves({ message, close })).toMatchObject([{ name }]);
    const error = vi.fn();
    expect(await leaves({ message, close, error })).toEqual([]);
    expect(error.mock.calls).toMatchObject([[expect.anything(), { name }]]);
  });

  it("an error that can't be looked at", async () => {
    const hostile = Object.defineProperty({}, "name", {
      get() {
        throw mistake;
      },
    });
    const [told] = await leaves({ message: throwing(hostile) });
    expect(told === hostile).toBe(true);
  });

  it("what is cut off while its socket is open", async () => {
    const message = () => Promise.reject(AbortSignal.abort().reason);
    await using t = testing(defineSocket({ name: "cancelled", message }), { observe: {} });
    const client = await t.connect("/");
    client.send("work");
    expect(await client.closed).toMatchObject({ code: 1011 });
    expect(failures(t.events)).toHaveLength(1);
  });
});
