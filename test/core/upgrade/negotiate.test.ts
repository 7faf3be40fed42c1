import { describe, expect, it, vi } from "vitest";
import {
  type Decision,
  defineSocket,
  refuse,
  type SocketDefinition,
  type UpgradeContext,
  type UpgradeResult,
} from "../../../src/core/contract/definition.ts";
import { BROKER_FAILURES } from "../../../src/core/contract/failure-texts.ts";
import type { Failure } from "../../../src/core/contract/failures.ts";
import { addFailures, failure } from "../../../src/core/contract/failures.ts";
import { relayRooms } from "../../../src/core/rooms/registry.ts";
import { negotiate } from "../../../src/core/upgrade/negotiate.ts";
import type { Acceptance } from "../../../src/core/upgrade/outcome.ts";
import { attempt, gate, HANDSHAKE } from "../../helpers/core/core.ts";
import { classless, neverSettled, otherPromise, unawaitable } from "../../hosts/results.ts";

function fail(): never {
  throw new Error("oops");
}

function withUpgrade(upgrade: (request: Request, context: UpgradeContext) => unknown, limits = {}) {
  return defineSocket<unknown, unknown, unknown>({
    name: "test",
    protocols: ["v2", "v1"],
    limits,
    upgrade: upgrade as (request: Request, context: UpgradeContext) => UpgradeResult<unknown>,
  });
}

async function answerOf(upgrade: (request: Request, context: UpgradeContext) => unknown) {
  const { attempt: given, events } = attempt();
  const outcome = await negotiate(withUpgrade(upgrade), given, undefined);
  if (outcome.kind !== "answer") throw new Error(`not an answer: ${outcome.kind}`);
  return { status: outcome.response.status, body: await outcome.response.text(), events };
}

describe("negotiation", () => {
  it("accepts a valid handshake at once where there is no upgrade, with what the route passed", () => {
    const from = { room: "lobby", state: { name: "Ann" }, headers: { "x-a": "1" } };
    const outcome = negotiate(defineSocket<Decision["state"]>({ name: "test" }), attempt().attempt, from);
    expect(outcome).toMatchObject({
      kind: "accept",
      snapshot: { room: "lobby", state: { name: "Ann" }, url: "http://a.example/chat", remoteAddress: "192.0.2.1" },
    });
  });

  it("never calls upgrade for a bad handshake", async () => {
    let calls = 0;
    const { "sec-websocket-key": _, ...keyless } = HANDSHAKE;
    const { attempt: given, events } = attempt(keyless as typeof HANDSHAKE);
    const outcome = await negotiate(
      withUpgrade(() => void calls++),
      given,
      undefined,
    );
    expect(outcome).toMatchObject({ kind: "answer", response: { status: 400 } });
    expect(calls).toBe(0);
    expect(events).toMatchObject([{ type: "refused", failure: { code: "KEY_MISSING" } }]);
  });

  const route = { room: "lobby", state: { name: "Ann" }, protocol: "v1", headers: { "x-a": "route" } };

  it.each([
    ["nothing", () => {}, {}],
    ["nothing later", async () => {}, {}],
    ["an empty decision", () => ({}), {}],
    ["undefined fields", () => ({ room: undefined, state: undefined, protocol: undefined, headers: undefined }), {}],
    ["a room", () => ({ room: "hall" }), { room: "hall" }],
    ["a state", () => ({ state: { name: "Bob" } }), { state: { name: "Bob" } }],
    ["a state that is null", () => ({ state: null }), { state: null }],
    ["a subprotocol", () => ({ protocol: "v2" }), { protocol: "v2" }],
    ["no subprotocol", () => ({ protocol: "" }), { protocol: "" }],
  ])("lets what the route passed stand where upgrade returns %s", async (_, upgrade, changed) => {
    const { attempt: given } = attempt({ ...HANDSHAKE, "sec-websocket-protocol": "v1, v2" } as typeof HANDSHAKE);
    const outcome = await negotiate(withUpgrade(upgrade), given, route);
    const { headers, ...rest } = route;
    expect(outcome).toMatchObject({ kind: "accept", snapshot: { ...rest, ...changed } });
    expect([...((outcome as Acceptance).headers ?? [])]).toEqual(Object.entries(headers));
  });

  it("adds the headers of upgrade to those of the route", async () => {
    const given = (name: string) => {
      const headers = new Headers({ "x-a": name, [`x-${name}`]: "1" });
      headers.append("set-cookie", `${name}=1`);
      return headers;
    };
    const outcome = await negotiate(
      withUpgrade(() => ({ headers: given("hook") })),
      attempt().attempt,
      { headers: given("route") },
    );
    expect([...((outcome as Acceptance).headers ?? [])]).toEqual([
      ["set-cookie", "route=1"],
      ["set-cookie", "hook=1"],
      ["x-a", "route, hook"],
      ["x-hook", "1"],
      ["x-route", "1"],
    ]);
  });

  it("opens nothing for a room of the route's that makes no sense", async () => {
    const { attempt: given, events } = attempt();
    const outcome = await negotiate(
      withUpgrade(() => {}),
      given,
      { room: 7 } as unknown as Decision,
    );
    expect(outcome).toMatchObject({ kind: "answer", response: { status: 500 } });
    expect(events).toMatchObject([{ type: "refused", failure: { code: "UPGRADE_RESULT" } }]);
  });

  it("puts everything into the default room where neither upgrade nor a route names one", async () => {
    const outcome = await negotiate(
      withUpgrade(() => {}),
      attempt().attempt,
      undefined,
    );
    expect(outcome).toMatchObject({ kind: "accept", snapshot: { room: "default", state: undefined } });
  });

  it.each([
    ["a Response", new Response("no", { status: 401 })],
    ["null", null],
    ["an unknown field", { rooms: "lobby" }],
  ])("opens nothing for a route that passes %s, and asks no hook", async (_, from) => {
    const { attempt: given, events } = attempt();
    let calls = 0;
    const outcome = await negotiate(
      withUpgrade(() => {
        calls++;
        return {};
      }),
      given,
      from as Decision,
    );
    expect(calls).toBe(0);
    expect(outcome).toMatchObject({ kind: "answer", response: { status: 500 } });
    expect(events).toMatchObject([{ type: "refused", failure: { code: "UPGRADE_RESULT" } }]);
  });

  it("shows upgrade what the route passed", async () => {
    const outcome = await negotiate(
      withUpgrade((_, { from }) => ({ room: `${from?.room}!` })),
      attempt().attempt,
      { room: "lobby" },
    );
    expect(outcome).toMatchObject({ snapshot: { room: "lobby!" } });
  });

  it.each([
    ["returned", () => new Response("sign in", { status: 401 })],
    ["returned later", async () => new Response("sign in", { status: 401 })],
    [
      "thrown",
      () => {
        throw new Response("sign in", { status: 401 });
      },
    ],
    [
      "thrown later",
      async () => {
        throw new Response("sign in", { status: 401 });
      },
    ],
  ])("answers with a Response that was %s", async (_, upgrade) => {
    expect(await answerOf(upgrade)).toMatchObject({ status: 401, body: "sign in" });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("secret");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("secret");
      },
    ],
    ["returns something whose then cannot be read", () => unawaitable("secret")],
    ["returns a promise whose class cannot be read", () => classless("secret")],
  ])("answers 500, and tells only the observer why, when upgrade %s", async (_, upgrade) => {
    const { status, body, events } = await answerOf(upgrade);
    expect(status).toBe(500);
    expect(body).toMatch(/^HANDLER_ERROR: /);
    expect(body).not.toContain("secret");
    expect(events.map((event) => event.type)).toEqual(["error", "refused"]);
  });

  it.each([
    ["null", () => null, "null"],
    ["a number", () => 7, "7"],
    ["a string", () => `lobby\n${"x".repeat(1000)}`, `the string "lobby\\n${"x".repeat(94)}…"`],
    ["a symbol", () => Symbol("x"), "Symbol(x)"],
    ["a function", () => () => ({}), "a function"],
    ["an array", () => ["lobby"], "an array"],
    ["a Map", () => new Map(), "a Map"],
    ["a Date", () => new Date(), "a Date"],
    ["an object of a class without a name", () => new (class {})(), "an object of a class"],
    ["an error", () => new TypeError("who?"), 'an error: "TypeError: who?"'],
    ["a status", () => ({ status: 401, text: "who?" }), 'with "status": an HTTP answer is a Response, "text"'],
    ["what looks like a failure", () => ({ code: "OVERLOADED" }), 'an object with "code": '],
    ["what looks like a refusal", () => ({ code: 4403, reason: "no" }), "by refuse(code)"],
    ["a misspelt field", () => ({ rooms: "a" }), 'an object with "rooms": did you mean "room"?'],
    ["a symbol beside a room", () => ({ room: "a", [Symbol("b")]: 1 }), 'an object with "Symbol(b)"'],
    ["a hidden field", () => Object.defineProperty({}, "hidden", { value: 1 }), 'an object with "hidden"'],
    [
      "a 101 that brings no socket",
      () => Object.defineProperty(new Response(null), "status", { value: 101 }),
      "a Response of status 101 that brings no socket",
    ],
    ["a network error", () => Response.error(), "a Response that cannot be sent"],
    ["a room that is no string", () => ({ room: 7 }), "a room's id is a string"],
    ["a room with half a character", () => ({ room: "a\ud800" }), "the decision cannot be kept"],
    ["state that is no plain data", () => ({ state: { at: new Date() } }), "state.at is not plain JSON data"],
    ["a subprotocol that was not offered", () => ({ protocol: "v9" }), "the client did not offer the subprotocol"],
    ["headers that are none", () => ({ headers: { "no name": "x" } }), "the decision cannot be kept"],
    ["a field that throws", () => Object.defineProperty({}, "room", { get: fail }), "the decision cannot be kept"],
    ["a proxy that throws", () => new Proxy({}, { ownKeys: fail, getPrototypeOf: fail }), "cannot be read"],
  ])("opens nothing when upgrade returns %s, and tells only the observer what it was", async (_, upgrade, words) => {
    for (const hook of [upgrade, async () => upgrade()]) {
      const { status, body, events } = await answerOf(hook);
      expect(status).toBe(500);
      expect(body).toMatch(/^UPGRADE_RESULT: /);
      expect(body).not.toContain("who?");
      expect(events).toMatchObject([{ type: "refused", failure: { code: "UPGRADE_RESULT" } }]);
      expect((events[0] as { failure: Failure }).failure.detail).toContain(words);
    }
  });

  it.each([
    ["170 that take six bytes each", "\u0001".repeat(170), true],
    ["171 that take six bytes each", "\u0001".repeat(171), false],
    ["1022 of one byte, which are 1024 with their quotes", "a".repeat(1022), true],
    ["1023 of one byte", "a".repeat(1023), false],
    ["none", "", false],
  ])("takes a room's id of characters: %s", async (_, room, taken) => {
    const outcome = await negotiate(
      withUpgrade(() => ({ room })),
      attempt().attempt,
      undefined,
    );
    expect(outcome.kind).toBe(taken ? "accept" : "answer");
  });

  it("refuses a definition whose name stands for another one in use, before its hook runs", async () => {
    const hooks: string[] = [];
    const [one, two] = ["one", "two"].map((which) =>
      defineSocket({ name: "negotiated twice", upgrade: () => void hooks.push(which) }),
    ) as [SocketDefinition, SocketDefinition];
    expect(await negotiate(one, attempt().attempt, undefined)).toMatchObject({ kind: "accept" });
    const { attempt: given, events } = attempt();
    expect(await negotiate(two, given, undefined)).toMatchObject({ kind: "answer", response: { status: 500 } });
    expect(hooks).toEqual(["one"]);
    expect(events).toMatchObject([{ type: "refused", failure: { code: "NAME_TAKEN" } }]);
  });

  it("takes a definition with a history where a broker joins rooms and keeps it for all of them", async () => {
    const definition = defineSocket({ name: "shared", history: {} });
    relayRooms(() => {
      throw new Error("no room is to be made");
    });
    try {
      expect(await negotiate(definition, attempt().attempt, undefined)).toMatchObject({ kind: "accept" });
    } finally {
      relayRooms(undefined);
    }
  });

  it("refuses a definition with a history where a broker joins rooms: one process would have a part of it", async () => {
    addFailures(BROKER_FAILURES);
    const definition = defineSocket({ name: "remembered", history: {} });
    relayRooms(() => {
      throw new Error("no room is to be made");
    }, failure("HISTORY_NOT_SHARED"));
    try {
      const { attempt: given, events } = attempt();
      expect(await negotiate(definition, given, undefined)).toMatchObject({
        kind: "answer",
        response: { status: 500 },
      });
      expect(events).toMatchObject([{ type: "refused", failure: { code: "HISTORY_NOT_SHARED" } }]);
    } finally {
      relayRooms(undefined);
    }
    expect(await negotiate(definition, attempt().attempt, undefined)).toMatchObject({ kind: "accept" });
  });

  it("answers nobody when the client had left before the hook began to wait", async () => {
    const client = new AbortController();
    client.abort();
    let signal: AbortSignal | undefined;
    const outcome = await negotiate(
      withUpgrade((_, context) => {
        signal = context.signal;
        return neverSettled();
      }),
      attempt(HANDSHAKE, { gone: client.signal }).attempt,
      undefined,
    );
    expect([outcome.kind, signal?.aborted]).toEqual(["gone", true]);
  });

  it("keeps the signal whole when the hook fails by itself", async () => {
    let signal: AbortSignal | undefined;
    await negotiate(
      withUpgrade((_, context) => {
        signal = context.signal;
        return Promise.reject(new Error("oops"));
      }),
      attempt().attempt,
      undefined,
    );
    expect(signal?.aborted).toBe(false);
  });

  it("leaves a header alone that only looks like one of the handshake's", async () => {
    const headers = {
      "x-connection": "1",
      "upgrade-insecure-requests": "1",
      "content-type-hint": "1",
      "keep-alive-ms": "1",
    };
    const outcome = await negotiate(
      withUpgrade(() => ({ headers })),
      attempt().attempt,
      undefined,
    );
    expect(Object.fromEntries((outcome as Acceptance).headers ?? [])).toEqual(headers);
  });

  it("takes a refusal that another copy of the package made", async () => {
    vi.resetModules();
    const copy = await import("../../../src/core/contract/definition.ts");
    expect(copy.refuse).not.toBe(refuse);
    const outcome = await negotiate(
      withUpgrade(() => copy.refuse(4403, "banned")),
      attempt().attempt,
      undefined,
    );
    expect(outcome).toMatchObject({ kind: "refuse", refusal: { code: 4403, reason: "banned" } });
  });

  it("takes a refusal that was thrown", async () => {
    const outcome = await negotiate(
      withUpgrade(() => {
        throw refuse(4403, "banned");
      }),
      attempt().attempt,
      undefined,
    );
    expect(outcome).toMatchObject({ kind: "refuse", refusal: { code: 4403, reason: "banned" } });
  });

  it("takes the answers of @hono/node-server's Response, and the ones that it replaced", async () => {
    const native = globalThis.Response;
    const { getRequestListener } = await import("@hono/node-server");
    getRequestListener(() => new Response());
    try {
      expect(globalThis.Response).not.toBe(native);
      for (const made of [new native("no", { status: 401 }), new Response("no", { status: 401 })]) {
        for (const response of [made.clone(), made]) {
          expect(await answerOf(() => response)).toMatchObject({ status: 401, body: "no" });
        }
      }
    } finally {
      globalThis.Response = native;
    }
  });

  it("waits for a thenable as for a promise, and no longer", async () => {
    const { attempt: given, clock } = attempt();
    const outcome = negotiate(
      withUpgrade(() => neverSettled(), { upgradeMs: 100 }),
      given,
      undefined,
    );
    clock.advance(100);
    expect(await outcome).toMatchObject({ kind: "answer", response: { status: 503 } });
    const decided = await negotiate(
      withUpgrade(() => otherPromise({ room: "hall" })),
      attempt().attempt,
      undefined,
    );
    expect(decided).toMatchObject({ kind: "accept", snapshot: { room: "hall" } });
  });

  it("answers 500 when the function of origins throws", async () => {
    const definition = defineSocket({
      name: "test",
      origins() {
        throw new Error("oops");
      },
    });
    const { attempt: given, events } = attempt({ ...HANDSHAKE, origin: "https://b.example" } as typeof HANDSHAKE);
    expect(await negotiate(definition, given, undefined)).toMatchObject({ response: { status: 500 } });
    expect(events[0]).toMatchObject({ type: "error" });
  });

  it("opens a refused socket only to close it", async () => {
    const outcome = await negotiate(
      withUpgrade(() => refuse(4403, "banned")),
      attempt().attempt,
      undefined,
    );
    expect(outcome).toMatchObject({ kind: "refuse", refusal: { code: 4403, reason: "banned" } });
  });

  it("answers 503 past limits.upgradeMs, aborts the signal and drops the late result", async () => {
    const hook = gate();
    let signal: AbortSignal | undefined;
    const { attempt: given, clock } = attempt();
    const outcome = negotiate(
      withUpgrade(
        (_, context) => {
          signal = context.signal;
          return hook.promise;
        },
        { upgradeMs: 100 },
      ),
      given,
      undefined,
    );
    clock.advance(100);
    hook.open();
    expect(await outcome).toMatchObject({ kind: "answer", response: { status: 503 } });
    expect(signal?.aborted).toBe(true);
  });

  it("aborts the signal when the client goes away, and answers nobody", async () => {
    const client = new AbortController();
    let signal: AbortSignal | undefined;
    const { attempt: given, events, clock } = attempt(HANDSHAKE, { gone: client.signal });
    const outcome = negotiate(
      withUpgrade((_, context) => {
        signal = context.signal;
        return new Promise(() => {});
      }),
      given,
      undefined,
    );
    client.abort();
    expect(await outcome).toEqual({ kind: "gone" });
    expect(signal?.aborted).toBe(true);
    expect(events).toMatchObject([{ type: "refused", failure: { code: "CLIENT_GONE" } }]);
    expect(clock.timers.size).toBe(0);
  });

  it("keeps the signal whole when all goes well", async () => {
    let signal: AbortSignal | undefined;
    await negotiate(
      withUpgrade(async (_, context) => {
        signal = context.signal;
      }),
      attempt().attempt,
      undefined,
    );
    expect(signal?.aborted).toBe(false);
  });

  it("lets a decision choose among the offered subprotocols, and set headers but not the handshake's own", async () => {
    const { attempt: given } = attempt({ ...HANDSHAKE, "sec-websocket-protocol": "v1, v2" } as typeof HANDSHAKE);
    const headers = new Headers({ "x-a": "1", upgrade: "h2c", "sec-websocket-accept": "x", "content-length": "1" });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    const outcome = await negotiate(
      withUpgrade(() => ({ protocol: "v1", headers })),
      given,
      undefined,
    );
    if (outcome.kind !== "accept") throw new Error(outcome.kind);
    expect(outcome.snapshot.protocol).toBe("v1");
    expect([...(outcome.headers ?? [])]).toEqual([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-a", "1"],
    ]);
  });

  it("warns about HTTP/1.0 and goes on", async () => {
    const { attempt: given, events } = attempt(HANDSHAKE, { httpVersion: "1.0" });
    expect(
      await negotiate(
        withUpgrade(() => {}),
        given,
        undefined,
      ),
    ).toMatchObject({ kind: "accept" });
    expect(events).toMatchObject([{ type: "warning", failure: { code: "HTTP_1_0" } }]);
  });

  it("tells the observer when a promise given to waitUntil fails", async () => {
    const kept: Promise<unknown>[] = [];
    const { attempt: given, events } = attempt(HANDSHAKE, { waitUntil: (promise) => void kept.push(promise) });
    await negotiate(
      withUpgrade((_, { waitUntil }) => waitUntil(Promise.reject(new Error("later")))),
      given,
      undefined,
    );
    await Promise.all(kept);
    expect(events).toMatchObject([{ type: "error" }]);
  });
});
