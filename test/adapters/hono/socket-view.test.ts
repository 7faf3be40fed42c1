import { Hono } from "hono";
import type { WSContext, WSEvents } from "hono/ws";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { upgradeWebSocket } from "../../../src/adapters/hono/index.ts";
import { type NodeServer, serve } from "../../../src/adapters/node/index.ts";
import type { SocketEvent } from "../../../src/core/contract/observer.ts";
import type { SocketView } from "../../../src/ws/socket-view.ts";
import { brief } from "../../helpers/core/core.ts";

let server: NodeServer | undefined;
const told: SocketEvent[] = [];

afterEach(async () => {
  await server?.close();
  server = undefined;
  told.length = 0;
});

/** A client of a socket whose raw side is handed to `use` when it opens. */
async function connect(use: (raw: SocketView, ws: WSContext) => unknown, events: WSEvents = {}): Promise<WebSocket> {
  const app = new Hono().get(
    "/",
    upgradeWebSocket(() => ({ ...events, onOpen: (_, ws) => use(ws.raw as SocketView, ws) }) as WSEvents),
  );
  const observe = brief(told);
  server = await serve(app, { port: 0, hostname: "127.0.0.1", observe });
  const client = new WebSocket(`ws://127.0.0.1:${server.port}/?a=1`);
  await new Promise((resolve) => client.once("open", resolve));
  return client;
}

const closed = (client: WebSocket) =>
  new Promise<[number, string]>((resolve) => client.once("close", (code, reason) => resolve([code, String(reason)])));
const next = (client: WebSocket) => new Promise((resolve) => client.once("message", (data) => resolve(String(data))));

/** What the server's side collects until it is told that it is enough. */
function collected<Item>() {
  const items: Item[] = [];
  let enough = () => {};
  return {
    items,
    add: (item: Item) => void items.push(item),
    done: () => enough(),
    all: new Promise<Item[]>((resolve) => {
      enough = () => resolve(items);
    }),
  };
}

describe("the raw socket of a closure on Node", () => {
  it("is what a library's adapter takes: it sends, and the events come to it", async () => {
    const client = await connect((raw) => {
      // As the web's: a type of its own, and the constants of the states.
      raw.binaryType = "arraybuffer";
      expect([raw.readyState === raw.OPEN, raw.CONNECTING, raw.CLOSING, raw.CLOSED]).toEqual([true, 0, 2, 3]);
      expect([raw.protocol, raw.extensions, raw.bufferedAmount, new URL(raw.url).search]).toEqual(["", "", 0, "?a=1"]);
      raw.addEventListener("message", ({ data }: MessageEvent) => raw.send(typeof data === "string" ? data : "bytes"));
      raw.addEventListener("message", { handleEvent: (event) => raw.send(event.type) });
    });
    const got = collected<string>();
    client.on("message", (data) => {
      got.add(String(data));
      if (got.items.length === 4) got.done();
    });
    client.send("a");
    client.send(new Uint8Array([1]));
    expect(await got.all).toEqual(["a", "message", "bytes", "message"]);
  });

  it("is what libraries for ws take: events with bytes, ping and pong, callbacks, a code and a reason", async () => {
    const got = collected<unknown>();
    const client = await connect((raw) => {
      raw.on("message", (data: Buffer, isBinary: boolean) => got.add([Buffer.isBuffer(data), String(data), isBinary]));
      raw.once("pong", (data: Buffer) => {
        got.add(["pong", Buffer.isBuffer(data)]);
        raw.send("ponged", { binary: false }, (error?: Error) => got.add(["sent", error]));
      });
      raw.on("close", (code: number, reason: Buffer) => {
        got.add([code, String(reason), raw.readyState]);
        raw.send("late", (error?: Error) => {
          got.add(error?.message);
          got.done();
        });
      });
      raw.ping();
    });
    await next(client);
    client.send("text");
    client.send(Buffer.from("bytes"));
    client.close(4001, "bye");
    expect(await got.all).toEqual([
      ["pong", true],
      ["sent", undefined],
      [true, "text", false],
      [true, "bytes", true],
      [4001, "bye", 3],
      "WebSocket is not open: readyState 3 (CLOSED)",
    ]);
  });

  it("is one object for all handlers, which run beside its listeners", async () => {
    const seen = new Set<unknown>();
    const got = collected<string>();
    const client = await connect(
      (raw) => {
        seen.add(raw);
        raw.onmessage = () => got.add("raw");
        raw.onclose = ({ code, reason, wasClean }) => got.add(`${code} ${reason} ${wasClean}`);
      },
      {
        onMessage(_, ws) {
          seen.add(ws.raw);
          got.add("handler");
          (ws.raw as SocketView).close(4002, Buffer.from("done") as never);
        },
        onClose(_, ws) {
          seen.add(ws.raw);
          got.done();
        },
      },
    );
    client.send("x");
    expect(await closed(client)).toEqual([4002, "done"]);
    expect(await got.all).toEqual(["raw", "handler", "4002 done true"]);
    expect(seen.size).toBe(1);
  });

  it("forgets listeners that were taken away, were for once, or whose signal has aborted", async () => {
    const got = collected<string>();
    const client = await connect((raw) => {
      const never = () => got.add("never");
      const twice = () => got.add("twice");
      const gone = new AbortController();
      raw.on("message", never).addListener("message", never).off("message", never).removeListener("message", never);
      raw.addEventListener("message", never);
      raw.removeEventListener("message", never);
      raw.addEventListener("message", never, { signal: gone.signal });
      gone.abort();
      raw.addEventListener("message", never, { signal: gone.signal });
      raw.addEventListener("message", () => got.add("once"), { once: true });
      raw.once("message", () => got.add("once more"));
      raw.addEventListener("message", twice);
      raw.addEventListener("message", twice);
      raw.on("message", () => raw.listenerCount("message") === 2 && got.items.length > 3 && got.done());
    });
    client.send("1");
    client.send("2");
    expect(await got.all).toEqual(["once", "once more", "twice", "twice"]);
  });

  it("waits for no listener, as ws does not, and one whose promise rejects closes with 1011", async () => {
    const got = collected<string>();
    const client = await connect((raw) => {
      raw.on("message", async (data: Buffer) => {
        got.add(`${data} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        got.add(`${data} ends`);
        if (String(data) === "b") throw new Error("broken");
      });
    });
    client.send("a");
    client.send("b");
    expect(await closed(client)).toEqual([1011, "INTERNAL"]);
    expect(got.items).toEqual(["a begins", "b begins", "a ends", "b ends"]);
    expect(told).toMatchObject([{ type: "error" }]);
  });

  it("gives what a listener throws to onError", async () => {
    const errors: unknown[] = [];
    const client = await connect(
      (raw) =>
        raw.addEventListener("message", () => {
          throw new Error("thrown");
        }),
      { onError: (event, ws) => void errors.push((event as ErrorEvent).message, ws.send("caught")) },
    );
    client.send("x");
    expect(await next(client)).toBe("caught");
    expect(errors[0]).toBe("thrown");
  });

  it("terminates, and removes all listeners", async () => {
    const client = await connect((raw) => {
      raw.on("close", () => expect.unreachable());
      raw.removeAllListeners("close").on("message", () => raw.terminate());
    });
    client.on("error", () => {});
    client.send("x");
    expect((await closed(client))[0]).toBe(1006);
  });

  it.each(["arraybuffer", "blob", "nodebuffer"] as const)("gives bytes as binaryType says: %s", async (type) => {
    const got = collected<unknown>();
    const client = await connect((raw) => {
      raw.binaryType = type;
      raw.addEventListener("message", async ({ data }: MessageEvent) => {
        got.add(Object.prototype.toString.call(data));
        got.add([...new Uint8Array(data instanceof Blob ? await data.arrayBuffer() : data)]);
        got.done();
      });
    });
    client.send(new Uint8Array([1, 2]));
    const name = { arraybuffer: "ArrayBuffer", blob: "Blob", nodebuffer: "Uint8Array" }[type];
    expect(await got.all).toEqual([`[object ${name}]`, [1, 2]]);
  });
});
