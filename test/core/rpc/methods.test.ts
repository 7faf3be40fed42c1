import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineSocket } from "../../../src/core/contract/definition.ts";
import { RpcError } from "../../../src/core/rpc/rpc-error.ts";
import { type } from "../../../src/core/rpc/schema.ts";
import { PING, PONG } from "../../../src/core/rpc/wire.ts";
import { gate } from "../../helpers/core/core.ts";
import { unawaitable } from "../../hosts/results.ts";
import { ERRORS, talking } from "./talking.ts";

/** A definition with one method, called `do`. */
const one = (handle: (socket: unknown, params: unknown) => unknown, params: unknown = type<unknown>()) =>
  defineSocket({ name: "one", methods: { do: { params: params as ReturnType<typeof type>, handle } } });

/** A socket of a definition with one notification. */
const saying = (said: unknown = type<unknown>()) => {
  const { session, transport } = talking(
    defineSocket({ name: "one", notifications: { said: said as ReturnType<typeof type> } }),
  );
  return { say: (params: unknown) => session.notify("said", params), transport };
};

const request = (id: unknown, method = "do", params?: unknown) => ({ jsonrpc: "2.0", id, method, params });

describe("a method", () => {
  it.each([
    ["a value", () => ({ a: 1 }), { a: 1 }],
    ["a promise's value", async () => [1], [1]],
    ["nothing, as null", () => {}, null],
    ["what JSON has no word for, as null", () => () => 1, null],
    ["another realm's promise", () => runInNewContext("Promise.resolve(7)"), 7],
  ])("answers with %s", async (_, handle, result) => {
    expect(await talking(one(handle)).call("do")).toEqual({ jsonrpc: "2.0", id: 1, result });
  });

  it.each([
    ["a throw", () => Promise.reject(new Error("the secret is xyzzy"))],
    [
      "a rejection",
      () => {
        throw new Error("the secret is xyzzy");
      },
    ],
    ["a bigint", () => 1n],
    [
      "a circle",
      () => {
        const circle: unknown[] = [];
        circle.push(circle);
        return circle;
      },
    ],
    ["a then that can't be read", () => unawaitable("no")],
    ["a RpcError whose data can't be written", () => Promise.reject(new RpcError(1, "no", 1n))],
    [
      "something of a RpcError's shape with a reserved code",
      () => Promise.reject({ type: "onesocket.rpc-error", code: -32_000, message: "" }),
    ],
    ["nothing at all", () => Promise.reject(undefined)],
  ])(
    "that ends with %s is an internal error: the log is told, the client is not, and the socket stays open",
    async (_, handle) => {
      const { call, events, session } = talking(one(handle));
      expect(await call("do")).toEqual({ jsonrpc: "2.0", id: 1, error: ERRORS.internal });
      expect(events.map((event) => event.type)).toEqual(["error"]);
      expect(session.readyState).toBe(1);
      expect(await call("do")).toMatchObject({ id: 2 });
    },
  );

  it("gives what it throws to the error hook, whose own failure is told and closes nothing", async () => {
    const thrown: unknown[] = [];
    const definition = defineSocket({
      name: "one",
      methods: {
        do: { handle: () => Promise.reject(new Error("first")) },
        fail: { handle: () => Promise.reject("x") },
      },
      async error(_, error) {
        thrown.push(error);
        if (error === "x") throw new Error("second");
      },
    });
    const { call, events, session } = talking(definition);
    expect(await call("do")).toMatchObject({ error: ERRORS.internal });
    expect(thrown).toEqual([new Error("first")]);
    expect(events).toEqual([]);
    expect(await call("fail")).toMatchObject({ error: ERRORS.internal });
    expect(events).toMatchObject([{ type: "error", error: new Error("second") }]);
    expect(session.readyState).toBe(1);
  });

  it("answers with an error of its own, by code, message and data", async () => {
    const { call, events } = talking(one(() => Promise.reject(new RpcError(409, "taken", { name: "ada" }))));
    expect(await call("do")).toEqual({
      jsonrpc: "2.0",
      id: 1,
      error: { code: 409, message: "taken", data: { name: "ada" } },
    });
    expect(events).toEqual([]);
  });

  it.each([-32_768, -32_700, -32_000, 1.5, Number.NaN, "1"])("has no error with the code %s", (code) => {
    expect(() => new RpcError(code as number, "")).toThrow(RangeError);
  });

  it("answers nothing to a notification, whatever becomes of it", async () => {
    const { tell, events } = talking(one(() => Promise.reject(new Error("no")), z.number()));
    expect(await tell({ jsonrpc: "2.0", method: "do", params: [1] })).toEqual([]);
    expect(await tell({ jsonrpc: "2.0", method: "do", params: ["a"] })).toEqual([]);
    expect(await tell({ jsonrpc: "2.0", method: "none" })).toEqual([]);
    expect(events).toHaveLength(1);
  });

  it.each([0, -1, 1.5, 9_007_199_254_740_991, "", "a", "1", null])(
    "takes the id %j, and answers with the same",
    async (id) => {
      expect(await talking(one(() => 1)).tell(request(id))).toEqual([{ jsonrpc: "2.0", id, result: 1 }]);
    },
  );

  it.each(["true", "{}", "[1]", "1e400", "9007199254740993"])("takes no id like %s", async (id) => {
    const text = `{"jsonrpc":"2.0","id":${id},"method":"do"}`;
    expect(await talking(one(() => 1)).tell(text)).toEqual([{ jsonrpc: "2.0", id: null, error: ERRORS.invalid }]);
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "rpc.none", ""])(
    "is not there by the name %j",
    async (name) => {
      expect(await talking(one(() => 1)).call(name)).toEqual({ jsonrpc: "2.0", id: 1, error: ERRORS.unknown });
    },
  );

  it("can be called __proto__ when that is its name", async () => {
    const definition = defineSocket({ name: "one", methods: { ["__proto__"]: { handle: () => 1 } } });
    expect(await talking(definition).call("__proto__")).toMatchObject({ result: 1 });
  });

  it("is called by a request that has a result as well", async () => {
    expect(await talking(one(() => 7)).tell({ ...request(1), result: 1 })).toMatchObject([{ id: 1, result: 7 }]);
  });

  it("never answers an answer", async () => {
    const { tell } = talking(one(() => 1));
    expect(await tell({ jsonrpc: "2.0", id: 1, result: 1 })).toEqual([]);
    expect(await tell({ jsonrpc: "2.0", id: 1, error: { code: 1, message: "" } })).toEqual([]);
    expect(await tell([{ jsonrpc: "2.0", id: 1, result: 1 }])).toEqual([]);
  });
});

describe("params", () => {
  const echo = (params: unknown) => talking(one((_, given) => given ?? "none", params));

  it.each([
    ["an object", z.object({ a: z.number() }), { a: 1 }, { a: 1 }],
    ["a string, as a list of one", z.string(), ["ada"], "ada"],
    ["a list, as a list of one", z.array(z.number()), [[1, 2]], [1, 2]],
    ["a list of two", z.tuple([z.number(), z.number()]), [1, 2], [1, 2]],
    ["a list of one, where that is what the schema takes", z.tuple([z.number()]), [1], [1]],
    ["none", z.undefined(), undefined, "none"],
    ["what an async schema takes", z.string().refine(async () => true), ["ada"], "ada"],
    ["a list of one by an async schema", z.tuple([z.number()]).refine(async () => true), [1], [1]],
    ["what the schema makes of them", z.object({ a: z.string().transform(Number) }), { a: "7" }, { a: 7 }],
  ])("are %s", async (_, schema, params, given) => {
    expect(await echo(schema).call("do", params)).toMatchObject({ result: given });
  });

  it("are told what is wrong with them", async () => {
    const schema = z.object({ list: z.array(z.object({ a: z.number() })) });
    expect(await echo(schema).call("do", { list: [{ a: 1 }, { a: "x" }] })).toEqual({
      jsonrpc: "2.0",
      id: 1,
      error: { ...ERRORS.params, data: [{ message: expect.stringContaining("number"), path: ["list", 1, "a"] }] },
    });
  });

  it("are told of the first sixteen things that are wrong, so that an answer is not larger than what it answers", async () => {
    const answer = await echo(z.array(z.number())).call("do", [Array.from({ length: 1000 }, () => "x")]);
    expect(answer?.error?.data).toHaveLength(16);
  });

  it.each(["text", 1, true, null])("are invalid as %j: the standard has a list or an object", async (params) => {
    expect(await echo(z.unknown()).tell(request(1, "do", params))).toEqual([
      { jsonrpc: "2.0", id: 1, error: ERRORS.invalid },
    ]);
  });

  it("of a megabyte are params like any other", async () => {
    const text = "x".repeat(1_000_000);
    expect(await echo(z.string()).call("do", [text])).toMatchObject({ result: text });
    expect(await echo(z.number()).call("do", [text])).toMatchObject({ error: ERRORS.params });
  });

  it.each(['{"__proto__":{"a":1}}', '[{"a":[{"__proto__":1}]}]', '{"\\u005f_proto__":{}}'])(
    "are refused that have a key __proto__: %s",
    async (params) => {
      const { tell } = echo(type<unknown>());
      const answer = {
        jsonrpc: "2.0",
        id: 1,
        error: { ...ERRORS.params, data: [{ message: "a key is __proto__", path: [] }] },
      };
      expect(await tell(`{"jsonrpc":"2.0","id":1,"method":"do","params":${params}}`)).toEqual([answer]);
    },
  );

  it("may have __proto__ as a value", async () => {
    expect(await echo(type<unknown>()).call("do", ["__proto__"])).toMatchObject({ result: "__proto__" });
  });

  it("may be nested as deep as they are long", async () => {
    const deep = `${"[".repeat(200_000)}"\\u0041"${"]".repeat(200_000)}`;
    const { tell } = talking(one((_, given) => (Array.isArray(given) ? "list" : given)));
    expect(await tell(`{"jsonrpc":"2.0","id":1,"method":"do","params":${deep}}`)).toMatchObject([{ result: "list" }]);
  });

  it("whose schema throws are an internal error", async () => {
    const broken = { "~standard": { version: 1, vendor: "x", validate: () => Promise.reject(new Error("schema")) } };
    const { call, events } = echo(broken);
    expect(await call("do", [1])).toMatchObject({ error: ERRORS.internal });
    expect(events).toMatchObject([{ type: "error", error: new Error("schema") }]);
  });

  it.each([true, false, {}, null, undefined, "no", Promise.resolve(false), { issues: false }, { issues: 0 }])(
    "get nowhere by a schema that is none, and answers %j",
    async (answer) => {
      const schema = { "~standard": { version: 1, vendor: "x", validate: () => answer } };
      for (const params of [[1], [1, 2], { a: 1 }]) {
        const { call, events } = echo(schema);
        expect(await call("do", params)).toMatchObject({ error: ERRORS.internal });
        expect(events).toMatchObject([{ type: "error", error: expect.any(TypeError) }]);
      }
    },
  );

  it("get nowhere by issues that are there once only", async () => {
    const once = () => ({
      value: 1,
      asked: 0,
      get issues() {
        return this.asked++ ? undefined : [{ message: "no" }];
      },
    });
    const schema = { "~standard": { version: 1, vendor: "x", validate: once } };
    for (const params of [[1], { a: 1 }])
      expect(await echo(schema).call("do", params)).toMatchObject({ error: ERRORS.params });
  });
});

describe("the params of a notification", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const throws = {
    toJSON: () => {
      throw new Error("mine");
    },
  };

  it.each([
    ["a bigint", 1n, /notification said can't be written as JSON: .*BigInt/],
    ["a bigint inside", { a: [1n] }, /notification said can't be written as JSON: .*BigInt/],
    ["a circle", circle, /notification said can't be written as JSON/],
    ["a function", () => 1, /notification said can't be written as JSON: JSON has no function/],
    ["a symbol", Symbol("s"), /notification said can't be written as JSON: JSON has no symbol/],
    ["what throws when it is written", throws, /notification said can't be written as JSON: mine/],
  ])("may not be %s, and nothing is sent", (_, params, message) => {
    const { say, transport } = saying();
    expect(() => say(params)).toThrow(
      expect.objectContaining({ name: "TypeError", message: expect.stringMatching(message) }),
    );
    expect(transport.sent).toEqual([]);
  });

  it.each([false, {}, null])("do not pass by a schema that is none, and answers %j", (answer) => {
    const { say, transport } = saying({ "~standard": { version: 1, vendor: "x", validate: () => answer } });
    expect(() => say(1)).toThrow(TypeError);
    expect(transport.sent).toEqual([]);
  });
});

describe("a batch", () => {
  it("of more than a hundred calls is refused as a whole", async () => {
    const called: unknown[] = [];
    const { tell } = talking(one((_, given) => called.push(given)));
    const calls = (length: number) => Array.from({ length }, (_, id) => request(id));
    expect(await tell(calls(100))).toHaveLength(1);
    expect(called).toHaveLength(100);
    for (const length of [101, 10_000]) {
      const data = "a batch has at most 100 calls";
      expect(await tell(calls(length))).toEqual([{ jsonrpc: "2.0", id: null, error: { ...ERRORS.invalid, data } }]);
    }
    expect(called).toHaveLength(100);
  });

  it("has its calls done one after the other, and what comes after it waits", async () => {
    const log: string[] = [];
    const first = gate();
    const { tell } = talking(
      one(async (_, given) => {
        log.push(`begin ${given}`);
        if (given === "a") await first.promise;
        log.push(`end ${given}`);
      }),
    );
    expect(await tell([request(1, "do", ["a"]), request(2, "do", ["b"])])).toEqual([]);
    expect(await tell(request(3, "do", ["c"]))).toEqual([]);
    expect(log).toEqual(["begin a"]);
    first.open();
    const answers = await tell(request(4, "do", ["d"]));
    expect(log).toEqual(["begin a", "end a", "begin b", "end b", "begin c", "end c", "begin d", "end d"]);
    expect(answers.map((answer) => (Array.isArray(answer) ? answer.map(({ id }) => id) : answer.id))).toEqual([
      [1, 2],
      3,
      4,
    ]);
  });

  it("takes no id twice, since its answers could not be told apart", async () => {
    const { tell } = talking(one((_, given) => given));
    const data = "a request with this id is not answered yet";
    expect(await tell([request(1, "do", ["a"]), request(1, "do", ["b"])])).toEqual([
      [
        { jsonrpc: "2.0", id: 1, result: "a" },
        { jsonrpc: "2.0", id: null, error: { ...ERRORS.invalid, data } },
      ],
    ]);
    expect(await tell(request(1, "do", ["c"]))).toMatchObject([{ id: 1, result: "c" }]);
  });
});

describe("the order", () => {
  it("is kept with a slow method and with an async schema", async () => {
    const slow = gate();
    const definition = defineSocket({
      name: "order",
      methods: {
        slow: { handle: () => slow.promise.then(() => "slow") },
        checked: { params: z.string().refine(async () => true), handle: (_, text) => text },
        quick: { handle: () => "quick" },
      },
    });
    const { tell } = talking(definition);
    expect(await tell(request(1, "slow"))).toEqual([]);
    expect(await tell(request(2, "checked", ["checked"]))).toEqual([]);
    slow.open();
    expect(await tell(request(3, "quick"))).toMatchObject([
      { result: "slow" },
      { result: "checked" },
      { result: "quick" },
    ]);
  });

  it("is not that of concurrent methods, which hold up nothing", async () => {
    const gates = [gate(), gate()];
    const definition = defineSocket({
      name: "order",
      methods: {
        watch: { params: z.number(), concurrent: true, handle: (_, n) => gates[n]!.promise.then(() => n) },
        quick: { handle: () => "quick" },
      },
    });
    const { tell } = talking(definition);
    expect(await tell(request("a", "watch", [0]))).toEqual([]);
    expect(await tell([request("b", "watch", [1]), request("c", "quick")])).toEqual([]);
    expect(await tell(request("d", "quick"))).toMatchObject([{ id: "d", result: "quick" }]);
    const data = "a request with this id is not answered yet";
    expect(await tell(request("a", "quick"))).toEqual([
      { jsonrpc: "2.0", id: null, error: { ...ERRORS.invalid, data } },
    ]);
    expect(await tell(request("a", "watch", [0]))).toEqual([
      { jsonrpc: "2.0", id: null, error: { ...ERRORS.invalid, data } },
    ]);
    gates[1]!.open();
    expect(await tell(request("e", "quick"))).toMatchObject([
      { id: "e" },
      [
        { id: "b", result: 1 },
        { id: "c", result: "quick" },
      ],
    ]);
    gates[0]!.open();
    expect(await tell(request("f", "quick"))).toMatchObject([{ id: "f" }, { id: "a", result: 0 }]);
    expect(await tell(request("a", "quick"))).toMatchObject([{ id: "a", result: "quick" }]);
  });

  it("has at most 64 concurrent calls of a socket at a time; the next message waits", async () => {
    const all = gate();
    const definition = defineSocket({
      name: "order",
      methods: { watch: { concurrent: true, handle: () => all.promise }, quick: { handle: () => "quick" } },
    });
    const { tell } = talking(definition);
    const watching = Array.from({ length: 64 }, (_, id) => request(id, "watch"));
    await tell(watching.slice(0, 60));
    for (const one of watching.slice(60, 63)) await tell(one);
    expect(await tell(request("before", "quick"))).toMatchObject([{ id: "before" }]);
    await tell(watching[63]!);
    expect(await tell(request("next", "quick"))).toEqual([]);
    all.open();
    const answers = await tell(request("last", "quick"));
    const ids = answers.map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set([60, 61, 62, 63, "next", "last", undefined]));
    expect(ids.indexOf("next")).toBeLessThan(ids.indexOf("last"));
  });

  it("counts concurrent calls out again that end at once, and tells none apart by null", async () => {
    const all = gate();
    const definition = defineSocket({
      name: "order",
      methods: {
        quick: { concurrent: true, handle: () => 1 },
        slow: { concurrent: true, handle: () => all.promise.then(() => "slow") },
      },
    });
    const { tell, call } = talking(definition);
    for (let n = 0; n < 70; n++) expect(await call("quick")).toMatchObject({ result: 1 });
    for (let n = 0; n < 2; n++) expect(await tell(request(null, "slow"))).toEqual([]);
    all.open();
    expect(await tell(request("last", "quick"))).toMatchObject([
      { id: "last" },
      { result: "slow" },
      { result: "slow" },
    ]);
  });

  it("goes on when a concurrent call fails", async () => {
    const definition = defineSocket({
      name: "order",
      methods: { do: { concurrent: true, handle: () => Promise.reject("no") } },
    });
    const { call, events } = talking(definition);
    for (let n = 0; n < 70; n++) expect(await call("do")).toMatchObject({ error: ERRORS.internal });
    expect(events).toHaveLength(70);
  });
});

describe("what is no JSON-RPC", () => {
  const texts = [
    "hello",
    "5",
    "null",
    '"text"',
    "[]",
    "[1]",
    '{"a":1}',
    '{"jsonrpc":"1.0"}',
    '{"method":"do"}',
    "{",
    "",
  ];

  it.each(texts)("goes to the message hook: %j", async (text) => {
    const heard: unknown[] = [];
    const definition = defineSocket({
      name: "mixed",
      methods: { do: { handle: () => 1 } },
      message(this: { name: string }, _, data) {
        heard.push([this.name, data]);
      },
    });
    const { tell, call } = talking(definition);
    expect(await tell(text)).toEqual([]);
    expect(await tell(Uint8Array.of(1))).toEqual([]);
    expect(heard).toEqual([
      ["mixed", text],
      ["mixed", Uint8Array.of(1)],
    ]);
    expect(await call("do")).toMatchObject({ result: 1 });
  });

  it.each(texts)("is answered as the standard says where there is no message hook: %j", async (text) => {
    const { tell } = talking(one(() => 1));
    const broken = ["hello", "{", ""].includes(text);
    expect(await tell(text)).toEqual([{ jsonrpc: "2.0", id: null, error: broken ? ERRORS.parse : ERRORS.invalid }]);
    expect(await tell(Uint8Array.of(1))).toEqual([]);
  });
});

describe("the heartbeat of a definition with methods", () => {
  it("is one exact text, which no handler sees", async () => {
    const { tell, sent, session, transport } = talking(one(() => 1));
    session.receiveMessage(PING);
    expect(transport.sent).toEqual([PONG]);
    expect(await tell(`${PING} `)).toEqual([JSON.parse(PONG)]);
    expect(sent()).toHaveLength(2);
  });

  it("is the pair that the definition names", async () => {
    const { definition } = talking(
      defineSocket({ name: "a", methods: {}, heartbeat: { everyMs: 1000, text: { ping: "ping", pong: "pong" } } }),
    ).session;
    expect(definition.heartbeat).toMatchObject({ everyMs: 1000, text: { ping: "ping", pong: "pong" }, asked: true });
  });

  it("is there when a heartbeat is asked for", () => {
    const { heartbeat } = defineSocket({ name: "a", methods: {}, heartbeat: true });
    expect(heartbeat).toMatchObject({ asked: true, text: { ping: PING, pong: PONG } });
  });

  it("leaves protocol pings as they are", () => {
    const { heartbeat } = defineSocket({ name: "a" });
    const { heartbeat: named } = defineSocket({ name: "a", methods: {} });
    expect(named).toEqual({ ...(heartbeat as object), text: { ping: PING, pong: PONG } });
  });

  it("is answered by hand where there is none", async () => {
    const { tell } = talking(defineSocket({ name: "a", methods: {}, heartbeat: false }));
    expect(await tell(PING)).toEqual([JSON.parse(PONG)]);
  });
});

describe("defineSocket", () => {
  it.each([
    [{ methods: { "rpc.do": { handle() {} } } }, "methods.rpc.do: names that begin with rpc. are the protocol's own"],
    [
      { notifications: { "rpc.did": type() } },
      "notifications.rpc.did: names that begin with rpc. are the protocol's own",
    ],
    [{ methods: { do: () => 1 } }, "methods.do has no handle"],
    [{ methods: { do: {} } }, "methods.do has no handle"],
    [{ methods: { do: null } }, "methods.do has no handle"],
    [
      { methods: { do: { handle() {}, param: z.string() } } },
      'methods.do has no option "param": did you mean "params"?',
    ],
    [{ methods: { do: { handle() {}, params: "string" } } }, "methods.do.params is no Standard Schema"],
    [{ notifications: { did: null } }, "notifications.did is no Standard Schema"],
  ])("refuses %o", (options, words) => {
    expect(() => defineSocket({ name: "a", ...(options as object) })).toThrow(TypeError);
    expect(() => defineSocket({ name: "a", ...(options as object) })).toThrow(words);
  });

  it("takes a definition for the options of another", async () => {
    const again = defineSocket({ ...one(() => 7), name: "again" } as Parameters<typeof defineSocket>[0]);
    expect(await talking(again).call("do")).toMatchObject({ result: 7 });
    expect(await talking(again).tell("hello")).toMatchObject([{ error: ERRORS.parse }]);
  });
});
