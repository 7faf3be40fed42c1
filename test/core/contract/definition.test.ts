import { deflate } from "onesocket/deflate";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  defineSocket,
  isDefinition,
  refuse,
  type SocketOptions,
  type UpgradeContext,
} from "../../../src/core/contract/definition.ts";
import { DEFAULT_LIMITS } from "../../../src/core/contract/limits.ts";

describe("defineSocket", () => {
  it("fills in the limits, and freezes what it returns", () => {
    const chat = defineSocket({ name: "chat", limits: { messageBytes: 10 } });
    expect(chat.limits).toEqual({ ...DEFAULT_LIMITS, messageBytes: 10 });
    expect(Object.isFrozen(chat)).toBe(true);
  });

  it.each([
    ["no name", {}, TypeError],
    ["an empty name", { name: "" }, TypeError],
    ["a subprotocol that is no token", { name: "a", protocols: ["a b"] }, TypeError],
    ["an origin that is none", { name: "a", origins: ["example.com/path"] }, TypeError],
    ["an observer that is none", { name: "a", observe: "console" }, TypeError],
    ["an unknown limit", { name: "a", limits: { messagebytes: 1 } }, RangeError],
    ["a limit of zero", { name: "a", limits: { messageBytes: 0 } }, RangeError],
    ["a limit that is no whole number", { name: "a", limits: { upgradeMs: 0.5 } }, RangeError],
    ["more state than a hibernating object keeps", { name: "a", limits: { stateBytes: 8193 } }, RangeError],
  ])("throws for %s", (_, options, error) => {
    expect(() => defineSocket(options as { name: string })).toThrow(error);
  });

  it("infers state and env from upgrade", () => {
    defineSocket({
      name: "chat",
      async upgrade(request: Request, { env }: UpgradeContext<{ SECRET: string }>) {
        expectTypeOf(env.SECRET).toBeString();
        if (!request.url) return new Response(null, { status: 401 });
        if (request.url === "x") return refuse(4000);
        return { room: "a", state: { name: "x", count: 0 } };
      },
      message(socket) {
        expectTypeOf(socket.state).toEqualTypeOf<{ readonly name: string; readonly count: number }>();
        expectTypeOf(socket.env).toEqualTypeOf<{ SECRET: string }>();
        expectTypeOf(socket.room.sockets[0]!.state.name).toBeString();
      },
    });
  });

  it("infers state from what the handlers say, where there is no upgrade", () => {
    const chat = defineSocket({
      name: "chat",
      open: (socket: import("../../../src/index.ts").Socket<{ n: number }>) => socket.state.n,
    });
    expectTypeOf(chat).toEqualTypeOf<
      import("../../../src/index.ts").SocketDefinition<{ n: number }, unknown, { n: number }>
    >();
  });
});

describe("an option that there is none of", () => {
  it.each([
    [{ onMessage() {} }, 'a definition has no option "onMessage": did you mean "message"?'],
    [{ onopen() {} }, 'a definition has no option "onopen": did you mean "open"?'],
    [{ on_close() {} }, 'a definition has no option "on_close": did you mean "close"?'],
    [{ origin: "*" }, 'a definition has no option "origin": did you mean "origins"?'],
    [{ protocol: ["a"] }, 'a definition has no option "protocol": did you mean "protocols"?'],
    [{ Limits: {} }, 'a definition has no option "Limits": did you mean "limits"?'],
    [{ messsage() {} }, 'a definition has no option "messsage": did you mean "message"?'],
    [{ maxPayload: 1 }, 'a definition has no option "maxPayload"'],
    [{ on: {} }, 'a definition has no option "on"'],
    [{ observe: { close() {} } }, 'observe has no event "close": did you mean "closed"?'],
    [{ onMessage: undefined }, 'a definition has no option "onMessage": did you mean "message"?'],
    [{ heartbeat: { everyMS: 1 } }, 'heartbeat has no option "everyMS": did you mean "everyMs"?'],
  ])("is a TypeError, and the near one is named: %o", (options, message) => {
    const make = () => defineSocket({ name: "test", ...options } as SocketOptions);
    expect(make).toThrow(new TypeError(message));
  });

  it("is refused among limits too", () => {
    const make = () => defineSocket({ name: "test", limits: { messageByte: 1 } as object });
    expect(make).toThrow(new RangeError('limits.messageByte is not a limit: did you mean "messageBytes"?'));
  });

  it("is none of those that a definition itself has", () => {
    const whole = defineSocket({ name: "a", compression: deflate(), heartbeat: true, limits: {} });
    expect(() => defineSocket({ ...whole, name: "b" })).not.toThrow();
  });
});

describe("subprotocols", () => {
  it("are none by default, and onesocket where there is JSON-RPC to speak", () => {
    const methods = { hello: { handle: () => "hello" } };
    expect(defineSocket({ name: "a" }).protocols).toBeUndefined();
    expect(defineSocket({ name: "a", methods }).protocols).toEqual(["onesocket"]);
    expect(defineSocket({ name: "a", history: {} }).protocols).toEqual(["onesocket"]);
    expect(defineSocket({ name: "a", methods, protocols: ["chat"] }).protocols).toEqual(["chat"]);
  });
});

describe("isDefinition", () => {
  it("tells a definition from an app, and from anything else", () => {
    expect(isDefinition(defineSocket({ name: "a" }))).toBe(true);
    for (const other of [undefined, null, 1, "a", {}, { name: "a" }, { fetch() {} }])
      expect(isDefinition(other)).toBe(false);
  });
});

describe("refuse", () => {
  it("throws for what a Close may not carry", () => {
    expect(() => refuse(1006)).toThrow(TypeError);
    expect(() => refuse(4000, "x".repeat(124))).toThrow(TypeError);
    expect(refuse(4000, "no")).toMatchObject({ code: 4000, reason: "no" });
  });
});
