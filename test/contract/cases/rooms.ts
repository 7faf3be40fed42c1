import { expect, it } from "vitest";
import { CLOSE, closePayload, frame, header } from "../../helpers/raw.ts";
import { capability } from "../capabilities.ts";
import { freshRoom, type Suite } from "../runtime.ts";

export function rooms(suite: Suite): void {
  /** For cases that look at bytes. */
  const wired: (name: string, run: () => Promise<void>) => void = suite.isWired ? it : () => {};
  const may = capability(suite.runtime);
  const join = (room: string, name: string) => suite.connect(`/main/${room}?name=${name}`);

  it("R1 lets sockets of different rooms never hear one another", async () => {
    const roomA = freshRoom();
    const roomB = `${roomA}b`;
    const a = await join(roomA, "a");
    const b = await join(roomB, "b");
    await suite.sleep(roomA);
    b.tell("shout", "to everyone in b");
    await b.ask("subscribe", "news").then((reply) => expect(reply).toEqual({ heard: "to everyone in b" }));
    expect(await b.json()).toMatchObject({ topics: ["news"] });
    await a.ask("subscribe", "news");
    b.tell("shout", "to the topic in b", "news");
    expect(await b.json()).toEqual({ heard: "to the topic in b" });
    expect(await a.ask("say", "fence")).toEqual({ said: "fence" });
    expect(await a.ask("me")).toMatchObject({ room: { id: roomA, size: suite.size(1) } });
  });

  it("R1 keeps rooms of the same id in two definitions apart", async () => {
    const room = freshRoom();
    const one = await join(room, "one");
    const other = await suite.connect(`/small/${room}`);
    await suite.sleep(room);
    other.tell("shout", "elsewhere");
    expect(await other.json()).toEqual({ heard: "elsewhere" });
    expect(await one.ask("say", "fence")).toEqual({ said: "fence" });
    expect(await one.ask("me")).toMatchObject({ room: { size: suite.size(1) } });
  });

  it("R1 tells rooms apart whose names only look alike", async () => {
    const room = freshRoom();
    for (const [i, id] of [
      `${room}%20x`,
      `${room}%2Fx`,
      `${room.toUpperCase()}`,
      `${room}é`,
      `${room}e\u0301`,
    ].entries()) {
      const client = await join(encodeURI(decodeURIComponent(id)).replace("/", "%2F"), `${i}`);
      await suite.sleep(decodeURIComponent(id));
      expect(await client.ask("me")).toMatchObject({ room: { id: decodeURIComponent(id), size: suite.size(1) } });
    }
  });

  it("R2 sends to every member once, the sender too", async () => {
    const room = freshRoom();
    const members = [await join(room, "a"), await join(room, "b"), await join(room, "c")];
    await suite.sleep(room);
    members[0]!.tell("shout", "hello");
    for (const member of members) expect(await member.json()).toEqual({ heard: "hello" });
    for (const member of members) expect(await member.ask("say", "fence")).toEqual({ said: "fence" });
  });

  it("R2 leaves out whom the sender excepts", async () => {
    const room = freshRoom();
    const [a, b] = [await join(room, "a"), await join(room, "b")];
    const { id } = await a.ask("me");
    await suite.sleep(room);
    a.tell("shout", "hello", null, id);
    expect(await b.json()).toEqual({ heard: "hello" });
    expect(await a.ask("say", "fence")).toEqual({ said: "fence" });
  });

  it("R2 throws a TypeError for a list of excepted sockets, instead of sending to them", async () => {
    const a = await join(freshRoom(), "a");
    const message = "except is one socket, or { id: socket.id }, not an array";
    expect(await a.ask("except-a-list", "hello")).toMatchObject({ error: "TypeError", message });
    expect(await a.ask("say", "fence")).toEqual({ said: "fence" });
  });

  it("R2 keeps the order of each sender for every member", async () => {
    const room = freshRoom();
    const [a, b, c] = [await join(room, "a"), await join(room, "b"), await join(room, "c")];
    await suite.sleep(room);
    a.tell("burst", "a", 50);
    b.tell("burst", "b", 50);
    for (const member of [a, b, c]) {
      const heard: string[] = [];
      for (let i = 0; i < 100; i++) heard.push((await member.json()).heard as string);
      for (const sender of ["a", "b"]) {
        expect(heard.filter((text) => text.startsWith(sender))).toEqual(
          Array.from({ length: 50 }, (_, i) => sender + i),
        );
      }
    }
  });

  it("R2 reaches every member of a room after so much traffic that its code is optimised", async () => {
    const room = freshRoom();
    const [a, b] = [await join(room, "a"), await join(room, "b")];
    await b.ask("subscribe", "busy");
    await suite.sleep(room);
    for (let round = 0; round < 3; round++) {
      expect(await a.ask("flood-room", "busy", 16_384, 1)).toEqual({ flooded: 16_384 });
      for (let i = 0; i < 16_384; i++) await b.next();
    }
    for (const sender of [a, b]) {
      sender.tell("shout", "hello");
      for (const member of [a, b]) expect(await member.json()).toEqual({ heard: "hello" });
    }
  });

  for (const lengths of [[8], [8, 40_000], [8, 8, 8, 20_000, 300]]) {
    it(`R2 keeps messages to the room and to a member in the order of the calls, of ${lengths} bytes`, async () => {
      const room = freshRoom();
      const [a, b] = [await join(room, "a"), await join(room, "b")];
      await suite.sleep(room);
      a.tell("weave", 100, lengths);
      const heard = async (client: typeof a, count: number) => {
        const numbers: number[] = [];
        for (let i = 0; i < count; i++) {
          const message = await client.next();
          numbers.push(Number(typeof message === "string" ? message : new TextDecoder().decode(message)));
        }
        return numbers;
      };
      const all = Array.from({ length: 100 }, (_, i) => i);
      expect(await heard(a, 100)).toEqual(all);
      expect(await heard(b, 67)).toEqual(all.filter((i) => i % 3 !== 1));
    });
  }

  it("R2 gives a member what was sent before it was closed, and nothing after", async () => {
    const room = freshRoom();
    const [a, b] = [await join(room, "a"), await join(room, "b")];
    await suite.sleep(room);
    a.tell("farewell", "bye");
    expect(await a.json()).toEqual({ heard: "bye" });
    expect(await a.closed).toEqual({ code: 4000, reason: "bye" });
    expect(await b.json()).toEqual({ heard: "bye" });
    expect(await b.json()).toEqual({ heard: "not by the closed" });
  });

  it("R2 excepts a member that is not in the topic, and one that is", async () => {
    const room = freshRoom();
    const [a, b, c] = [await join(room, "a"), await join(room, "b"), await join(room, "c")];
    const [{ id: first }, { id: second }] = [await a.ask("me"), await b.ask("me")];
    for (const member of [b, c]) await member.ask("subscribe", "news");
    await suite.sleep(room);
    a.tell("shout", "from outside", "news", first as string);
    b.tell("shout", "from inside", "news", second as string);
    expect(await b.json()).toEqual({ heard: "from outside" });
    const heard = [await c.json(), await c.json()].map(({ heard }) => heard);
    expect(heard.toSorted()).toEqual(["from inside", "from outside"]);
    for (const member of [a, b]) expect(await member.ask("say", "fence")).toEqual({ said: "fence" });
  });

  it("R2 sends from a route to a room, and to a topic of it", async () => {
    const room = freshRoom();
    const [a, b] = [await join(room, "a"), await join(room, "b")];
    await b.ask("subscribe", "news");
    await suite.sleep(room);
    await suite.post(`/rooms/${room}/send?topic=news`, "for readers");
    await suite.sleep(room);
    await suite.post(`/rooms/${room}/send`, "for all");
    expect(await a.next()).toBe("for all");
    expect(await b.next()).toBe("for readers");
    expect(await b.next()).toBe("for all");
  });

  it("R2 takes a message for a room where nobody is", async () => {
    await suite.post(`/rooms/${freshRoom()}/send`, "anybody there?");
  });

  it("R2 closes a topic's sockets, and then the room's", async () => {
    const room = freshRoom();
    const [a, b, c] = [await join(room, "a"), await join(room, "b"), await join(room, "c")];
    await b.ask("subscribe", "leaving");
    await c.ask("me");
    await suite.sleep(room);
    a.tell("close-room", "leaving", 4010, "topic");
    expect(await b.closed).toEqual({ code: 4010, reason: "topic" });
    expect(await a.ask("me")).toMatchObject({ room: { size: suite.size(2) } });
    await suite.sleep(room);
    a.tell("close-room", null, 4011, "room");
    expect(await a.closed).toEqual({ code: 4011, reason: "room" });
    expect(await c.closed).toEqual({ code: 4011, reason: "room" });
  });

  it("R2 closes a room from a route", async () => {
    const room = freshRoom();
    const client = await join(room, "a");
    await client.ask("me");
    await suite.sleep(room);
    await suite.post(`/rooms/${room}/close`);
    expect(await client.closed).toEqual({ code: 4001, reason: "closed by a route" });
  });

  wired("R2 closes a client that never said anything", async () => {
    const room = freshRoom();
    const client = await suite.raw();
    client.handshake({ path: `/main/${room}` });
    await client.response();
    await suite.post(`/rooms/${room}/close`);
    expect(await client.close()).toEqual({ code: 4001, reason: "closed by a route" });
    client.write(frame(CLOSE, closePayload(4001)));
    if (may("silentClose") === "ends on hibernation") {
      await suite.settle();
      expect(client.isOver).toBe(false);
      await suite.hibernate(room);
    }
    await client.ended;
  });

  it("R3 makes subscribe and unsubscribe take effect at once", async () => {
    const room = freshRoom();
    const client = await join(room, "a");
    await suite.sleep(room);
    expect(await client.ask("flicker", "news")).toEqual({ heard: "within" });
    expect(await client.json()).toEqual({ flickered: true });
  });

  it("R3 sends to a topic's subscribers only, and to each of them once", async () => {
    const room = freshRoom();
    const [a, b] = [await join(room, "a"), await join(room, "b")];
    await b.ask("subscribe", "news");
    expect(await b.ask("subscribe", "news")).toEqual({ error: null, topics: ["news"] });
    await suite.sleep(room);
    a.tell("shout", "news!", "news");
    expect(await b.json()).toEqual({ heard: "news!" });
    expect(await b.ask("unsubscribe", "news")).toEqual({ topics: [] });
    await suite.sleep(room);
    a.tell("shout", "more news!", "news");
    expect(await a.ask("say", "fence")).toEqual({ said: "fence" });
    expect(await b.ask("say", "fence")).toEqual({ said: "fence" });
  });

  it("R3 tells topics apart that differ in half a character only, and an empty one from none", async () => {
    const room = freshRoom();
    const [a, b] = [await join(room, "a"), await join(room, "b")];
    const topics = ["\ud800", "\ud801", "\ufffd", '"\\ud800"'];
    await b.ask("subscribe", topics[0]);
    await a.ask("subscribe", topics[1]);
    await suite.sleep(room);
    for (const topic of [...topics, ""]) a.tell("shout", `to ${JSON.stringify(topic)}`, topic);
    expect(await b.json()).toEqual({ heard: 'to "\\ud800"' });
    expect(await b.ask("say", "fence")).toEqual({ said: "fence" });
    expect(await a.json()).toEqual({ heard: 'to "\\ud801"' });
    expect(await a.ask("say", "fence")).toEqual({ said: "fence" });
  });

  it("R4 takes a closed socket out of sockets, size and topics before its close handler runs", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/main/${room}`);
    const client = await join(room, "leaver");
    await client.ask("subscribe", "log");
    await suite.sleep(room);
    await client.close(4000);
    const close = await watcher.event("close");
    expect(close).toMatchObject({ name: "leaver", listed: false, found: false, size: suite.size(1) });
    expect(await watcher.ask("me")).toMatchObject({ room: { size: suite.size(1) } });
  });

  it("R4 takes a socket that the server closes out of its room at once", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/main/${room}`);
    const client = await join(room, "leaver");
    await suite.sleep(room);
    client.tell("close-twice");
    await watcher.event("closed-twice");
    expect(await watcher.ask("me")).toMatchObject({ room: { size: suite.size(1) } });
  });

  it("R5 keeps id, url, protocol, state, topics and room between messages, come what may", async () => {
    const room = freshRoom();
    const other = await join(room, "other");
    const client = await join(room, "a");
    await client.ask("subscribe", "one");
    await client.ask("subscribe", "two");
    await client.ask("set", { name: "renamed" });
    const before = await client.ask("me");
    expect(before).toMatchObject({
      url: `${suite.host.url}/main/${room}?name=a`,
      state: { name: "renamed" },
      topics: ["one", "two"],
      room: { id: room, size: suite.size(2), found: before.id },
      greeting: "hello",
      readyState: 1,
    });
    await suite.sleep(room);
    const after = await client.ask("me");
    const ids = (me: Record<string, unknown>) => (me.room as { ids: string[] }).ids.toSorted();
    expect(ids(after)).toEqual(ids(before));
    expect({ ...after, room: null }).toEqual({ ...before, room: null });
    await suite.sleep(room);
    other.tell("shout", "still", "two");
    expect(await client.json()).toEqual({ heard: "still" });
  });

  it("R5 makes a room anew only where it was put to sleep", async () => {
    const room = freshRoom();
    const client = await join(room, "a");
    expect(await client.ask("fresh")).toEqual({ fresh: true });
    expect(await client.ask("fresh")).toEqual({ fresh: false });
    await suite.hibernate(room);
    expect(await client.ask("fresh")).toEqual({ fresh: !suite.isWired || may("hibernation") === "on a room's idle" });
  });

  it("R5 keeps the negotiated subprotocol", async () => {
    const client = await suite.connect("/versions", { protocols: ["v2"] });
    expect(await client.json()).toEqual({ protocol: "v2" });
    await suite.sleep("default", "versions");
    client.send("again");
    expect(await client.json()).toEqual({ protocol: "v2" });
  });

  it("R5 gives every socket of a definition its own id", async () => {
    const room = freshRoom();
    const ids = await Promise.all(["a", "b", "c"].map(async (name) => (await (await join(room, name)).ask("me")).id));
    expect(new Set(ids).size).toBe(3);
  });

  it("R6 counts its sockets wherever they are, from inside and from outside", async () => {
    const room = freshRoom();
    const [a, b] = [await join(room, "a"), await join(room, "b")];
    await suite.sleep(room);
    expect(await a.ask("count")).toEqual({ count: 2 });
    const counted = async () => (await suite.fetch(`/rooms/${room}/count`)).json();
    expect(await counted()).toBe(2);
    await b.close();
    await suite.eventually(async () => (await counted()) === 1);
  });

  if (may("objects") === "within reach of routes") {
    it("R7 opens nothing for a request that a route forwards to the object by hand, whatever it claims", async () => {
      const room = freshRoom();
      const watcher = await suite.watch(`/main/${room}`);
      const claims = { room, state: { name: "forged" }, topics: ["log"], id: "forged" };
      const value = JSON.stringify(claims);
      const response = await suite.answer({
        path: `/forward/${room}`,
        headers: { cf: `{"onesocket":${value}}`, onesocket: value, "x-onesocket": value, "cf-onesocket": value },
      });
      expect(response.status).toBe(500);
      expect(header(response, "onesocket-failure")).toBe("NO_HOST");
      expect(await watcher.ask("me")).toMatchObject({ room: { size: suite.size(1) } });
    });
  }

  if (may("mapping") === "needed") {
    it("R7 answers 500 for a definition that the host does not map", async () => {
      const response = await suite.answer({ path: "/unmapped" });
      expect(response.status).toBe(500);
      expect(response.body).toContain("ROOMS_UNMAPPED");
      expect(response.body).toContain("wrangler");
    });
  } else {
    it("R7 needs no mapping of definitions here", async () => {
      await suite.connect("/unmapped");
    });
  }
}
