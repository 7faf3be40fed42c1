import { defineSocket, refuse, type } from "onesocket";
import { connect } from "onesocket/client";
import { testing } from "onesocket/test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";

const chat = defineSocket({
  name: "chat",
  protocols: ["chat.v1"],
  upgrade({ url }) {
    const name = new URL(url).searchParams.get("name");
    if (name === "eve") return refuse(4001, "not you");
    return name ? { state: { name } } : new Response("who?", { status: 401 });
  },
  message(socket, data) {
    if (data === "close") return socket.close(4000, "enough");
    socket.send(typeof data === "string" ? `${socket.state.name}: ${data}` : data);
  },
});

const votes = defineSocket({
  name: "votes",
  history: { messages: 100, ms: 60_000 },
  methods: {
    vote: { params: z.string(), handle: (socket, choice) => socket.room.notify("voted", choice) },
    lose: { handle: (socket) => socket.terminate() },
  },
  notifications: { voted: type<string>() },
});

/** The names of what happens to it, with what an event has. */
function told(socket: WebSocket): string[] {
  const events: string[] = [];
  socket.addEventListener("open", () => events.push(`open ${socket.protocol}`));
  socket.addEventListener("message", ({ data }) => events.push(`message ${data}`));
  socket.addEventListener("error", () => events.push("error"));
  socket.addEventListener("close", ({ code, reason, wasClean }) => events.push(`close ${code} ${reason} ${wasClean}`));
  return events;
}

const until = (events: string[], last: string) => expect.poll(() => events.at(-1), { interval: 1 }).toMatch(last);

describe("the WebSocket of a kit", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("opens, brings what is said, and closes, as the platform's does", async () => {
    await using t = testing(chat);
    const socket = new t.WebSocket("/?name=ada", "chat.v1");
    const events = told(socket);
    expect([socket.readyState, socket.CONNECTING, socket.url]).toEqual([0, 0, "ws://localhost/?name=ada"]);
    expect(() => socket.send("too early")).toThrow(DOMException);
    await until(events, "open chat.v1");
    socket.send("hello");
    await until(events, "message ada: hello");
    socket.close(3001, "bye");
    expect(socket.readyState).toBe(socket.CLOSING);
    await until(events, "close");
    expect(events).toEqual(["open chat.v1", "message ada: hello", "close 3001 bye true"]);
    expect(socket.readyState).toBe(socket.CLOSED);
    expect(t.events.at(-1)).toMatchObject({ type: "closed", code: 3001, by: "client" });
  });

  it("gives bytes as its binaryType says", async () => {
    await using t = testing(chat);
    const socket = new t.WebSocket("/?name=ada");
    const data: unknown[] = [];
    socket.onmessage = (event) => data.push(event.data);
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    socket.send(new Uint8Array([1, 2]));
    await expect.poll(() => data.length).toBe(1);
    socket.binaryType = "arraybuffer";
    socket.send(new Uint8Array([3]).buffer);
    await expect.poll(() => data.length).toBe(2);
    expect(await (data[0] as Blob).bytes()).toEqual(new Uint8Array([1, 2]));
    expect(data[1]).toEqual(new Uint8Array([3]).buffer);
    socket.onmessage = null;
    expect(socket.onmessage).toBeNull();
  });

  it("is told of a refusal what a page is told: nothing", async () => {
    await using t = testing(chat);
    const events = told(new t.WebSocket("ws://localhost/"));
    await until(events, "close");
    expect(events).toEqual(["error", "close 1006  false"]);
    expect(t.events).toMatchObject([{ type: "refused", status: 401 }]);
  });

  it("is opened and closed by a refusal with a code", async () => {
    await using t = testing(chat);
    const events = told(new t.WebSocket("/?name=eve"));
    await until(events, "close");
    expect(events).toEqual(["open ", "close 4001 not you true"]);
  });

  it("may be closed while it connects, and is closed by the server", async () => {
    await using t = testing(chat);
    const early = new t.WebSocket("/?name=ada");
    const events = told(early);
    early.close();
    await until(events, "close");
    expect(events).toEqual(["error", "close 1006  false"]);
    const late = new t.WebSocket("/?name=ada");
    late.onopen = () => late.send("close");
    await until(told(late), "close 4000 enough true");
  });

  it.each([
    ["an address that is none", (Socket: typeof WebSocket) => new Socket("http://[")],
    ["an address with a fragment", (Socket: typeof WebSocket) => new Socket("/#here")],
    ["a subprotocol twice", (Socket: typeof WebSocket) => new Socket("/", ["a", "a"])],
    ["a subprotocol that is no token", (Socket: typeof WebSocket) => new Socket("/", "a b")],
    ["a code that is not a page's", (Socket: typeof WebSocket) => new Socket("/?name=ada").close(1001)],
    ["a reason that is too long", (Socket: typeof WebSocket) => new Socket("/?name=ada").close(1000, "ä".repeat(62))],
  ])("throws a DOMException for %s", async (_, make) => {
    await using t = testing(chat);
    expect(() => make(t.WebSocket as typeof WebSocket)).toThrow(DOMException);
  });

  it("carries onesocket/client, which comes back and gets what it missed", async () => {
    await using t = testing(votes);
    vi.stubGlobal("WebSocket", t.WebSocket);
    const backoff = { firstMs: 1, longestMs: 5, spreadMs: 1 };
    using ada = connect<typeof votes>("ws://localhost/", { probe: false, backoff });
    const heard: string[] = [];
    ada.on("voted", (choice) => heard.push(choice));
    await ada.request("vote", "yes");
    await expect.poll(() => heard).toEqual(["yes"]);
    const lost = new Promise((resolve) => ada.addEventListener("status", resolve, { once: true }));
    ada.notify("lose");
    await lost;
    const carol = await t.connect("/");
    await carol.request("vote", "no");
    await expect.poll(() => heard).toEqual(["yes", "no"]);
    expect(ada.status.recovered).toBe(true);
  });
});
