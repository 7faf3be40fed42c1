import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startWorker } from "../helpers/miniflare.ts";
import { startOn } from "../helpers/runtimes.ts";
import { Peer } from "../ws/both.ts";
import type { Routes } from "../ws/hosts/app.ts";

interface Host {
  readonly url: string;
  readonly logs: readonly string[];
  stop(): Promise<unknown>;
}

const HOSTS = `${import.meta.dirname}/../ws/hosts`;
const NODE = { compatibilityFlags: ["nodejs_compat"] };
const OBJECTS = { VIEW: "View", AWAKE: "Awake", TRPC: "Trpc", GRAPHQL: "Graphql" };

const STARTS: Readonly<Record<string, () => Promise<Host>>> = {
  node: () => startOn("node", `${HOSTS}/node.ts`),
  bun: () => startOn("bun", `${HOSTS}/bun.ts`),
  deno: () => startOn("deno", `${HOSTS}/deno.ts`),
  workers: async () => stopped(await startWorker(`${HOSTS}/workers.ts`, NODE)),
  durable: async () => stopped(await startWorker(`${HOSTS}/durable.ts`, { ...NODE, objects: OBJECTS })),
};

function stopped<Worker extends { readonly url: string; readonly logs: readonly string[]; dispose(): Promise<void> }>(
  worker: Worker,
): Worker & Host {
  return Object.assign(worker, { stop: () => worker.dispose() });
}

const LONG = "ä".repeat(150_000);

describe.each(Object.keys(STARTS))("libraries that want a WebSocket, on %s", (runtime) => {
  let host: Host;
  beforeAll(async () => {
    host = await STARTS[runtime]!();
  });
  afterAll(() => host.stop());

  const ws = (path: string) => `${host.url.replace("http", "ws")}${path}`;
  const ask = async (peer: Peer, command: string | Uint8Array) => {
    peer.client.send(command);
    return await peer.next();
  };

  it("have the view that they have everywhere", async () => {
    const peer = await new Peer(ws("/view/all"), ["x"]).opened();
    expect(await ask(peer, "hello")).toEqual(["hello", false]);
    expect(await ask(peer, new Uint8Array([97]))).toEqual(["a", true]);
    expect(await ask(peer, LONG)).toEqual([LONG, false]);
    expect(await ask(peer, "ping")).toEqual(["ponged", false]);
    expect(await ask(peer, "request")).toEqual(["/view/all,a=b,all", false]);
    expect(await ask(peer, "state")).toEqual(["true,number,x", false]);
    expect([await ask(peer, "callback"), await peer.next()]).toEqual([
      ["sent", false],
      ["called back undefined", false],
    ]);
    // One that is short enough for V8's own heap, and others.
    for (const length of [0, 1, 64, 65, 4096]) {
      peer.client.send("own");
      const bytes = new Uint8Array(length).fill(length);
      expect([await ask(peer, bytes), await peer.next()]).toEqual([
        [String(Buffer.from(bytes)), true],
        ["true true", false],
      ]);
    }
    peer.client.send("web");
    expect([await ask(peer, new Uint8Array([97])), await peer.next()]).toEqual([
      ["a", true],
      ["[object ArrayBuffer]", false],
    ]);
    expect(await ask(peer, "blob")).toEqual(["blob", true]);
    expect(await peer.closed).toEqual([4001, "after it"]);
  });

  it("close without a code, as the web does", async () => {
    const peer = await new Peer(ws("/view/all")).opened();
    peer.client.send("close");
    expect(await peer.closed).toEqual([1005, ""]);
  });

  it("are closed with 1011 when their listener throws or its promise rejects, and the console tells", async () => {
    for (const [command, told] of [
      ["throw", "thrown by a listener"],
      ["reject", "rejected by a listener"],
    ] as const) {
      const peer = await new Peer(ws("/view/failing")).opened();
      peer.client.send(command);
      expect(await peer.closed).toEqual([1011, "INTERNAL"]);
      // It comes by another pipe than the Close.
      await expect.poll(() => host.logs.join("\n")).toContain(told);
    }
  });

  it("tRPC 11: calls, 300 KB both ways, subscriptions that end, a client that comes back", async () => {
    const client = createWSClient({ url: ws("/trpc"), WebSocket: WebSocket as never, retryDelayMs: () => 10 });
    const trpc = createTRPCClient<Routes>({ links: [wsLink({ client })] });
    expect(await trpc.say.mutate("hello")).toBe("hello");
    expect(await trpc.say.mutate(LONG)).toBe(LONG);
    const counts: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      const subscription = trpc.count.subscribe(undefined, {
        onData(n) {
          counts.push(n);
          if (counts.length === 3) subscription.unsubscribe();
        },
        onComplete: resolve,
        onStopped: resolve,
        onError: reject,
      });
    });
    expect(counts).toEqual([1, 2, 3]);
    (client as unknown as { connection: { ws: WebSocket } }).connection.ws.close();
    expect(await trpc.say.mutate("back")).toBe("back");
    await client.close();
  });

  it("graphql-ws 6: the subprotocol, 300 KB both ways, subscriptions, and its keepalive ends no socket that lives", async () => {
    const closes: unknown[] = [];
    const client = createClient({
      url: ws("/graphql"),
      webSocketImpl: WebSocket,
      lazy: false,
      on: { closed: (event) => void closes.push(event) },
    });
    const say = async (text: string) => {
      const query = "query($text: String!) { say(text: $text) }";
      for await (const { data } of client.iterate<{ say: string }>({ query, variables: { text } })) return data?.say;
      return undefined;
    };
    expect(await say("hello")).toBe("hello");
    expect(await say(LONG)).toBe(LONG);
    const counts: unknown[] = [];
    for await (const { data } of client.iterate<{ count: number }>({ query: "subscription { count }" })) {
      counts.push(data?.count);
      if (counts.length === 3) break;
    }
    expect(counts).toEqual([1, 2, 3]);
    // Three times its keepalive.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(closes).toEqual([]);
    expect(await say("still there")).toBe("still there");
    await client.dispose();
  });
});

describe("in a Durable Object that nobody talks to for 12 seconds", () => {
  it("a library's socket is closed with 1012 when it speaks, and lives on where hibernate is false", async () => {
    const host = await STARTS.durable!();
    const at = (path: string) => new Peer(`${host.url.replace("http", "ws")}${path}`).opened();
    const [asleep, awake] = [await at("/view/night"), await at("/awake/night")];
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    awake.client.send("hello");
    asleep.client.send("hello");
    expect(await awake.next()).toEqual(["hello", false]);
    expect(await asleep.closed).toEqual([1012, "HIBERNATED"]);
    expect(host.logs.join("\n")).toContain("hibernate: false");
    awake.client.close();
    await awake.closed;
    await host.stop();
  });
});
