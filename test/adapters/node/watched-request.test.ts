import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { attach, serve } from "onesocket/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const HANDSHAKE = [
  "GET / HTTP/1.1",
  "Host: app.example",
  "X-Several: one",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

let asked = Promise.withResolvers<Request>();

/** It answers when its client has left. */
const app = {
  fetch(request: Request): Promise<Response> {
    const { promise, resolve } = Promise.withResolvers<Response>();
    request.signal.addEventListener("abort", () => resolve(new Response()));
    asked.resolve(request);
    return promise;
  },
};

let plain: Server;
const ports: Record<string, number> = {};
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const served = await serve(app, { port: 0, hostname: "127.0.0.1" });
  plain = createServer();
  const attached = attach(plain, app);
  await once(plain.listen(0, "127.0.0.1"), "listening");
  ports.plain = served.port;
  ports.twice = served.port;
  ports.parsed = (plain.address() as AddressInfo).port;
  ends.push(served.close, attached.close);
});

afterAll(async () => {
  for (const end of ends) await end();
  plain.close();
});

beforeEach(() => {
  asked = Promise.withResolvers<Request>();
});

/** An app's request, once its client has left. `use` is called before. */
async function abandoned<Result>(way: string, use: (request: Request) => Result): Promise<[Request, Result]> {
  const socket = connect(ports[way]!, "127.0.0.1");
  socket.on("error", () => {});
  const lines = way === "twice" ? [...HANDSHAKE, "X-Several: two"] : HANDSHAKE;
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const request = await asked.promise;
  const result = use(request);
  expect(request.signal.aborted).toBe(false);
  const aborted = once(request.signal, "abort");
  socket.resetAndDestroy();
  await aborted;
  return [request, result];
}

describe.each(["plain", "twice", "parsed"])("an app's request on Node (%s)", (way) => {
  it("is the web's, with all headers", async () => {
    const [request] = await abandoned(way, () => {});
    expect(request).toBeInstanceOf(Request);
    expect(request.method).toBe("GET");
    expect(request.url).toBe("http://app.example/");
    expect(request.body).toBe(null);
    expect(Object.fromEntries(request.headers)).toEqual({
      connection: "Upgrade",
      host: "app.example",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-version": "13",
      upgrade: "websocket",
      "x-several": way === "twice" ? "one, two" : "one",
    });
  });

  it("is aborted when its client leaves, and with it whatever was made of it", async () => {
    const [request, made] = await abandoned(way, (before) => [
      new Request(before).signal,
      new Request(new Request(before), { method: "POST" }).signal,
      new Request("http://other.example/", before).signal,
      before.clone().signal,
      before.clone().clone().signal,
      AbortSignal.any([before.signal]),
      AbortSignal.any([new Request(before).signal, AbortSignal.timeout(60_000)]),
    ]);
    expect(made.map(({ aborted, reason }) => [aborted, (reason as Error).name])).toEqual(
      made.map(() => [true, "AbortError"]),
    );
    expect([new Request(request), request.clone()].map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(() => request.signal.throwIfAborted()).toThrow();
  });

  it("ends what is fetched by it when its client leaves", async () => {
    const silent = await silentServer();
    try {
      const [, failed] = await abandoned(way, (request) => {
        // fetch sends no handshakes.
        for (const name of ["connection", "host", "upgrade"]) request.headers.delete(name);
        const { signal } = request;
        return Promise.allSettled([
          fetch(silent.url, request),
          fetch(new Request(silent.url, request)),
          fetch(silent.url, { signal }),
        ]);
      });
      expect((await failed).map((result) => result.status === "rejected" && result.reason.name)).toEqual([
        "AbortError",
        "AbortError",
        "AbortError",
      ]);
    } finally {
      silent.close();
    }
  });

  it("keeps its headers in a copy, and can be changed by itself", async () => {
    const [, copy] = await abandoned(way, (request) => {
      const made = new Request(request);
      request.headers.set("x-several", "changed");
      return made;
    });
    expect(copy.headers.get("x-several")).toBe(way === "twice" ? "one, two" : "one");
  });
});

/** It accepts requests, and never answers. */
async function silentServer(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(() => {});
  await once(server.listen(0, "127.0.0.1"), "listening");
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}
