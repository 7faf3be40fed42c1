import { afterEach, expect, it } from "vitest";
import { type NodeServer, type ServeOptions, serve } from "../../src/adapters/node/index.ts";
import { type ConnectOptions, connect, RequestError } from "../../src/client/index.ts";
import { defineSocket, RpcError, rooms, type } from "../../src/index.ts";
import { startWorker } from "../helpers/miniflare.ts";
import { reaching } from "./peer.ts";

const open: { stop(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

const chat = defineSocket({
  name: "chat",
  history: { messages: 100 },
  upgrade: (request) => ({ state: { name: new URL(request.url).searchParams.get("name") ?? "" } }),
  methods: {
    say: {
      params: type<unknown>(),
      handle: (socket, text) =>
        socket.room.notify("said", socket.state.name ? `${socket.state.name}: ${text}` : `${text}`),
    },
    made: { handle: (): number => 0 },
    drop: { handle: (socket) => socket.close(1012) },
    fail: {
      handle: () => {
        throw new RpcError(409, "taken", { by: "ada" });
      },
    },
  },
  notifications: { said: type<string>() },
});

async function host(options: Partial<ServeOptions<unknown>> = {}): Promise<NodeServer> {
  const server = await serve(chat, { port: 0, hostname: "127.0.0.1", observe: () => {}, ...options });
  open.push({ stop: () => server.close() });
  return server;
}

function client(url: string, options: ConnectOptions = {}) {
  const made = connect<typeof chat>(url, { backoff: { firstMs: 10, longestMs: 20, spreadMs: 10 }, ...options });
  open.push({ stop: () => made.close() });
  const heard: unknown[] = [];
  made.on("said", (text) => heard.push(text));
  made.addEventListener("status", () => {
    if (made.status.recovered !== undefined) heard.push(made.status.recovered);
  });
  const until = async (last: unknown) => {
    while (heard.at(-1) !== last) await new Promise((resolve) => setTimeout(resolve, 1));
    return heard;
  };
  return { client: made, until };
}

it("speaks with a server of ours: requests, errors, notifications, a token with no protocol named", async () => {
  const { url } = await host();
  const ada = client(`${url}/?name=ada`, { token: "t" });
  expect(await ada.client.request("say", "hi")).toBeNull();
  await ada.until("ada: hi");
  expect(ada.client.protocol).toBe("onesocket");
  const error: RequestError = await ada.client.request("fail").catch((reason) => reason);
  expect(error).toBeInstanceOf(RequestError);
  expect(error).toMatchObject({ code: 409, message: "taken", data: { by: "ada" }, sent: true });
});

it("goes on with a fresh token when the one that it came with expires", async () => {
  const seen: string[] = [];
  const guarded = defineSocket({
    name: "guarded",
    upgrade(request) {
      seen.push(request.headers.get("sec-websocket-protocol")?.split("bearer.")[1] ?? "");
      // What comes back has all the time that a busy machine takes.
      return seen.length === 1 ? { until: Date.now() + 100 } : {};
    },
    methods: { hello: { handle: () => "hello" } },
  });
  const server = await serve(guarded, { port: 0, hostname: "127.0.0.1", observe: () => {} });
  open.push({ stop: () => server.close() });
  let n = 0;
  const made = connect<typeof guarded>(server.url, { token: () => `t${++n}`, backoff: { firstMs: 10, longestMs: 20 } });
  open.push({ stop: () => made.close() });
  const { failure } = await reaching(made, "waiting");
  expect(failure).toMatchObject({ code: "CLOSED_BY_SERVER", closeCode: 3000, reason: "expired" });
  await reaching(made, "open");
  expect(await made.request("hello")).toBe("hello");
  expect(seen.slice(0, 2)).toEqual(["t1", "t2"]);
});

it("gets what it missed of a server of ours over a drain, once and in order", async () => {
  const { url } = await host();
  const ada = client(`${url}/?name=ada`);
  const bob = client(`${url}/?name=bob`);
  await reaching(bob.client, "open");
  await ada.client.request("say", 1);
  await bob.until("ada: 1");
  const away = reaching(bob.client, "waiting");
  await rooms(chat).get("default").close({}, 1012);
  await away;
  rooms(chat).get("default").notify("said", "2");
  await ada.client.request("say", 3);
  expect(await bob.until("ada: 3")).toEqual(["ada: 1", true, "2", "ada: 3"]);
});

it("gets what it missed of a Durable Object that slept, and wakes none by its pings", async () => {
  const definition = `
    import { defineSocket, type } from "onesocket";
    import { durableRoom, worker } from "onesocket/cloudflare";
    let made = 0;
    const chat = defineSocket({
      name: "chat",
      history: { messages: 100 },
      methods: {
        say: { handle: (socket, text) => socket.room.notify("said", text) },
        made: { handle: () => made },
        drop: { handle: (socket) => socket.close(1012) },
      },
      notifications: { said: type() },
    });
    export class Room extends durableRoom(chat) {
      constructor(...args) { super(...args); made++; }
    }
    export default worker(chat, { rooms: { chat: "ROOM" } });`;
  const running = await startWorker(definition, { objects: { ROOM: "Room" } });
  open.push({ stop: () => running.dispose() });
  const ada = client(running.ws);
  const bob = client(running.ws, { heartbeat: { everyMs: 20, timeoutMs: 5_000 } });
  await reaching(bob.client, "open");
  await ada.client.request("say", "1");
  await bob.until("1");
  await running.evict("ROOM", "default");
  const made = await ada.client.request("made");
  await running.evict("ROOM", "default");
  // Ten of bob's pings: that they wake nobody is no event that could be awaited.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await ada.client.request("made")).toBe(made + 1);
  const away = reaching(bob.client, "waiting");
  bob.client.notify("drop");
  await away;
  await ada.client.request("say", "2");
  expect(await bob.until("2")).toEqual(["1", true, "2"]);
});
