import { once } from "node:events";
import { connect } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { upgrade } from "onesocket/hono";
import { type NodeServer, serve } from "onesocket/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { learnRequests } from "../../../src/adapters/node/app-request.ts";

const LINES = [
  "GET /room/a?b=c HTTP/1.1",
  "Host: app.example",
  "X-Mine: yes",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

/** What a test does with the request of the handshake that it asks with. */
let look: (request: Request) => unknown = () => {};
let found: unknown;

const echo = defineSocket({ name: "echo" });
const app = new Hono().get("/room/:id", async (c) => {
  found = await look(c.req.raw);
  return upgrade(c, echo);
});

let server: NodeServer;

beforeAll(async () => {
  server = await serve(app, { port: 0, hostname: "127.0.0.1" });
});
afterAll(() => server.close());

/** What `look` makes of an app's request, whose handshake is answered with 101 all the same. */
async function seen<Result>(of: (request: Request) => Result): Promise<Awaited<Result>> {
  look = of;
  const socket = connect(server.port, "127.0.0.1");
  socket.write(`${LINES.join("\r\n")}\r\n\r\n`);
  const [answer] = await once(socket, "data");
  socket.destroy();
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
  return found as Awaited<Result>;
}

/** The web's own of the same. */
function web(): Request {
  const headers = LINES.slice(1).map((line) => line.split(": ") as [string, string]);
  return new Request("http://app.example/room/a?b=c", { headers });
}

/** Every property that the web's requests have, those that only some Nodes have among them. */
function namesOf(request: object): string[] {
  const names: string[] = [];
  for (let from = request; from !== Object.prototype; from = Object.getPrototypeOf(from))
    names.push(...Object.getOwnPropertyNames(from));
  return [...new Set(names)];
}

it("an app's request on Node has all that the web's has, with the same values", async () => {
  const names = namesOf(web()).filter((name) => !["constructor", "headers", "signal"].includes(name));
  const values = (request: Request) =>
    Object.fromEntries(names.map((name) => [name, request[name as keyof Request]])) as Record<string, unknown>;
  const [theirs, ours] = [values(web()), await seen(values)];
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    if (typeof theirs[name] === "function") expect(ours[name], name).toBeTypeOf("function");
    else expect(ours[name], name).toEqual(theirs[name]);
  }
});

it("an app's request on Node shows the same names to who lists them", async () => {
  const listed = (request: Request) => {
    const names: string[] = [];
    for (const name in request) names.push(name);
    return names.sort();
  };
  expect(await seen(listed)).toEqual(listed(web()));
});

it("an app's request on Node is made at once where @hono/node-server is not as known", async () => {
  learnRequests(() => () => Promise.reject(new Error("of another version")));
  try {
    const made = await seen((request) => [request.url, Object.fromEntries(request.headers)]);
    expect(made).toEqual([web().url, Object.fromEntries(web().headers)]);
  } finally {
    learnRequests(getRequestListener);
  }
});

it("an app's request on Node is one, says so, and has its headers", async () => {
  const [isOne, tag, name, headers, objects] = await seen((request) => [
    request instanceof Request,
    String(request),
    request.constructor.name,
    Object.fromEntries(request.headers),
    new Set([request.headers, request.headers]).size,
  ]);
  expect([isOne, tag, name, headers, objects]).toEqual([
    true,
    "[object Request]",
    "Request",
    Object.fromEntries(web().headers),
    1,
  ]);
});

it.each<[string, (request: Request) => Promise<unknown>, unknown]>([
  ["text", (request) => request.text(), ""],
  ["arrayBuffer", async (request) => (await request.arrayBuffer()).byteLength, 0],
  ["blob", async (request) => (await request.blob()).size, 0],
  ["bytes", async (request) => (await request.bytes()).length, 0],
  ["text of a clone", (request) => request.clone().text(), ""],
])("an app's request on Node has a body of nothing as %s", async (_, read, expected) => {
  expect(await seen(read)).toBe(expected);
});

it.each<[string, (request: Request) => Request]>([
  ["new Request", (request) => new Request(request)],
  ["new Request with options", (request) => new Request(request, { method: "GET" })],
  ["new Request as options", (request) => new Request("http://app.example/room/a?b=c", request)],
  ["clone", (request) => request.clone()],
  ["a copy of a copy", (request) => new Request(new Request(request)).clone()],
])("an app's request on Node is copied whole by %s", async (_, copy) => {
  const made = await seen(copy);
  expect([made.url, made.method, Object.fromEntries(made.headers)]).toEqual([
    web().url,
    "GET",
    Object.fromEntries(web().headers),
  ]);
});

it("an app's request on Node takes headers that a middleware adds, and its copies have them", async () => {
  const copy = await seen((request) => {
    request.headers.set("x-added", "later");
    return new Request(request);
  });
  expect([copy.headers.get("x-added"), copy.headers.get("x-mine")]).toEqual(["later", "yes"]);
});

it("an app's request on Node is taken by fetch with a URL, and refused without one, as all requests of its app are", async () => {
  const ordinary: unknown[] = [];
  const fetched = (request: Request) =>
    fetch(request).then(
      () => "taken",
      (error: Error) => error.name,
    );
  const plain = await serve(
    new Hono().get("*", async (c) => c.text(await fetched(c.req.raw))),
    { port: 0 },
  );
  try {
    ordinary.push(await (await fetch(`http://localhost:${plain.port}/`)).text());
  } finally {
    await plain.close();
  }
  expect([await seen(fetched)]).toEqual(ordinary);
});
