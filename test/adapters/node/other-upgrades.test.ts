import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineSocket } from "onesocket";
import { attach } from "onesocket/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChildServer, startChild } from "../../helpers/child.ts";
import { frame, header, RawClient, type RawHandshake, TEXT } from "../../helpers/raw.ts";

const host = `${import.meta.dirname}/../../hosts/other-upgrades.ts`;
const withoutCallback = `${import.meta.dirname}/../../helpers/no-upgrade-callback.ts`;

/** What `curl --http2`, and Java's client, send beside. */
const H2C = {
  upgrade: "h2c",
  connection: "Upgrade, HTTP2-Settings",
  "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA",
  "sec-websocket-key": null,
  "sec-websocket-version": null,
};

function post(body: string, headers: RawHandshake["headers"] = {}): RawHandshake {
  const all = { ...H2C, "content-length": String(body.length), ...headers };
  return { method: "POST", path: "/body", headers: all, body };
}

const PATHS: readonly (readonly [name: string, flags: readonly string[]])[] = [
  ["that can decline them", []],
  ["that gives them all to the listener", [`--import=${withoutCallback}`]],
];

describe.each(PATHS)("upgrades to another protocol, on a Node %s,", (_, flags) => {
  let child: ChildServer;

  beforeAll(async () => {
    child = await startChild(process.execPath, ["--conditions=onesocket-source", ...flags, host]);
  });
  afterAll(() => child.stop());

  function connect(server: string): Promise<RawClient> {
    const port = child.logs.find((line) => line.startsWith(`${server} `))?.split(" ")[1];
    return RawClient.connect(`${/tls|http2/i.test(server) ? "https" : "http"}://127.0.0.1:${port}`);
  }

  const SERVERS = [
    "app",
    "tls",
    "http2",
    "proxied",
    "proxiedTls",
    "attached",
    "attachedTls",
    "attachedHttp2",
    "before",
    "after",
  ];

  it.each(SERVERS)("are ordinary requests with their bodies, over one connection: %s", async (server) => {
    const client = await connect(server);
    for (const body of ["one", "two", "x".repeat(100_000)]) {
      client.handshake(post(body));
      expect(await client.response()).toMatchObject({ status: 200, body: `h2c ${body}` });
    }
    client.handshake(
      post("", { "content-length": null, "transfer-encoding": "chunked" }),
      Buffer.from("3\r\nabc\r\n0\r\n\r\n"),
    );
    expect((await client.response()).body).toBe("h2c abc");
    client.handshake({ path: "/body", headers: { ...H2C, upgrade: "TLS/1.2", connection: "upgrade" } });
    expect((await client.response()).body).toBe("page");
    client.end();
    await client.ended;
  });

  it.each(SERVERS)("whose body comes later are ordinary requests: %s", async (server) => {
    const client = await connect(server);
    const { body = "", ...head } = post("0123456789");
    client.handshake(head);
    for (const part of [body.slice(0, 3), body.slice(3)]) {
      await new Promise((resolve) => setImmediate(resolve));
      client.write(Buffer.from(part));
    }
    expect((await client.response()).body).toBe("h2c 0123456789");
    client.end();
  });

  it.each(SERVERS)("may be followed by a WebSocket on the same connection: %s", async (server) => {
    const client = await connect(server);
    client.handshake(post("one"));
    await client.response();
    client.handshake({ path: "/ws" }, frame(TEXT, "hello"));
    expect((await client.response()).status).toBe(101);
    expect(await client.text()).toBe("hello");
    client.end();
  });

  it("are answered by the validator where a definition is served, which keeps the connection", async () => {
    const client = await connect("definition");
    const answers: [RawHandshake, number, string][] = [
      [{ headers: H2C }, 426, "NOT_A_HANDSHAKE"],
      [post("body"), 405, "METHOD_NOT_GET"],
      [{ headers: { ...H2C, "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" } }, 400, "UPGRADE_NOT_WEBSOCKET"],
    ];
    for (const [request, status, code] of answers) {
      client.handshake(request);
      const answer = await client.response();
      expect([answer.status, header(answer, "onesocket-failure")]).toEqual([status, code]);
    }
    client.handshake({}, frame(TEXT, "hello"));
    expect((await client.response()).status).toBe(101);
    expect(await client.text()).toBe("hello");
    client.end();
  });

  it.each(["before", "after"])("are those of a listener that was there %s us, if it takes them", async (server) => {
    const client = await connect(server);
    client.handshake({ path: "/", headers: { ...H2C, upgrade: "theirs", connection: "upgrade" } });
    expect((await client.response()).status).toBe(101);
    await client.ended;
  });
});

it("the server's own shouldUpgradeCallback has its say about WebSockets too", async () => {
  const server = createServer((_, response) => response.end("page"));
  Object.assign(server, { shouldUpgradeCallback: ({ url }: { url: string }) => url !== "/plain" });
  const { shouldUpgradeCallback } = server as { shouldUpgradeCallback?: unknown };
  const attached = attach(server, defineSocket({ name: "own", message: (socket, data) => void socket.send(data) }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [one, other] = [await RawClient.connect(url), await RawClient.connect(url)];
  one.handshake({ path: "/plain" });
  expect((await one.response()).body).toBe("page");
  other.handshake({ path: "/chat" });
  expect((await other.response()).status).toBe(101);
  for (const client of [one, other]) client.end();
  await attached.close();
  expect(server).toHaveProperty("shouldUpgradeCallback", shouldUpgradeCallback);
  server.close();
});
