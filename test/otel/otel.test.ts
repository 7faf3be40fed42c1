import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, type ClientOptions } from "../helpers/client.ts";
import { startWorker } from "../helpers/miniflare.ts";
import { RawClient } from "../helpers/raw.ts";
import { type ProcessRuntime, startOn } from "../helpers/runtimes.ts";

interface Telemetry {
  /** Of each metric its points: attributes and a value, of a histogram how many were recorded. */
  readonly metrics: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, number][]>>;
  readonly spans: readonly Readonly<Record<string, unknown>>[];
}

const HOSTS = `${import.meta.dirname}/hosts`;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const RUNTIMES = ["node", "bun", "deno", "workers"] as const;

async function start(runtime: (typeof RUNTIMES)[number]): Promise<{ url: string; stop(): Promise<unknown> }> {
  if (runtime !== "workers") return startOn(runtime satisfies ProcessRuntime, `${HOSTS}/${runtime}.ts`);
  // Without `nodejs_compat`: the SDK runs there too.
  const started = await startWorker(`${HOSTS}/workers.ts`);
  return { url: started.url, stop: () => started.dispose() };
}

describe.each(RUNTIMES)("telemetry on %s", (runtime) => {
  let url: string;
  let stop: () => Promise<unknown>;
  beforeAll(async () => {
    ({ url, stop } = await start(runtime));
  });
  afterAll(() => stop());

  const connect = (query = "", options?: ClientOptions) => Client.connect(`${url}/chat/lobby${query}`, options);
  const telemetry = async () => (await (await fetch(`${url}/telemetry`)).json()) as Telemetry;

  it("counts handshakes, sockets, messages and hooks, and has a span for each handshake, with nothing of a client's choice", async () => {
    const traceparent = `00-${TRACE}-${PARENT}-01`;
    const first = await connect("?token=s3cret", {
      protocols: ["chat"],
      headers: { traceparent, tracestate: "vendor=1" },
    });
    first.send("é");
    expect(await first.next()).toBe("éé");
    const open = await telemetry();
    const definition = { "onesocket.definition": "chat" };
    expect(open.metrics["onesocket.connections ({connection})"]).toEqual([[definition, 1]]);
    const receive = { ...definition, "network.io.direction": "receive" };
    const transmit = { ...definition, "network.io.direction": "transmit" };
    expect(open.metrics["onesocket.messages ({message})"]).toEqual([
      [receive, 1],
      [transmit, 1],
    ]);
    expect(open.metrics["onesocket.io (By)"]).toEqual([
      [receive, 2],
      [transmit, 4],
    ]);

    first.socket.close(4242);
    await first.closed;
    for (const text of ["close", "throw"]) {
      const client = await connect();
      client.send(text);
      await client.closed;
    }
    for (const query of ["?nobody", "?broken"]) await expect(connect(query)).rejects.toThrow();
    const raw = await RawClient.connect(url);
    raw.handshake({ path: "/chat/lobby", headers: { "sec-websocket-version": "12" } });
    expect((await raw.response()).status).toBe(426);
    raw.end();
    await expect
      .poll(async () => (await telemetry()).metrics["onesocket.connections ({connection})"])
      .toEqual([[definition, 0]]);

    const { metrics, spans } = await telemetry();
    const counts = (name: string, ...keys: string[]) =>
      Object.fromEntries(
        (metrics[name] ?? []).map(([of, count]) => [
          keys
            .map((key) => of[key])
            .join(" ")
            .trim(),
          count,
        ]),
      );
    expect(counts("onesocket.handshakes ({handshake})", "http.response.status_code", "error.type")).toEqual({
      "101": expect.any(Number),
      "401 401": 1,
      "500 HANDLER_ERROR": 1,
      "426 VERSION_UNSUPPORTED": 1,
    });
    expect(counts("onesocket.connection.duration (s)", "onesocket.close.code", "onesocket.close.by")).toEqual({
      "4000-4999 client": 1,
      "4005 server": 1,
      "1011 server": 1,
    });
    expect(counts("onesocket.hook.duration (s)", "onesocket.hook", "error.type")).toEqual({
      message: 2,
      "message HANDLER_ERROR": 1,
    });
    expect(counts("onesocket.errors ({error})", "error.type")).toEqual({ HANDLER_ERROR: 2 });

    expect(spans).toHaveLength(6);
    expect(spans[0]).toMatchObject({
      name: "GET /chat/:room",
      kind: 1,
      trace: TRACE,
      parent: { traceId: TRACE, spanId: PARENT, traceFlags: 1, isRemote: true },
      state: "vendor=1",
      attributes: {
        ...definition,
        "http.request.method": "GET",
        "http.response.status_code": 101,
        "http.route": "/chat/:room",
        "onesocket.subprotocol": "chat",
      },
    });
    expect(spans[1]?.trace).not.toBe(TRACE);
    expect(spans.map(({ status }) => status)).toEqual([0, 0, 0, 0, 2, 0]);
    expect(JSON.stringify({ metrics, spans })).not.toMatch(/s3cret|lobby|4242/);
  });
});

describe("telemetry in a Durable Object", () => {
  it("is told to the class's observer, and what it has counted stays counted when the object has slept", async () => {
    const objects = { CHAT: "ChatRoom" };
    const { url, evict, dispose } = await startWorker(`${HOSTS}/durable.ts`, { objects });
    const telemetry = async (path: string) => (await (await fetch(url + path)).json()) as Telemetry;
    const received = async () =>
      (await telemetry("/object")).metrics["onesocket.messages ({message})"]?.find(
        ([{ "network.io.direction": way }]) => way === "receive",
      )?.[1];
    const client = await Client.connect(`${url}/chat/lobby`);
    for (const text of ["one", "two"]) {
      client.send(text);
      await client.next();
    }
    expect(await received()).toBe(2);
    await evict("CHAT", "default");
    client.send("three");
    await client.next();
    client.socket.close(4242);
    await client.closed;
    await expect.poll(received).toBe(3);

    const { metrics } = await telemetry("/object");
    const definition = { "onesocket.definition": "chat" };
    expect(metrics["onesocket.connections ({connection})"]).toEqual([[definition, 0]]);
    expect(metrics["onesocket.hook.duration (s)"]).toEqual([[{ ...definition, "onesocket.hook": "message" }, 3]]);
    expect(metrics["onesocket.connection.duration (s)"]).toHaveLength(1);
    expect(Object.keys(metrics)).not.toContain("onesocket.handshakes ({handshake})");
    const ofWorker = await telemetry("/telemetry");
    expect(Object.keys(ofWorker.metrics)).toContain("onesocket.handshakes ({handshake})");
    expect(ofWorker.spans).toHaveLength(1);
    await dispose();
  });
});
