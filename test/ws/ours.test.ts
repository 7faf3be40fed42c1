import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { upgrade } from "../../src/adapters/hono/index.ts";
import { type NodeServer, serve } from "../../src/adapters/node/index.ts";
import type { SocketDefinition } from "../../src/core/contract/definition.ts";
import type { SocketEvent } from "../../src/core/contract/observer.ts";
import { testing } from "../../src/testing/index.ts";
import { fromConnection, type IncomingRequest, type SocketView, webSocketServer } from "../../src/ws/index.ts";
import { certificate } from "../helpers/certificate.ts";
import { Http2Client } from "../helpers/http2.ts";
import { Peer } from "./both.ts";

let server: NodeServer | undefined;
const told: SocketEvent[] = [];

afterEach(async () => {
  await server?.close();
  server = undefined;
  told.length = 0;
});

async function connect(definition: SocketDefinition | Hono, path = "/"): Promise<Peer> {
  server ??= await serve(definition as SocketDefinition, {
    port: 0,
    hostname: "127.0.0.1",
    env: { greeting: "hello" },
    observe: (event) => void told.push(event),
  });
  return await new Peer(`ws://127.0.0.1:${server.port}${path}`).opened();
}

const errors = () => told.flatMap((event) => (event.type === "error" ? String(event.error) : []));

describe("fromConnection", () => {
  it("gives the request, the environment and what upgrade decided, in a route too", async () => {
    const definition = fromConnection<{ user: string }, { greeting: string }>(
      { name: "given", upgrade: () => ({ room: "r" }) },
      (ws, request, { env, state, room, remoteAddress, id, signal }) => {
        ws.send([env.greeting, state.user, room.id, remoteAddress, request.headers.get("cookie")].join());
        ws.send(`${request.method} ${new URL(request.url).pathname} ${id.length > 10} ${signal.aborted}`);
      },
    );
    const app = new Hono().get("/chat", (c) => upgrade(c, definition, { state: { user: "ann" } }));
    const peer = await connect(app, "/chat");
    expect((await peer.next())[0]).toBe("hello,ann,r,127.0.0.1,a=b");
    expect((await peer.next())[0]).toBe("GET /chat true false");
  });

  it("hands the web's listeners a MessageEvent, and Node's a Buffer", async () => {
    const definition = fromConnection({ name: "events" }, (ws) => {
      ws.addEventListener("message", (event: MessageEvent) => {
        const { type, target, currentTarget, origin, ports, defaultPrevented, timeStamp } = event;
        ws.send(
          JSON.stringify([type, target === ws, currentTarget === ws, origin, ports, defaultPrevented, timeStamp > 0]),
        );
        ws.send(String(event instanceof MessageEvent && event instanceof Event && event.composedPath()[0] === ws));
      });
      ws.on("message", (data: unknown) => ws.send(String(Buffer.isBuffer(data) && data.toString("hex"))));
    });
    const peer = await connect(definition);
    peer.client.send(new Uint8Array([1, 255]));
    expect(await peer.next()).toEqual(['["message",true,true,"",[],false,true]', false]);
    expect(await peer.next()).toEqual(["true", false]);
    expect(await peer.next()).toEqual(["01ff", false]);
  });

  it.each([0, 1, 64, 65, 4096])("hands out %i bytes as a Buffer that has its memory for itself", async (length) => {
    const kept: Buffer[] = [];
    const definition = fromConnection({ name: "own" }, (ws) => {
      ws.on("message", (data: Buffer) => void (kept.push(data) === 2 && ws.send("both")));
    });
    const peer = await connect(definition);
    peer.client.send(new Uint8Array(length).fill(1));
    peer.client.send(new Uint8Array(length).fill(2));
    await peer.next();
    expect(kept).toEqual([Buffer.alloc(length, 1), Buffer.alloc(length, 2)]);
    for (const data of kept) expect(data.buffer.byteLength).toBe(length);
  });

  it("takes what upgrade throws or returns as an answer, sync or async", async () => {
    const refusing = fromConnection(
      { name: "refusing", upgrade: async () => new Response("no", { status: 401 }) },
      () => expect.unreachable(),
    );
    await expect(connect(refusing)).rejects.toThrow("401");
  });

  it("answers 431 where the headers do not fit into what is kept of them", async () => {
    const small = fromConnection({ name: "small", limits: { stateBytes: 64 } }, () => expect.unreachable());
    await expect(connect(small)).rejects.toThrow("431");
  });

  it.each([
    [
      "connect throws",
      fromConnection({ name: "a" }, () => {
        throw new Error("broken");
      }),
    ],
    ["the promise of connect rejects", fromConnection({ name: "b" }, () => Promise.reject(new Error("broken")))],
    [
      "a listener throws",
      fromConnection({ name: "c" }, (ws) =>
        ws.addEventListener("message", () => {
          throw new Error("broken");
        }),
      ),
    ],
    [
      "the promise of a listener rejects",
      fromConnection({ name: "d" }, (ws) => void ws.on("message", () => Promise.reject(new Error("broken")))),
    ],
    [
      "a callback throws",
      fromConnection({ name: "e" }, (ws) =>
        ws.send("x", () => {
          throw new Error("broken");
        }),
      ),
    ],
  ])("closes with 1011 and tells when %s", async (_, definition) => {
    const peer = await connect(definition as never);
    peer.client.send("x");
    expect(await peer.closed).toEqual([1011, "INTERNAL"]);
    expect(errors()).toEqual(["Error: broken"]);
  });

  it("gives all of that to the error hook, where there is one", async () => {
    const definition = fromConnection(
      { name: "caught", error: (socket, error) => void socket.send(`caught ${error}`) },
      (ws) => {
        ws.on("message", (data: Buffer) => {
          if (String(data) === "throw") throw new Error("thrown");
          return Promise.reject(new Error("rejected"));
        });
      },
    );
    const peer = await connect(definition as never);
    peer.client.send("throw");
    peer.client.send("reject");
    expect([(await peer.next())[0], (await peer.next())[0]]).toEqual([
      "caught Error: thrown",
      "caught Error: rejected",
    ]);
  });

  it("loses no message while an async connect has not listened yet", async () => {
    const definition = fromConnection({ name: "later" }, async (ws) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ws.on("message", (data: Buffer) => ws.send(`got ${data}`));
      await new Promise(() => {});
    });
    const peer = await connect(definition as never);
    for (const text of ["1", "2"]) peer.client.send(text);
    expect([(await peer.next())[0], (await peer.next())[0]]).toEqual(["got 1", "got 2"]);
  });

  it("throws for what is no function, and for options that there are none of", () => {
    expect(() => fromConnection({ name: "x" }, {} as never)).toThrow("fromConnection takes a function");
    expect(() => fromConnection({ name: "x", message() {} } as never, () => {})).toThrow('"message"');
    expect(() => webSocketServer({ name: "x", wake() {} } as never)).toThrow('"wake"');
  });
});

it("gives requests over HTTP/2 the key that they have not, one for each socket, as libraries tell clients apart by it", async () => {
  const definition = webSocketServer({ name: "h2" });
  const keys = new Set<unknown>();
  definition.on("connection", (ws: SocketView, { headers }: IncomingRequest) => {
    keys.add(headers["sec-websocket-key"]);
    ws.send(`${headers.upgrade} ${headers["sec-websocket-version"]}`);
  });
  server = await serve(definition, { port: 0, hostname: "127.0.0.1", tls: certificate(), http2: true });
  const client = await Http2Client.connect(`https://127.0.0.1:${server.port}`);
  for (let i = 0; i < 2; i++) expect(await (await client.open()).next()).toBe("websocket 13");
  expect([keys.size, keys.has(undefined)]).toEqual([2, false]);
  client.session.destroy();
});

describe("a socket that woke from hibernation", () => {
  it("is closed with 1012 at its next message, and the operator is told what to change", async () => {
    await using t = testing(
      fromConnection({ name: "slept" }, (ws) => void ws.on("message", (data: Buffer) => ws.send(`got ${data}`))),
      { observe: (event) => void told.push(event) },
    );
    const client = await t.connect("/");
    client.send("1");
    expect(await client.next()).toBe("got 1");
    await t.hibernate();
    client.send("2");
    expect(await client.closed).toMatchObject({ code: 1012, reason: "HIBERNATED" });
    expect(errors()).toEqual([expect.stringMatching(/"slept" woke from hibernation.*Set hibernate: false/)]);
  });

  it("is given to wake, where there is one, before the message that woke it", async () => {
    const definition = fromConnection<{ user: string }>(
      {
        name: "restored",
        upgrade: () => ({ state: { user: "ann" } }),
        wake(ws, { state }) {
          ws.on("message", (data: Buffer) => ws.send(`${state.user} again: ${data}`));
          ws.on("close", (code: number) => closes.push(code));
        },
      },
      () => {},
    );
    const closes: number[] = [];
    await using t = testing(definition);
    const client = await t.connect("/");
    await t.hibernate();
    client.send("x");
    expect(await client.next()).toBe("ann again: x");
    client.close(4001);
    await client.closed;
    await t.settled();
    expect(closes).toEqual([4001]);
  });

  it("may close without anybody being told, when nobody knew it", async () => {
    await using t = testing(webSocketServer({ name: "gone" }) as never, { observe: (event) => void told.push(event) });
    const client = await t.connect("/");
    await t.hibernate();
    client.close(4001);
    expect(await client.closed).toMatchObject({ code: 4001 });
    await t.settled();
    expect(errors()).toEqual([]);
  });
});
