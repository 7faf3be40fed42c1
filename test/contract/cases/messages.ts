import { once } from "node:events";
import { expect, it } from "vitest";
import type { Client } from "../../helpers/client.ts";
import { BINARY, CLOSE, closePayload, frame, TEXT } from "../../helpers/raw.ts";
import { BUFFERS } from "../../hosts/buffers.ts";
import { capability } from "../capabilities.ts";
import { freshRoom, type Suite } from "../runtime.ts";

export function messages(suite: Suite): void {
  /** For cases that look at bytes, or at what is buffered. */
  const wired: (name: string, run: () => Promise<void>) => void = suite.isWired ? it : () => {};
  const may = capability(suite.runtime);

  /** A room of the main definition with someone in it who hears of hooks, and a client. */
  const pair = async (
    definition = "main",
    query = "?name=ann",
  ): Promise<{ room: string; watcher: Client; client: Client }> => {
    const room = freshRoom();
    const watcher = await suite.watch(`/${definition}/${room}`);
    const client = await suite.connect(`/${definition}/${room}${query}`);
    if (suite.host.asleep === "between") await client.ask("say", "something before");
    await suite.sleep(room, definition);
    return { room, watcher, client };
  };

  /** Nothing more has been told to this client, by now. */
  const expectSilence = async (client: Client) => {
    await suite.settle();
    expect(await client.ask("say", "fence")).toEqual({ said: "fence" });
    expect(client.unread).toEqual([]);
  };

  it("M1 delivers text as text and binary as binary, of every length of frame", async () => {
    const room = freshRoom();
    const client = await suite.connect(`/echo/${room}`);
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 200_000]) {
      const text = "x".repeat(length);
      client.send(text);
      expect(await client.next()).toBe(text);
      client.send(new Uint8Array(length).fill(7));
      expect(await client.next()).toEqual(new Uint8Array(length).fill(7));
    }
    await suite.sleep(room, "echo");
    client.send("äöü – 😀");
    expect(await client.next()).toBe("äöü – 😀");
  });

  it("M1 gives a handler a Uint8Array that owns exactly its bytes", async () => {
    const { client, room } = await pair();
    const expected = { plain: true, bytes: [1, 2, 3], offset: 0, owned: 3 };
    client.send(Uint8Array.of(1, 2, 3));
    expect(await client.json()).toEqual(expected);
    await suite.sleep(room);
    client.send(Uint8Array.of(1, 2, 3));
    expect(await client.json()).toEqual(expected);
  });

  wired("M1 joins the fragments of a message, with a Ping between them", async () => {
    const room = freshRoom();
    const client = await suite.raw();
    client.handshake({ path: `/echo/${room}` });
    await client.response();
    client.write(frame(TEXT, "one ", false), frame(9, "p"));
    expect(await client.frame()).toMatchObject({ opcode: 10, payload: Buffer.from("p") });
    await suite.sleep(room, "echo");
    client.write(frame(0, "two ", false), frame(0, "three"));
    expect(await client.frame()).toMatchObject({ opcode: TEXT, fin: true, payload: Buffer.from("one two three") });
    client.end();
  });

  for (const definition of ["echo", "packed"]) {
    const compressed =
      ["always", "for all of a server"].includes(may("compression")) ||
      (may("compression") === "as asked" && definition === "packed");

    wired(
      `M1 delivers messages of ${definition} ${compressed ? "" : "un"}compressed to a client that offers to compress`,
      async () => {
        const room = freshRoom();
        const client = await suite.connect(`/${definition}/${room}`, { deflate: true });
        expect(client.socket.extensions).toBe(compressed ? "permessage-deflate" : "");
        for (const text of ["", "short", "long ".repeat(10_000)]) {
          client.send(text);
          expect(await client.next()).toBe(text);
          await suite.sleep(room, definition);
        }
      },
    );
  }

  it("M2 awaits an async handler before it delivers the next message", async () => {
    const { room, watcher, client } = await pair();
    const gate = freshRoom();
    client.tell("wait", gate);
    client.tell("say", 1);
    client.tell("say", 2);
    expect(await watcher.ask("release", gate)).toEqual({ released: gate });
    expect(await client.json()).toEqual({ waited: gate });
    expect(await client.json()).toEqual({ said: 1 });
    await suite.sleep(room);
    expect(await client.json()).toEqual({ said: 2 });
  });

  wired("M2 lets one socket's slow handler keep nobody else waiting", async () => {
    const { room, watcher, client } = await pair();
    const gate = freshRoom();
    client.tell("wait", gate);
    suite.stayAwake();
    const other = await suite.connect(`/main/${room}`);
    expect(await other.ask("say", "served")).toEqual({ said: "served" });
    await watcher.ask("release", gate);
    expect(await client.json()).toEqual({ waited: gate });
  });

  /** A client whose handler waits for a gate, and who sent this much more in the same packet. */
  const crowd = async (gate: string, count: number) => {
    const room = freshRoom();
    const watcher = await suite.watch(`/small/${room}`);
    const client = await suite.raw();
    client.handshake({ path: `/small/${room}` });
    await client.response();
    client.write(said("wait", gate), ...numbers(count).map((i) => said("say", i)), frame(9));
    return { watcher, client };
  };
  const said = (...command: unknown[]) => frame(TEXT, JSON.stringify(command));
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
  const replies = (gate: string, count: number) => [{ waited: gate }, ...numbers(count).map((i) => ({ said: i }))];

  if (may("readingPauses") === "at once") {
    wired("M2 stops reading while a handler is slow, and loses nothing", async () => {
      const gate = freshRoom();
      const { watcher, client } = await crowd(gate, 40);
      await watcher.ask("release", gate);
      for (const reply of replies(gate, 40)) expect(JSON.parse(await client.text())).toEqual(reply);
      client.end();
    });
  } else {
    it("M2 closes with 1008 when more waits for a slow handler than limits.queuedMessages", async () => {
      const gate = freshRoom();
      const { watcher, client } = await crowd(gate, 40);
      expect(await client.close()).toEqual({ code: 1008, reason: "QUEUE_FULL" });
      client.write(frame(CLOSE, closePayload(1008)));
      await watcher.ask("release", gate);
      expect(await watcher.event("close")).toMatchObject({ code: 1008, reason: "QUEUE_FULL" });
      client.end();
    });
  }

  if (may("readingPauses") === "after the packet") {
    it("M2 stops reading after the packet that filled half of the queue, and loses nothing", async () => {
      const gate = freshRoom();
      const { watcher, client } = await crowd(gate, 5);
      expect(await client.frame()).toMatchObject({ opcode: 10 });
      client.write(...numbers(40).map((i) => said("say", i)));
      await watcher.ask("release", gate);
      for (const reply of replies(gate, 5)) expect(JSON.parse(await client.text())).toEqual(reply);
      for (const i of numbers(40)) expect(JSON.parse(await client.text())).toEqual({ said: i });
      client.end();
    });
  }

  wired("M2 holds 20,000 messages behind one slow handler, hands out all of them, and rests", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/deep/${room}`);
    const client = await suite.raw();
    const [gate, count] = [freshRoom(), 20_000];
    client.handshake({ path: `/deep/${room}` });
    await client.response();
    client.write(said("wait", gate), ...numbers(count).map(() => said("tick")), said("ticks"), frame(9));
    // All of them have been read by then.
    if (may("readingPauses") === "never") expect(await client.frame()).toMatchObject({ opcode: 10 });
    await watcher.ask("release", gate);
    for (const reply of [{ waited: gate }, { ticks: count }]) {
      let text: string;
      do text = await client.text();
      while (text === "");
      expect(JSON.parse(text)).toEqual(reply);
    }
    expect(await watcher.ask("say", "fence")).toEqual({ said: "fence" });
    if (suite.host.running) {
      await suite.eventually(async () => (await suite.host.running!("deep", room)) === 0);
    }
    client.reset();
    await watcher.event("close");
  });

  wired("M3 finishes open before the first message", async () => {
    suite.stayAwake();
    const client = await suite.raw();
    const gate = freshRoom();
    client.handshake({ path: `/slow/${gate}?name=slow` }, frame(TEXT, "first"));
    expect((await client.response()).status).toBe(101);
    client.write(frame(TEXT, "second"));
    expect(await client.text()).toBe("opening");
    const opener = await suite.connect(`/slow/${gate}?name=opener`);
    opener.send(gate);
    expect(await client.text()).toBe("opened");
    expect(await client.text()).toBe("first");
    expect(await client.text()).toBe("second");
    client.end();
  });

  wired("M3 delivers nothing that comes after the server's own close", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/main/${room}`);
    const client = await suite.raw();
    client.handshake({ path: `/main/${room}` });
    await client.response();
    await suite.sleep(room);
    client.write(said("close", 4000, "enough"), said("shout", "too late", "log"));
    expect(await client.close()).toEqual({ code: 4000, reason: "enough" });
    client.write(said("shout", "much too late", "log"), frame(CLOSE, closePayload(4000)));
    await watcher.event("open");
    expect(await watcher.event("close")).toMatchObject({ code: 4000, reason: "enough" });
    await expectSilence(watcher);
    client.end();
  });

  it("M4 M11 tells the close code and reason of a client, once, and the client its own again", async () => {
    const { watcher, client, room } = await pair();
    expect(await client.close(4001, "bye")).toEqual({ code: 4001, reason: "bye" });
    expect(await watcher.event("close")).toMatchObject({ name: "ann", code: 4001, reason: "bye", wasClean: true });
    await suite.sleep(room);
    await expectSilence(watcher);
  });

  wired("M4 hands out all that came before a client's Close, one at a time, and then runs close", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/busy/${room}`);
    const client = await suite.raw();
    client.handshake({ path: `/busy/${room}` });
    await client.response();
    const count = 130;
    client.write(...numbers(count).map((i) => frame(TEXT, `${i}`)), frame(CLOSE, closePayload(4001, "bye")));
    expect(await client.close()).toEqual({ code: 4001, reason: "bye" });
    for (const number of numbers(count)) {
      expect(await watcher.event("worked")).toMatchObject({ number, alone: true });
    }
    expect(await watcher.event("close")).toMatchObject({ code: 4001, reason: "bye", wasClean: true, alone: true });
    client.end();
  });

  wired("M2 names on the console a hook that has not ended for a second while messages wait", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/small/${room}`);
    const client = await suite.raw();
    client.handshake({ path: `/small/${room}` });
    await client.response();
    client.write(said("stick"), said("say", 1));
    const isTold = (line: string) => line.includes("small: the hook message has not ended for a second");
    await suite.eventually(() => suite.host.logs.some(isTold));
    client.reset();
    await watcher.event("close");
  });

  wired(
    "M4 never tells as clean what was given up, with the messages that waited, since a handler never ended",
    async () => {
      const room = freshRoom();
      const watcher = await suite.watch(`/small/${room}`);
      const client = await suite.raw();
      client.handshake({ path: `/small/${room}?name=stuck` });
      await client.response();
      client.write(said("stick"), said("shout", "too late", "log"), frame(CLOSE, closePayload(4001)));
      expect(await watcher.event("close")).toMatchObject({ name: "stuck", code: 4001, wasClean: false });
      await expectSilence(watcher);
      client.end();
    },
  );

  wired("M4 never tells as clean that the server closed while messages waited", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/main/${room}`);
    const client = await suite.raw();
    client.handshake({ path: `/main/${room}?name=cut-short` });
    await client.response();
    const gate = freshRoom();
    client.write(said("subscribe", "bad"), said("wait", gate), said("shout", "too late", "log"), frame(9));
    for (let pong = false; !pong; ) pong = (await client.frame()).opcode === 10;
    watcher.tell("close-room", "bad", 4002, "enough");
    expect(await client.close()).toEqual({ code: 4002, reason: "enough" });
    client.write(frame(CLOSE, closePayload(4002)));
    await watcher.ask("release", gate);
    expect(await watcher.event("close")).toMatchObject({ name: "cut-short", code: 4002, wasClean: false });
    await expectSilence(watcher);
    client.end();
  });

  it("M4 tells 1005 for a Close without a code, and answers it without one", async () => {
    const { watcher, client } = await pair();
    expect(await client.close()).toEqual({ code: 1005, reason: "" });
    expect(await watcher.event("close")).toMatchObject({ code: 1005, reason: "", wasClean: true });
  });

  it("M4 tells 1006 for a client that is lost, once", async () => {
    const { watcher, client } = await pair();
    client.vanish();
    expect(await watcher.event("close")).toMatchObject({ code: 1006, reason: "", wasClean: false });
    await expectSilence(watcher);
  });

  wired("M4 tells 1006 for a client that resets the connection", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/main/${room}`);
    const client = await suite.raw();
    client.handshake({ path: `/main/${room}?name=raw` });
    await client.response();
    await watcher.event("open");
    await suite.sleep(room);
    client.reset();
    expect(await watcher.event("close")).toMatchObject({ name: "raw", code: 1006, wasClean: false });
  });

  it("M4 tells its own code when the server closed first, once", async () => {
    const { watcher, client } = await pair();
    client.tell("close", 4002, "over");
    expect(await client.closed).toEqual({ code: 4002, reason: "over" });
    expect(await watcher.event("close")).toMatchObject({ code: 4002, reason: "over", wasClean: true });
    await expectSilence(watcher);
  });

  wired("M4 gives up on a client that never answers the server's Close", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/small/${room}`);
    const client = await suite.raw();
    client.handshake({ path: `/small/${room}?name=mute` });
    await client.response();
    await suite.sleep(room, "small");
    client.write(said("close", 4006, "answer me"));
    expect(await client.close()).toEqual({ code: 4006, reason: "answer me" });
    const told =
      may("unansweredClose") === "lost"
        ? { code: 1006, reason: "", wasClean: false }
        : { code: 4006, reason: "answer me", wasClean: true };
    expect(await watcher.event("close")).toMatchObject({ name: "mute", ...told });
    client.end();
  });

  wired("M4 answers every Close, and then ends the stream", async () => {
    const room = freshRoom();
    const client = await suite.raw();
    client.handshake({ path: `/main/${room}` });
    await client.response();
    client.write(frame(TEXT, '["say",1]'));
    await client.frame();
    await suite.sleep(room);
    client.write(frame(CLOSE, closePayload(4005, "done")));
    expect(await client.close()).toMatchObject({ code: 4005 });
    await client.ended;
  });

  wired("M4 runs close even when a handler never ends", async () => {
    const { watcher, client } = await pair("small");
    client.tell("stick");
    client.close(4003, "stuck");
    expect(await watcher.event("close")).toMatchObject({ code: 4003 });
  });

  it("M4 aborts the socket's signal when the client goes, while its handler runs", async () => {
    const { watcher, client } = await pair();
    client.tell("signal");
    client.close(4004);
    expect(await watcher.event("signal")).toMatchObject({ aborted: true });
    expect(await watcher.event("close")).toMatchObject({ code: 4004, aborted: true });
  });

  it("M4 lets work that was given to waitUntil end after its socket has gone", async () => {
    const { watcher, client } = await pair();
    expect(await client.ask("outlive")).toEqual({ outlives: true });
    client.close(4000);
    await watcher.event("close");
    await watcher.event("outlived");
  });

  it("M5 tells the log of work that failed in waitUntil, whatever can be awaited, and closes nothing", async () => {
    const { client } = await pair();
    for (const kind of ["promise", "thenable", "throwing thenable"]) {
      const failure = `failure of ${freshRoom()}`;
      expect(await client.ask("fail-later", kind, failure)).toEqual({ later: failure });
      await suite.eventually(() => suite.host.logs.some((line) => line.includes(failure)));
    }
    expect(await client.ask("say", "still open")).toEqual({ said: "still open" });
  });

  it("M5 tells no log of what ends by the signal of a socket that has gone", async () => {
    const { watcher, client } = await pair();
    client.tell("heed");
    client.close(4007);
    expect(await watcher.event("close")).toMatchObject({ code: 4007 });
    const failure = `failure of ${freshRoom()}`;
    watcher.tell("fail-later", "promise", failure);
    await suite.eventually(() => suite.host.logs.some((line) => line.includes(failure)));
    expect(suite.host.logs.filter((line) => line.includes("Abort"))).toEqual([]);
  });

  it("M6 takes a message of exactly limits.messageBytes, counted as UTF-8", async () => {
    const { client } = await pair("small");
    client.send(new Uint8Array(1024));
    expect(await client.json()).toMatchObject({ owned: 1024 });
    const text = "ä".repeat((1024 - '["say",""]'.length) / 2);
    expect(await client.ask("say", text)).toEqual({ said: text });
  });

  it("M6 closes with 1008 for more than limits.messagesPerSecond, and hands out those before", async () => {
    const { watcher, client, room } = await pair("paced");
    let said = 0;
    // One after the other: Deno loses its Close when more comes behind it.
    const say = async () => {
      expect(await client.ask("say", said)).toEqual({ said });
      said++;
    };
    while (said < 3) await say();
    await suite.sleep(room, "paced");
    await expect(async () => {
      for (;;) await say();
    }).rejects.toThrow("closed with 1008 RATE_LIMITED");
    expect(said).toBeGreaterThanOrEqual(4);
    expect(await client.closed).toEqual({ code: 1008, reason: "RATE_LIMITED" });
    const event = { name: "ann", code: 1008, reason: "RATE_LIMITED", wasClean: false };
    expect(await watcher.event("close")).toMatchObject(event);
  });

  for (const [kind, message] of [
    ["binary", new Uint8Array(1025)],
    ["text", "x".repeat(1025)],
    ["text of fewer characters than bytes", "ä".repeat(513)],
  ] as const) {
    it(`M6 closes with 1009 for a ${kind} message over limits.messageBytes`, async () => {
      const { watcher, client } = await pair("small");
      client.send(message);
      expect(await client.closed).toEqual({ code: 1009, reason: "MESSAGE_TOO_BIG" });
      expect(await watcher.event("close")).toMatchObject({ code: 1009, reason: "MESSAGE_TOO_BIG" });
    });
  }

  wired("M6 closes with 1007 for text that is not UTF-8, where that is visible", async () => {
    const room = freshRoom();
    const client = await suite.raw();
    client.handshake({ path: `/echo/${room}` });
    await client.response();
    await suite.sleep(room, "echo");
    client.write(frame(TEXT, Uint8Array.of(0xff, 0xfe)));
    const answer = await client.frame().catch(() => undefined);
    if (may("invalidUtf8") === "closed with 1007") {
      expect(answer?.opcode).toBe(CLOSE);
      expect(answer?.payload.readUInt16BE(0)).toBe(1007);
    } else if (may("invalidUtf8") === "cut") {
      expect(answer).toBe(undefined);
    } else {
      expect(answer).toMatchObject({ opcode: TEXT, payload: Buffer.from("\ufffd\ufffd") });
    }
    client.end();
  });

  it("M7 returns false from send on a closed socket", async () => {
    const { watcher, client } = await pair();
    await client.close(1000);
    expect(await watcher.event("close")).toMatchObject({ sent: false, readyState: 3 });
  });

  it("M7 takes a second close as harmless, and keeps to the first", async () => {
    const { watcher, client } = await pair();
    client.tell("close-twice");
    expect(await watcher.event("closed-twice")).toMatchObject({ error: null, sent: false });
    expect(await client.closed).toEqual({ code: 4001, reason: "first" });
    expect(await watcher.event("close")).toMatchObject({ code: 4001, reason: "first" });
  });

  it("M7 throws a TypeError for a close code or a reason that may not be sent", async () => {
    const { client } = await pair();
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 1000.5]) {
      expect(await client.ask("close", code), `${code}`).toMatchObject({ error: "TypeError" });
    }
    expect(await client.ask("close", 4000, "x".repeat(124))).toMatchObject({ error: "TypeError" });
    expect(await client.ask("close", 4000, "ä".repeat(62))).toMatchObject({ error: "TypeError" });
    expect(await client.ask("say", "still open")).toEqual({ said: "still open" });
  });

  for (const code of [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 4999]) {
    it(`M7 closes with ${code} when told to`, async () => {
      const { client } = await pair();
      client.tell("close", code, "x".repeat(123));
      expect(await client.closed).toEqual({ code, reason: "x".repeat(123) });
    });
  }

  it("M7 closes with 1000 when told nothing more", async () => {
    const { client } = await pair();
    client.tell("close");
    expect(await client.closed).toEqual({ code: 1000, reason: "" });
  });

  it("M7 throws a TypeError for data that can't be sent", async () => {
    const { client } = await pair();
    expect(await client.ask("send-nonsense")).toMatchObject({ error: "TypeError" });
  });

  for (const kind of Object.keys(BUFFERS)) {
    it(`M7 sends what a ${kind} held at the call: in open, from a hook, to the room, and from outside`, async () => {
      const { room, ...others } = await pair();
      suite.stayAwake();
      const client = await suite.connect(`/main/${room}?reuse=${encodeURIComponent(kind)}`);
      client.tell("reuse", kind);
      const expectAll = async (member: Client, times: number) => {
        for (let i = 0; i < 5 * times; i++) expect(await member.next()).toEqual(new Uint8Array(4).fill(i % 5));
      };
      await expectAll(client, 3);
      await suite.post(`/rooms/${room}/reuse`, kind);
      await expectAll(client, 1);
      for (const other of Object.values(others)) await expectAll(other, 2);
    });
  }

  it("M7 ends the connection without a Close on terminate, where the runtime can", async () => {
    const { watcher, client } = await pair();
    client.tell("terminate");
    expect(await client.closed).toEqual({ code: may("terminate") === "cuts" ? 1006 : 1005, reason: "" });
    expect(await watcher.event("close")).toMatchObject({ name: "ann", code: 1006, wasClean: false });
    await expectSilence(watcher);
  });

  wired("M8 tells how much is buffered, where the runtime can, and when it has drained", async () => {
    const { client } = await pair();
    expect(await client.ask("me")).toMatchObject({
      bufferedAmount: may("bufferedAmount") === "known" ? "number" : "undefined",
    });
    expect(await client.ask("drained")).toEqual({ drained: true });
  });

  wired("M8 closes a client that does not read, where the runtime tells how much is buffered", async () => {
    const room = freshRoom();
    const watcher = await suite.watch(`/small/${room}`);
    const client = await suite.raw();
    client.handshake({ path: `/small/${room}?name=slow` });
    await client.response();
    await suite.sleep(room, "small");
    client.pause();
    client.write(said("flood", 256, 65_536));
    const { sent } = await watcher.event("flooded");
    if (may("bufferedAmount") === "known") {
      expect(sent).toBeLessThan(256);
      expect(await watcher.event("close")).toMatchObject({
        code: may("unansweredClose") === "lost" ? 1006 : 1013,
        name: "slow",
        wasClean: false,
      });
    } else {
      expect(sent).toBe(256);
    }
    client.reset();
  });

  for (const [count, bytes] of [
    [128, 65_536],
    [16_384, 512],
  ] as const) {
    wired(
      `M8 closes a member that does not read what its room sends, where the runtime tells how much is buffered: ${count} times ${bytes} bytes`,
      async () => {
        const room = freshRoom();
        const watcher = await suite.watch(`/small/${room}`);
        const speaker = await suite.connect(`/small/${room}?name=speaker`);
        const client = await suite.raw();
        client.handshake({ path: `/small/${room}?name=slow` });
        await client.response();
        client.write(said("subscribe", "deep"));
        await client.text();
        client.pause();
        expect(await speaker.ask("flood-room", "deep", count, bytes)).toEqual({ flooded: count });
        if (may("bufferedAmount") === "known") {
          const code = may("unansweredClose") === "lost" ? 1006 : 1013;
          expect(await watcher.event("close")).toMatchObject({ code, name: "slow", wasClean: false });
        } else {
          expect(await speaker.ask("me")).toMatchObject({ room: { size: suite.size(3) } });
        }
        expect(await speaker.ask("say", "fence")).toEqual({ said: "fence" });
        client.reset();
        if (may("bufferedAmount") === "unknown") {
          expect(await watcher.event("close")).toMatchObject({ code: 1006, name: "slow", wasClean: false });
        }
        speaker.tell("shout", "who is left?");
        for (const member of [speaker, watcher]) expect(await member.json()).toEqual({ heard: "who is left?" });
      },
    );
  }

  it("M9 answers the text that heartbeat names with the other, and does not deliver it", async () => {
    const { client, room } = await pair("small");
    client.send("ping");
    expect(await client.next()).toBe("pong");
    await suite.sleep(room, "small");
    client.send("ping");
    expect(await client.next()).toBe("pong");
    expect(await client.ask("say", "fence")).toEqual({ said: "fence" });
  });

  it("M9 delivers the text ping like any other when no heartbeat names it", async () => {
    const room = freshRoom();
    const client = await suite.connect(`/echo/${room}`);
    client.send("ping");
    expect(await client.next()).toBe("ping");
    await suite.sleep(room, "echo");
    client.send("ping");
    expect(await client.next()).toBe("ping");
  });

  wired("M9 keeps a client that cannot be heard, since its handler is slow and reading has stopped", async () => {
    const { watcher, client } = await pair("beating");
    // More than half of what may wait: reading stops, where it can.
    const [gate, count] = [freshRoom(), 80];
    client.tell("wait", gate);
    for (let i = 0; i < count; i++) client.tell("say", i);
    if (may("pings") === "as asked") {
      for (let pings = 0; pings < 3; pings++) await once(watcher.socket, "ping");
    }
    await watcher.ask("release", gate);
    expect(await client.json()).toEqual({ waited: gate });
    for (let i = 0; i < count; i++) expect(await client.json()).toEqual({ said: i });
  });

  wired("M9 answers a protocol Ping", async () => {
    const room = freshRoom();
    const client = await suite.raw();
    client.handshake({ path: `/echo/${room}` });
    await client.response();
    await suite.sleep(room, "echo");
    client.write(frame(9, "are you there"));
    expect(await client.frame()).toMatchObject({ opcode: 10, payload: Buffer.from("are you there") });
    client.write(frame(BINARY, Uint8Array.of(1)));
    expect(await client.frame()).toMatchObject({ opcode: BINARY });
    client.end();
  });

  it("M10 replaces state with what is set", async () => {
    const { client, room } = await pair();
    expect(await client.ask("me")).toMatchObject({ state: { name: "ann" } });
    expect(await client.ask("set", { name: "bob" })).toEqual({ error: null, state: { name: "bob" } });
    await suite.sleep(room);
    expect(await client.ask("me")).toMatchObject({ state: { name: "bob" } });
  });

  it("M10 clones state when it is set", async () => {
    const { client, room } = await pair();
    expect(await client.ask("alias")).toEqual({ state: { name: "before" } });
    await suite.sleep(room);
    expect(await client.ask("me")).toMatchObject({ state: { name: "before" } });
  });

  it("M10 freezes state when it is read", async () => {
    const { client } = await pair();
    expect(await client.ask("mutate")).toMatchObject({ error: "TypeError", state: { name: "ann" } });
    await client.ask("set", { name: "bob" });
    expect(await client.ask("mutate")).toMatchObject({ error: "TypeError", state: { name: "bob" } });
  });

  for (const kind of ["function", "date", "map", "bytes", "infinity", "bigint", "cycle"]) {
    it(`M10 throws a TypeError for state with a ${kind}, and keeps the old one`, async () => {
      const { client } = await pair();
      expect(await client.ask("unfit", kind)).toMatchObject({ error: "TypeError", state: { name: "ann" } });
    });
  }

  it("M10 throws a RangeError for state over 8 KiB as JSON, and takes it up to there", async () => {
    const { client, room } = await pair();
    const name = "x".repeat(8192 - '{"name":""}'.length);
    expect(await client.ask("set", { name })).toEqual({ error: null, state: { name } });
    expect(await client.ask("set", { name: `${name}x` })).toMatchObject({ error: "RangeError", state: { name } });
    await suite.sleep(room);
    expect(await client.ask("me")).toMatchObject({ state: { name } });
  });

  it("M10 throws a RangeError for topics over 4 KiB in all, and keeps those that fit", async () => {
    const { client } = await pair();
    const topics = ["a".repeat(2000), "b".repeat(2000)];
    await client.ask("subscribe", topics[0]);
    await client.ask("subscribe", topics[1]);
    expect(await client.ask("subscribe", "c".repeat(200))).toMatchObject({ error: "RangeError", topics });
  });

  it("M10 keeps the largest state, topics and URL together", async () => {
    const room = freshRoom();
    const base = `${suite.host.url}/main/${room}?name=`;
    const client = await suite.connect(`/main/${room}?name=${"n".repeat(2048 - base.length)}`);
    const name = "\u00e9".repeat((8192 - '{"name":""}'.length - 1) / 2);
    const topics = ["a".repeat(2040), "b".repeat(2040)];
    expect(await client.ask("set", { name })).toMatchObject({ error: null });
    expect(await client.ask("subscribe", topics[0])).toMatchObject({ error: null });
    expect(await client.ask("subscribe", topics[1])).toMatchObject({ error: null });
    await suite.sleep(room);
    expect(await client.ask("me")).toMatchObject({ state: { name }, topics });
  });
}
