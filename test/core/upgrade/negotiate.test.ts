import { describe, expect, it } from "vitest";
import {
  type Decision,
  defineSocket,
  refuse,
  type UpgradeContext,
  type UpgradeResult,
} from "../../../src/core/contract/definition.ts";
import { negotiate } from "../../../src/core/upgrade/negotiate.ts";
import { attempt, gate, HANDSHAKE } from "../helpers/helpers.ts";

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
      seed: { room: "lobby", state: { name: "Ann" }, url: "http://a.example/chat", remoteAddress: "192.0.2.1" },
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

  it("puts everything into the default room when upgrade returns nothing", async () => {
    const outcome = await negotiate(
      withUpgrade(() => {}),
      attempt().attempt,
      { room: "ignored" },
    );
    expect(outcome).toMatchObject({ kind: "accept", seed: { room: "default", state: undefined } });
  });

  it("shows upgrade what the route passed", async () => {
    const outcome = await negotiate(
      withUpgrade((_, { from }) => ({ room: `${from?.room}!` })),
      attempt().attempt,
      { room: "lobby" },
    );
    expect(outcome).toMatchObject({ seed: { room: "lobby!" } });
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
    ["returns a number", () => 7],
    ["names a room that is no string", () => ({ room: 7 })],
    ["names a room with half a character", () => ({ room: "a\ud800" })],
    ["gives state that is no plain data", () => ({ state: { at: new Date() } })],
    ["chooses a subprotocol that the client did not offer", () => ({ protocol: "v9" })],
  ])("answers 500, and tells only the observer why, when upgrade %s", async (_, upgrade) => {
    const { status, body, events } = await answerOf(upgrade);
    expect(status).toBe(500);
    expect(body).toMatch(/^HANDLER_ERROR: /);
    expect(body).not.toContain("secret");
    expect(events.map((event) => event.type)).toEqual(["error", "refused"]);
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
    expect(outcome.seed.protocol).toBe("v1");
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
