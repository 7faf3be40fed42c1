import { deepEqual, equal, rejects } from "node:assert/strict";
import { defineSocket, type } from "onesocket";
import { testing } from "onesocket/test";
import { fromConnection } from "onesocket/ws";

const chat = defineSocket({
  name: "chat",
  protocols: ["chat"],
  upgrade(request) {
    const name = new URL(request.url).searchParams.get("name");
    return name ? { room: "lobby", state: { name } } : new Response("who?", { status: 401 });
  },
  open: (socket) => socket.room.send(`${socket.state.name} joined`),
  message: (socket, text) => void socket.send(`${socket.state.name}: ${text}`),
});

const spoken = defineSocket({
  name: "spoken",
  methods: { say: { handle: (socket) => socket.room.notify("said", "hello") } },
  notifications: { said: type<string>() },
});

const viewed = fromConnection({ name: "viewed" }, (ws) => {
  ws.on("message", (data) => ws.send(data));
});

/** What a test of each runner does, by the name of the test. */
export const CASES: Readonly<Record<string, () => Promise<void>>> = {
  async "connects, sleeps, and goes on"() {
    await using t = testing(chat);
    const ada = await t.connect("/chat/lobby?name=ada", { origin: "http://localhost", protocols: "chat" });
    equal(await ada.next(), "ada joined");
    await t.hibernate();
    await t.advance(30_000);
    ada.send("hello");
    equal(await ada.next(), "ada: hello");
    ada.close(4000, "bye");
    deepEqual(await ada.closed, { code: 4000, reason: "bye", wasClean: true });
  },
  async "is refused with a code"() {
    await using t = testing(chat, { observe: {} });
    await rejects(t.connect("/?name=ada", { origin: "https://evil.example" }), { code: "ORIGIN_REJECTED" });
    await rejects(t.connect("/?name=ada", { headers: { host: null } }), { code: "HOST_MISSING" });
    await rejects(t.connect("/"), { status: 401 });
  },
  async "waits no longer than is worth it"() {
    await using t = testing(chat, { patienceMs: 20 });
    const ada = await t.connect("/?name=ada");
    await ada.next();
    await rejects(ada.next(), { code: "NOTHING_CAME" });
  },
  async "calls by name"() {
    await using t = testing(spoken);
    const ada = await t.connect("/");
    equal(await ada.request("say"), null);
    equal(await ada.nextNotification("said"), "hello");
  },
  async "gives a library its view"() {
    await using t = testing(viewed);
    const ada = await t.connect("/");
    ada.send(new Uint8Array([1, 2, 3]));
    deepEqual([...((await ada.next()) as Uint8Array)], [1, 2, 3]);
  },
};
