import { Hono, type MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import { setCookie } from "hono/cookie";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import { logger } from "hono/logger";
import { poweredBy } from "hono/powered-by";
import { secureHeaders } from "hono/secure-headers";
import { timing } from "hono/timing";
import type { WSContext, WSEvents } from "hono/ws";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type ClosureOptions, upgrade, upgradeWebSocket } from "../../../src/adapters/hono/index.ts";
import { type NodeServer, serve } from "../../../src/adapters/node/index.ts";
import { executionContext, platform } from "../../../src/adapters/shared/platform.ts";
import { CLOSURE, defineSocket, refuse } from "../../../src/core/contract/definition.ts";
import type { SocketEvent } from "../../../src/core/contract/observer.ts";
import type { Attempt } from "../../../src/core/upgrade/attempt.ts";
import type { Outcome } from "../../../src/core/upgrade/outcome.ts";
import { type FetchApp, serveAttempt } from "../../../src/core/upgrade/serve.ts";
import { HTTP1 } from "../../../src/core/upgrade/validate.ts";
import { brief } from "../../helpers/core/core.ts";

const HANDSHAKE = {
  host: "example.com",
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
};

const told: SocketEvent[] = [];

/** Passes a request through the app, as a host does. */
async function pass(app: FetchApp, path: string, headers: HeadersInit = HANDSHAKE): Promise<Outcome> {
  const request = new Request(`http://example.com${path}`, { headers });
  const env = { SECRET: "s" };
  const attempt: Attempt = {
    method: request.method,
    url: request.url,
    headers: request.headers,
    profile: HTTP1,
    remoteAddress: "192.0.2.1",
    host: { env, platform, observe: brief(told), waitUntil() {} },
    gone: undefined,
    request: () => request,
  };
  return serveAttempt(app, attempt, env, executionContext(attempt.host.observe));
}

async function accepted(app: FetchApp, path: string, headers?: HeadersInit) {
  const outcome = await pass(app, path, headers);
  if (outcome.kind === "answer") expect.fail(`${outcome.response.status} ${await outcome.response.text()}`);
  if (outcome.kind !== "accept") expect.fail(outcome.kind);
  return outcome;
}

async function answered(app: FetchApp, path: string, headers?: HeadersInit) {
  const outcome = await pass(app, path, headers);
  if (outcome.kind !== "answer") expect.fail(outcome.kind);
  return outcome.response;
}

const chat = defineSocket({ name: "chat" });
const room = (path = "/chat") =>
  new Hono().get(path, (c) => upgrade(c, chat, { room: "lobby", state: { name: "ada" } }));
const around = (middleware: MiddlewareHandler) => new Hono().use(middleware).route("/", room());
const without = (...names: string[]) => Object.entries(HANDSHAKE).filter(([name]) => !names.includes(name));

describe("upgrade", () => {
  it("records what the route decided", async () => {
    const { definition, snapshot } = await accepted(room(), "/chat?a=1");
    expect(definition).toBe(chat);
    expect(snapshot).toMatchObject({ room: "lobby", state: { name: "ada" }, url: "http://example.com/chat?a=1" });
  });

  it("gives what the route passed to the definition's own upgrade", async () => {
    const own = defineSocket({ name: "own", upgrade: (_, { from }) => ({ room: `${from?.room}-2` }) });
    const app = new Hono().get("/:room", (c) => upgrade(c, own, { room: c.req.param("room") }));
    expect((await accepted(app, "/lobby")).snapshot.room).toBe("lobby-2");
  });

  it("hands on a refusal that is to be read as a close code", async () => {
    const closed = defineSocket({ name: "closed", upgrade: () => refuse(4403, "banned") });
    expect(
      await pass(
        new Hono().get("/", (c) => upgrade(c, closed)),
        "/",
      ),
    ).toMatchObject({
      kind: "refuse",
      refusal: { code: 4403, reason: "banned" },
    });
  });

  it("sends a Response of the definition's upgrade", async () => {
    const closed = defineSocket({ name: "closed", upgrade: () => new Response("sign in", { status: 401 }) });
    const response = await answered(
      new Hono().get("/", (c) => upgrade(c, closed)),
      "/",
    );
    expect([response.status, await response.text()]).toEqual([401, "sign in"]);
  });

  it("lets a middleware set headers on a fetched Response, which is immutable", async () => {
    const fetched = await fetch("data:,sign%20in");
    const proxy = defineSocket({ name: "proxy", upgrade: () => fetched });
    const app = new Hono().use(secureHeaders()).get("/", (c) => upgrade(c, proxy));
    const response = await answered(app, "/");
    expect([response.status, response.headers.get("x-frame-options")]).toEqual([200, "SAMEORIGIN"]);
  });

  it("lets a middleware that answers after next() win", async () => {
    const app = around(async (c, next) => {
      await next();
      c.res = c.text("no", 401);
    });
    const response = await answered(app, "/chat");
    expect([response.status, await response.text()]).toEqual([401, "no"]);
  });

  it("lets a middleware that throws after next() win", async () => {
    const app = around(async (_, next) => {
      await next();
      throw new HTTPException(403, { message: "no" });
    });
    expect((await answered(app, "/chat")).status).toBe(403);
  });

  it.each([
    [401, undefined],
    [404, { code: "HANDLER_ERROR", detail: expect.stringContaining("did not return what upgrade gave") }],
  ] as const)(
    "takes a %i that the route answers in the place of the socket for what it is",
    async (status, failure) => {
      told.length = 0;
      const app = new Hono().get("/chat", async (c) => {
        await upgrade(c, chat);
        return c.text("no", status);
      });
      expect((await answered(app, "/chat")).status).toBe(status);
      expect(told).toEqual(failure ? [{ type: "refused", definition: "chat", failure, status }] : []);
    },
  );

  it("says nothing of a middleware that hides a socket behind a 404", async () => {
    told.length = 0;
    const app = around(async (c, next) => {
      await next();
      c.res = c.text("no", 404);
    });
    expect((await answered(app, "/chat")).status).toBe(404);
    expect(told).toEqual([]);
  });

  it("opens the socket for what a middleware returns after next(), which Hono ignores, and warns", async () => {
    told.length = 0;
    const app = around(async (c, next) => {
      c.status(404);
      await next();
      return c.json({ no: true }, 403);
    });
    await accepted(app, "/chat");
    const detail = "a 403 was made after the route had decided";
    expect(told).toEqual([{ type: "warning", definition: "chat", failure: { code: "ANSWER_IGNORED", detail } }]);
  });

  it.each<[string, MiddlewareHandler]>([
    [
      "before the route",
      (c, next) => {
        c.text("unused", 401);
        return next();
      },
    ],
    [
      "that is no refusal",
      async (c, next) => {
        await next();
        c.text("unused");
      },
    ],
    [
      "but sets a status",
      (c, next) => {
        c.status(404);
        return next();
      },
    ],
  ])("does not warn of a middleware that makes an answer %s", async (_, middleware) => {
    told.length = 0;
    await accepted(around(middleware), "/chat");
    expect(told).toEqual([]);
  });

  it("lets an answer in place of a route's decision win", async () => {
    const app = new Hono().get("/", async (c) => {
      await upgrade(c, chat);
      return c.text("changed my mind");
    });
    expect(await (await answered(app, "/")).text()).toBe("changed my mind");
  });

  it("puts headers and cookies on the 101, set before or after", async () => {
    const app = new Hono()
      .use(async (c, next) => {
        c.header("x-before", "1");
        setCookie(c, "a", "1");
        await next();
        setCookie(c, "c", "3");
        c.header("x-after", "3");
      })
      .get("/", (c) => {
        setCookie(c, "b", "2");
        return upgrade(c, chat, {
          headers: [
            ["x-decided", "2"],
            ["set-cookie", "d=4"],
          ],
        });
      });
    const { headers = new Headers() } = await accepted(app, "/");
    expect(headers.getSetCookie().sort()).toEqual(["a=1; Path=/", "b=2; Path=/", "c=3; Path=/", "d=4"]);
    expect([headers.get("x-before"), headers.get("x-decided"), headers.get("x-after")]).toEqual(["1", "2", "3"]);
    expect(headers.get("content-type")).toBe(null);
  });

  it.each([
    ["route", new Hono().route("/api", room()), "/api/chat"],
    ["basePath", new Hono().basePath("/v1").get("/chat", (c) => upgrade(c, chat, { room: "lobby" })), "/v1/chat"],
    ["mount", new Hono().mount("/sub", room().fetch), "/sub/chat"],
  ])("works through app.%s", async (_, app, path) => {
    expect((await accepted(app, path)).snapshot).toMatchObject({ room: "lobby", url: `http://example.com${path}` });
  });

  it.each([
    ["secureHeaders", secureHeaders(), "x-frame-options"],
    ["timing", timing(), "server-timing"],
    ["cors", cors(), "access-control-allow-origin"],
    ["compress", compress(), undefined],
    ["etag", etag(), undefined],
    ["logger", logger(() => {}), undefined],
    ["poweredBy", poweredBy(), "x-powered-by"],
  ])("works under %s", async (_, middleware, header) => {
    const { headers = new Headers() } = await accepted(around(middleware), "/chat", {
      ...HANDSHAKE,
      "accept-encoding": "gzip",
    });
    if (header) expect(headers.has(header)).toBe(true);
  });

  it("answers a plain GET with 426", async () => {
    const response = await answered(room(), "/chat", { host: "example.com" });
    expect([response.status, response.headers.get("upgrade")]).toEqual([426, "websocket"]);
    expect(await response.text()).toMatch(/^NOT_A_HANDSHAKE: /);
  });

  it("answers 500 NO_HOST where no host wraps the app", async () => {
    const response = await room().request("http://example.com/chat", { headers: HANDSHAKE });
    expect(response.status).toBe(500);
    expect(await response.text()).toMatch(/^NO_HOST: /);
  });

  it("tells a handshake's own fault first where no host wraps the app", async () => {
    const response = await room().request("http://example.com/chat", { headers: without("sec-websocket-key") });
    expect(response.headers.get("onesocket-failure")).toBe("KEY_MISSING");
  });
});

describe("upgradeWebSocket", () => {
  it("decides on a room of its own for each request", async () => {
    const app = new Hono().get(
      "/",
      upgradeWebSocket(() => ({})),
    );
    const [one, two] = [await accepted(app, "/"), await accepted(app, "/")];
    expect(one.definition.name).toBe(CLOSURE);
    expect(one.snapshot.room).not.toBe(two.snapshot.room);
  });

  it("works in its direct form", async () => {
    const app = new Hono().get("/", (c) => upgradeWebSocket(c, {}, { protocols: ["chat"] }));
    const { snapshot } = await accepted(app, "/", { ...HANDSHAKE, "sec-websocket-protocol": "other, chat" });
    expect(snapshot.protocol).toBe("chat");
  });

  it("gives the next handler a request without any WebSocket header", async () => {
    const app = new Hono().get(
      "/",
      upgradeWebSocket(() => ({})),
      (c) => c.text("page"),
    );
    expect(await (await answered(app, "/", { host: "example.com" })).text()).toBe("page");
  });

  it("answers 500 NO_HOST where no host wraps the app", async () => {
    const app = new Hono().get(
      "/",
      upgradeWebSocket(() => ({})),
    );
    const response = await app.request("http://example.com/", { headers: HANDSHAKE });
    expect(response.headers.get("onesocket-failure")).toBe("NO_HOST");
  });

  it.each([
    ["without a key", without("sec-websocket-key"), 400],
    ["whose Upgrade header a proxy dropped", without("upgrade"), 426],
    ["from a page of another host", { ...HANDSHAKE, origin: "https://evil.example" }, 403],
  ])("does not run createEvents for a handshake %s", async (_, headers, status) => {
    let runs = 0;
    const app = new Hono().get(
      "/",
      upgradeWebSocket(() => {
        runs++;
        return {};
      }),
    );
    expect((await answered(app, "/", headers)).status).toBe(status);
    expect(runs).toBe(0);
  });

  it("runs createEvents once, with the route's context", async () => {
    const seen: string[] = [];
    const app = new Hono().get(
      "/:room",
      upgradeWebSocket(async (c) => {
        seen.push(c.req.param("room") ?? "");
        return {};
      }),
    );
    await accepted(app, "/lobby");
    expect(seen).toEqual(["lobby"]);
  });

  it("lets pages of other hosts in with origins *", async () => {
    const app = new Hono().get(
      "/",
      upgradeWebSocket(() => ({}), { origins: "*" }),
    );
    await accepted(app, "/", { ...HANDSHAKE, origin: "https://other.example" });
  });

  it("throws at the route for options that make no sense, and names the near one", () => {
    expect(() => upgradeWebSocket(() => ({}), { protocol: "v1" } as ClosureOptions)).toThrow(
      new TypeError('upgradeWebSocket has no option "protocol": did you mean "protocols"?'),
    );
    expect(() => upgradeWebSocket(() => ({}), { name: "chat" } as ClosureOptions)).toThrow(TypeError);
    expect(() => upgradeWebSocket(() => ({}), { protocols: ["no token"] })).toThrow(TypeError);
  });

  it("gives what createEvents throws to the app's onError", async () => {
    told.length = 0;
    const app = new Hono()
      .get(
        "/",
        upgradeWebSocket(async () => {
          throw new HTTPException(401, { message: "sign in" });
        }),
      )
      .onError((error, c) => c.text(`seen: ${error.message}`, 401));
    const response = await answered(app, "/");
    expect([response.status, await response.text()]).toEqual([401, "seen: sign in"]);
    expect(told).toEqual([]);
  });

  it("sends a Response that createEvents throws", async () => {
    const app = new Hono().get(
      "/",
      upgradeWebSocket(() => {
        throw new Response("sign in", { status: 401 });
      }),
    );
    expect((await answered(app, "/")).status).toBe(401);
  });
});

describe("limits.connections of closures", () => {
  it("are each route's own, in both forms", async () => {
    const limits = { connections: 1 };
    const app = new Hono()
      .get(
        "/one",
        upgradeWebSocket(() => ({}), { limits }),
      )
      .get(
        "/two",
        upgradeWebSocket(() => ({}), { limits }),
      )
      .get("/direct/:room", (c) => upgradeWebSocket(c, {}, { limits }))
      .get(
        "/free",
        upgradeWebSocket(() => ({})),
      );
    for (const path of ["/one", "/two", "/direct/a"]) await accepted(app, path);
    for (const path of ["/one", "/two", "/direct/b"]) expect((await answered(app, path)).status).toBe(503);
    await accepted(app, "/free");
  });
});

describe("upgradeWebSocket over a real socket", () => {
  let server: NodeServer | undefined;
  const told: unknown[] = [];

  afterEach(async () => {
    await server?.close();
    server = undefined;
    told.length = 0;
  });

  async function connect(app: FetchApp, path = "/", protocols: string[] = []): Promise<WebSocket> {
    const observe = { ...brief(told), error: ({ error }: { readonly error: unknown }) => void told.push(error) };
    server = await serve(app, { port: 0, hostname: "127.0.0.1", observe });
    return new WebSocket(`ws://127.0.0.1:${server.port}${path}`, protocols);
  }

  const connectTo = (events: WSEvents, options?: ClosureOptions) =>
    connect(
      new Hono().get(
        "/",
        upgradeWebSocket(() => events, options),
      ),
    );

  const opened = (client: WebSocket) => new Promise((resolve) => client.once("open", resolve));
  const closed = (client: WebSocket) => new Promise<number>((resolve) => client.once("close", resolve));
  const texts = (client: WebSocket, count: number) =>
    new Promise<string[]>((resolve) => {
      const got: string[] = [];
      client.on("message", (data) => got.push(String(data)) === count && resolve(got));
    });
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("awaits each handler before the next, in order of arrival", async () => {
    const log: string[] = [];
    const slowly = async (name: string) => {
      log.push(`${name} begins`);
      await turn();
      log.push(`${name} ends`);
    };
    const finished = new Promise<void>((resolve) => {
      const events: WSEvents = {
        onOpen: () => slowly("open"),
        onMessage: (event) => slowly(String(event.data)),
        onClose: () => slowly("close").then(resolve),
      };
      connectTo(events).then(async (client) => {
        await opened(client);
        client.send("1");
        client.send("2");
        client.close();
      });
    });
    await finished;
    expect(log).toEqual(["open", "1", "2", "close"].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it("hands one ws object to all handlers", async () => {
    const seen = new Set<WSContext>();
    const states: number[] = [];
    const finished = new Promise<void>((resolve) => {
      const see = (ws: WSContext) => {
        seen.add(ws);
        states.push(ws.readyState);
      };
      connectTo({
        onOpen: (_, ws) => see(ws),
        onMessage(_, ws) {
          see(ws);
          throw new Error("for onError");
        },
        onError: (_, ws) => see(ws),
        onClose(_, ws) {
          see(ws);
          resolve();
        },
      }).then(async (client) => {
        await opened(client);
        client.send("1");
        client.close();
      });
    });
    await finished;
    expect(seen.size).toBe(1);
    expect(states).toEqual([1, 1, 1, 3]);
  });

  it("tells the url, the negotiated subprotocol and the runtime's socket", async () => {
    const events: WSEvents = {
      onOpen: (event, ws) => ws.send(`${event.type} ${ws.url?.search} ${ws.protocol} ${ws.raw !== undefined}`),
    };
    const app = new Hono().get(
      "/",
      upgradeWebSocket(() => events, { protocols: ["chat"] }),
    );
    const client = await connect(app, "/?a=1", ["other", "chat"]);
    expect(await texts(client, 1)).toEqual(["open ?a=1 chat true"]);
  });

  it("gives text as a string and binary as an ArrayBuffer of its own, or as a Blob to those who ask", async () => {
    const got: unknown[] = [];
    const client = await connectTo({
      onMessage(event, ws) {
        got.push(event.data);
        if (got.length === 2) ws.binaryType = "blob";
        ws.send("seen");
      },
    });
    await opened(client);
    const seen = texts(client, 3);
    for (const data of ["text", new Uint8Array([1, 2]), new Uint8Array([3, 4])]) client.send(data);
    await seen;
    expect(got).toEqual(["text", new Uint8Array([1, 2]).buffer, expect.any(Blob)]);
    expect(await (got[2] as Blob).arrayBuffer()).toEqual(new Uint8Array([3, 4]).buffer);
  });

  it("tells how the socket closed", async () => {
    const event = await new Promise<CloseEvent>((resolve) => {
      connectTo({ onClose: resolve }).then(async (client) => {
        await opened(client);
        client.close(4001, "bye");
      });
    });
    expect(event).toBeInstanceOf(Event);
    expect(event).toMatchObject({ type: "close", code: 4001, reason: "bye", wasClean: true });
  });

  it("gives a throw and a rejection to onError, and the socket lives on", async () => {
    const errors: unknown[] = [];
    const client = await connectTo({
      onMessage(event, ws) {
        if (event.data === "throw") throw new Error("thrown");
        return event.data === "reject" ? Promise.reject(new Error("rejected")) : ws.send("alive");
      },
      onError: (event) => void errors.push((event as ErrorEvent).error),
    });
    await opened(client);
    const alive = texts(client, 1);
    for (const text of ["throw", "reject", "go on"]) client.send(text);
    await alive;
    expect(errors).toEqual([new Error("thrown"), new Error("rejected")]);
    expect(told).toEqual([]);
  });

  it.each([
    ["without onError", {}],
    [
      "when onError throws too",
      {
        onError: () => {
          throw new Error("again");
        },
      },
    ],
  ])("closes with 1011 for a rejection %s", async (_, events: WSEvents) => {
    const client = await connectTo({ ...events, onOpen: () => Promise.reject(new Error("broken")) });
    expect(await closed(client)).toBe(1011);
    expect(told).toHaveLength(1);
  });

  it("closes with the code and reason of ws.close, and refuses those that the RFC forbids", async () => {
    const client = await connectTo({
      onOpen(_, ws) {
        expect(() => ws.close(1006)).toThrow(TypeError);
        ws.close(4002, "done");
        ws.send("too late");
      },
    });
    expect(await closed(client)).toBe(4002);
    expect(told).toEqual([]);
  });

  it("is refused by a middleware that answers 401 after next()", async () => {
    let runs = 0;
    const events: WSEvents = { onOpen: () => void runs++ };
    const app = new Hono()
      .use(async (c, next) => {
        await next();
        c.res = c.text("no", 401);
      })
      .get(
        "/",
        upgradeWebSocket(() => events),
      );
    const client = await connect(app);
    const status = await new Promise((resolve) =>
      client.once("unexpected-response", (_, { statusCode }) => resolve(statusCode)),
    );
    client.on("error", () => {}).terminate();
    expect([status, runs]).toEqual([401, 0]);
  });

  it("leaves a plain request to the next handler", async () => {
    const app = new Hono().get(
      "/",
      upgradeWebSocket(() => ({})),
      (c) => c.text("page"),
    );
    const client = await connect(app);
    await opened(client);
    expect(await (await fetch(`http://127.0.0.1:${server?.port}/`)).text()).toBe("page");
    client.terminate();
  });
});
