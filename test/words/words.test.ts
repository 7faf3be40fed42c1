import { readdirSync } from "node:fs";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChildServer, startChild } from "../helpers/child.ts";
import { Client } from "../helpers/client.ts";
import { startWorker } from "../helpers/miniflare.ts";

const ROOT = `${import.meta.dirname}/../..`;
const SOURCES = "--conditions=onesocket-source";
const DENO = `${ROOT}/node_modules/@deno/${readdirSync(`${ROOT}/node_modules/@deno`)[0]}/deno`;
const host = (name: string) => `${import.meta.dirname}/../hosts/words/${name}.ts`;

type Runtime = "node" | "bun" | "deno" | "workers";

type Host = Pick<ChildServer, "url" | "logs" | "stop">;

const START: Readonly<Record<Runtime, () => Promise<Host>>> = {
  node: () => startChild(process.execPath, [SOURCES, host("node")]),
  bun: () => startChild(`${ROOT}/node_modules/.bin/bun`, [SOURCES, host("bun")]),
  deno: () => startChild(DENO, ["run", "--quiet", "--no-check", "-A", SOURCES, host("deno")]),
  workers: async () => {
    const { url, logs, dispose } = await startWorker(host("workers"), { objects: { CHAT: "Chat", GAME: "Game" } });
    return { url, logs, stop: dispose };
  },
};

/** What gives an app a host. */
const HOST: Readonly<Record<Runtime, string>> = {
  node: "await serve(app, { port: 3000 }), or attach(server, app) where a server is there already, of onesocket/node",
  bun: "export default { port: 3000, ...bun(app) }, with bun of onesocket/bun",
  deno: "export default deno(app), or Deno.serve(deno(app).fetch), with deno of onesocket/deno",
  workers: 'export default worker(app, { rooms: { "chat": "BINDING" } }), with worker of onesocket/cloudflare',
};

const NO_HANDLERS = "TypeError: upgradeWebSocket takes a function that returns handlers such as { onMessage }, not";

const FORGOTTEN =
  "HANDLER_ERROR: the handler of the route did not return what upgrade gave (the app answered 404): a route of a socket returns upgrade(c, definition)";

/** What somebody did, the path, the status, and the words: on every runtime alike. */
const MISTAKES: readonly (readonly [string, string, number, string])[] = [
  [
    "that the app's request is a copy",
    "/clone",
    500,
    "chat: NO_HOST: this request is not the one that a host gave to its app: pass on c.req.raw itself, not a copy",
  ],
  [
    "that a route returned an object",
    "/object",
    500,
    'HANDLER_ERROR: the app answered with an object with "room", no Response: a route of a socket returns upgrade(c, definition)',
  ],
  [
    "that a route returned a definition",
    "/definition",
    500,
    'HANDLER_ERROR: the app answered with the definition "chat", no Response: a route of a socket returns upgrade(c, definition)',
  ],
  ["that a route forgot to return what upgrade gave", "/forgotten", 404, `chat: ${FORGOTTEN}`],
  ["that a route forgot it while its hook was still deciding", "/forgotten-late", 404, `patient: ${FORGOTTEN}`],
  [
    "that a route behind a middleware forgot it, by Hono's own error",
    "/forgotten-middleware",
    500,
    "Context is not finalized. Did you forget to return a Response object",
  ],
  ["that the closure form got no handlers", "/closure-of-nothing", 500, `${NO_HANDLERS} undefined`],
  [
    "that the closure form got a definition",
    "/closure-of-definition",
    500,
    `${NO_HANDLERS} the definition "chat": in the route, return upgrade(c, definition)`,
  ],
  [
    "that the closure form's handlers are a definition",
    "/direct-definition",
    500,
    `${NO_HANDLERS} the definition "chat": in the route, return upgrade(c, definition)`,
  ],
  [
    "that upgrade got handlers",
    "/upgrade-of-handlers",
    500,
    'TypeError: upgrade takes a definition, not an object with "onMessage": make one by defineSocket',
  ],
  [
    "that a hook returned no decision",
    "/odd",
    500,
    "odd: UPGRADE_RESULT: upgrade returned a Map. Return nothing, a decision, a Response or refuse(code) from upgrade",
  ],
  [
    "that a middleware changed the response of upgrade",
    "/mutated",
    500,
    "chat: RESPONSE_MUTATED: A middleware changed the upgrade response. Let middleware pass it on",
  ],
  [
    "which limit a hook was too slow for",
    "/slow",
    503,
    "slow: HANDSHAKE_TIMEOUT: The server took too long to decide. Make upgrade faster, or raise limits.upgradeMs. (",
  ],
  [
    "that a client offered no subprotocol",
    "/strict",
    400,
    "strict: SUBPROTOCOL_NO_MATCH: No offered subprotocol is supported. Offer one that the server's protocols lists. (",
  ],
];

/** The same, where it is another mistake on each runtime. */
const OWN: Readonly<Record<Runtime, readonly (readonly [string, string, number, string])[]>> = {
  node: [],
  bun: [
    [
      "that the host's request is a copy",
      "/chat?copied",
      500,
      "chat: RUNTIME_REFUSED: Bun upgrades the request that it gave itself, and once: pass on that one, not a copy",
    ],
    [
      "that Bun's server is missing",
      "/chat?serverless",
      500,
      "chat: RUNTIME_REFUSED: Bun's server did not come with the request: pass it on, as in app.fetch(request, server)",
    ],
    [
      "that a route returned a definition where a middleware is the host",
      "/definition?middleware",
      500,
      'HANDLER_ERROR: the app answered with the definition "chat", no Response: a route of a socket returns upgrade(c, definition)',
    ],
    [
      "that Bun's server is missing where a middleware is the host",
      "/chat?serverless-middleware",
      500,
      "chat: RUNTIME_REFUSED: Bun's server did not come with the request: pass it on, as in app.fetch(request, server)",
    ],
  ],
  deno: [],
  workers: [
    [
      "that a route sent its request to the object by hand",
      "/stub",
      500,
      "chat: NO_HOST: a route sent its request to the object by stub.fetch, past worker(): return upgrade(c, definition, { room })",
    ],
    [
      "which name of a definition looks like the mapped one",
      "/lobby",
      500,
      'lobby: ROOMS_UNMAPPED: no binding is mapped for the definition "lobby": "lobbi" looks like a slip for it, so write rooms: { "lobby": "CHAT" }',
    ],
    [
      "which binding looks like the mapped one",
      "/game",
      500,
      'game: ROOMS_UNMAPPED: env has no Durable Object binding GAMES (but CHAT, GAME) for the definition "game": "GAMES" looks like a slip for it, so write rooms: { "game": "GAME" }',
    ],
  ],
};

describe.each(Object.keys(START) as Runtime[])("the console of %s says", (runtime) => {
  let server: Host;

  beforeAll(async () => {
    server = await START[runtime]();
  });

  afterAll(() => server.stop());

  const url = (name: string) => server.logs.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);

  /** The status of the answer to a handshake. */
  async function answer(address: string): Promise<number> {
    try {
      (await Client.connect(address)).vanish();
      return 101;
    } catch (error) {
      return Number(/\d+$/.exec((error as Error).message)?.[0]);
    }
  }

  /** Waits for words on the console. */
  const said = (words: string) => expect.poll(() => server.logs.join("\n")).toContain(words);

  async function refused(address: string, status: number, words: string): Promise<void> {
    expect(await answer(address)).toBe(status);
    await said(words);
  }

  it.each([...MISTAKES, ...OWN[runtime]])("%s", async (_, path, status, words) => {
    await refused(server.url + path, status, words);
  });

  it.each(["upgrade", "closure"])("what gives an app a host, where a route by %s finds none", async (route) => {
    const name = route === "upgrade" ? "chat" : "(closure)";
    const line = route === "upgrade" ? HOST[runtime] : HOST[runtime].replace(/, \{ rooms: .* \}\)/, ")");
    const words = `onesocket: ${name}: NO_HOST: `;
    await refused(`${url("bare") ?? server.url}/bare/${route}`, 500, words);
    const told = server.logs
      .join("\n")
      .split("\n")
      .find((text) => text.startsWith(words));
    expect(told).toMatch(/no host serves this app: /);
    expect(told).toContain(line);
  });

  it("who was refused, and where, now and then when it happens often", async () => {
    const only = await Client.connect(`${server.url}/full`);
    for (let i = 0; i < 10; i++) expect(await answer(`${server.url}/full`)).toBe(503);
    only.vanish();
    const lines = () => server.logs.filter((line) => line.includes("full: OVERLOADED"));
    await expect.poll(() => lines().length).toBe(2);
    expect(lines()[0]).toContain(
      "full: OVERLOADED: limits.connections (1) is reached. The server has too many connections.",
    );
    expect(lines()[0]).toMatch(/ \(from (127\.0\.0\.1|::1) at \/full\)$/);
    expect(lines()[1]).toMatch(/ at \/full\) \(so far 10\)$/);
  });

  it.each(['an object with "chat": pass its chat', "a function", "undefined"])(
    "that a host can't serve %s",
    async (what) => {
      await said(`TypeError: a host serves a definition (defineSocket) or an app with a fetch method, not ${what}`);
    },
  );

  it("that rooms and the closure form need something else than they were given", async () => {
    await said("TypeError: rooms takes a definition (defineSocket), and the env of the host");
    await said(`${NO_HANDLERS} the definition "chat": in the route, return upgrade(c, definition)`);
    if (runtime === "workers") await said('TypeError: durableRoom takes a definition, not an object with "chat"');
  });

  it("which limit a socket failed by", async () => {
    const client = await Client.connect(`${server.url}/chat`);
    client.send("x".repeat(100));
    expect((await client.closed).code).toBe(1009);
    await said(
      "onesocket: chat: MESSAGE_TOO_BIG: a socket failed with 1009: limits.messageBytes allows no more; npx onesocket explain MESSAGE_TOO_BIG",
    );
  });

  if (runtime === "node")
    it("nothing wrong of a host beside the helper of @hono/node-server", async () => {
      const before = server.logs.length;
      const theirs = await Client.connect(`${url("beside")}/theirs`);
      theirs.send("hello");
      expect(await theirs.next()).toBe("theirs");
      const ours = await Client.connect(`${url("beside")}/chat`);
      ours.send("x".repeat(100));
      expect((await ours.closed).code).toBe(1009);
      theirs.vanish();
      // What the other host has the app say was said before the socket opened.
      await said("a socket failed with 1009");
      expect(server.logs.slice(before).join("\n")).not.toContain("NO_HOST");
    });

  if (runtime === "bun")
    it.each(["/another", "/another/nothing", "/another/query?flushed=1&mark=1"])(
      "which socket was opened past the host, and closes it: %s",
      async (path) => {
        const words = "RUNTIME_REFUSED: a socket was upgraded by another helper";
        const count = () => server.logs.filter((line) => line.includes(words)).length;
        const before = count();
        for (const address of [server.url, url("another-bare")]) {
          const client = await Client.connect(`${address}${path}`);
          client.send("hello");
          expect(await client.closed).toEqual({ code: 1011, reason: "INTERNAL" });
        }
        await expect.poll(count).toBe(before + 2);
        expect(server.logs.join("\n")).toContain("import upgradeWebSocket from onesocket/hono");
      },
    );

  if (runtime === "deno" || runtime === "workers")
    it.each(["/another", "/another?bare"])("nothing wrong of the runtime's own helper: %s", async (path) => {
      const before = server.logs.length;
      const client = await Client.connect(server.url + path);
      client.send("hello");
      expect(await client.next()).toBe("theirs");
      client.vanish();
      expect(server.logs.slice(before).join("\n")).not.toContain("onesocket:");
    });

  if (runtime === "bun")
    it("that a server lacks the websocket of onesocket/bun", async () => {
      await refused(`${url("deaf")}/chat`, 500, "export default { fetch: app.fetch, websocket }");
    });

  if (runtime === "deno")
    it("nothing wrong of a host that is called without Deno's info", async () => {
      const client = await Client.connect(`${server.url}/chat?infoless`);
      client.vanish();
    });

  if (runtime === "workers")
    it("what rooms needs where env is missing, or a binding", async () => {
      const ask = async (path: string) => (await fetch(server.url + path)).json();
      expect(await ask("/without-env")).toBe(
        'Error: env, to find the Durable Object by, is missing for the definition "game": rooms(definition, env)',
      );
      expect(await ask("/with-env")).toContain('so write rooms: { "game": "GAME" }');
    });
});
