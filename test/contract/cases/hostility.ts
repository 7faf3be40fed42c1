import { expect, it } from "vitest";
import { frame, type RawClient, TEXT } from "../../helpers/raw.ts";
import { capability } from "../capabilities.ts";
import { freshRoom, type Suite } from "../runtime.ts";

export function hostility(suite: Suite): void {
  /** For cases that look at bytes. */
  const wired: (name: string, run: () => Promise<void>) => void = suite.isWired ? it : () => {};
  const may = capability(suite.runtime);

  /** A room where someone must never notice what happens to the others. */
  const witness = async (definition: string) => {
    const room = freshRoom();
    return { room, watcher: await suite.watch(`/${definition}/${room}`) };
  };

  const KINDS = [
    ["", "throws", "sync"],
    ["-async", "rejects", "async"],
    ["-then", "returns something whose then throws", "then"],
  ] as const;
  for (const [kind, throws, word] of KINDS) {
    it(`M5 closes with 1011 when open ${throws} and there is no error hook`, async () => {
      const { room, watcher } = await witness("faulty");
      suite.stayAwake();
      const client = await suite.connect(`/faulty/${room}?fault=open${kind}`);
      expect(await watcher.event("close")).toMatchObject({ code: 1011 });
      if (may("silentClose") === "ends on hibernation") await suite.hibernate(room, "faulty");
      expect(await client.closed).toEqual({ code: 1011, reason: "INTERNAL" });
    });

    it(`M5 closes with 1011 when message ${throws} and there is no error hook`, async () => {
      const { room, watcher } = await witness("faulty");
      const client = await suite.connect(`/faulty/${room}?fault=message${kind}`);
      await suite.sleep(room, "faulty");
      client.send("fail");
      expect(await client.closed).toEqual({ code: 1011, reason: "INTERNAL" });
      expect(await watcher.event("close")).toMatchObject({ code: 1011 });
      expect(await watcher.ask("say", "fence")).toEqual({ said: "fence" });
    });

    it(`M5 survives a close hook that ${throws}`, async () => {
      const { room, watcher } = await witness("faulty");
      const client = await suite.connect(`/faulty/${room}?fault=close${kind}`);
      await suite.sleep(room, "faulty");
      expect(await client.close(4000)).toMatchObject({ code: 4000 });
      expect(await watcher.event("close")).toMatchObject({ code: 4000 });
      expect(await watcher.ask("me")).toMatchObject({ room: { size: suite.size(1) } });
    });

    it(`M5 gives to error a failure when open ${throws}, and goes on`, async () => {
      const { room } = await witness("careful");
      const client = await suite.connect(`/careful/${room}?fault=open${kind}`);
      expect(await client.json()).toEqual({ caught: `${word} open` });
      await suite.sleep(room, "careful");
      expect(await client.ask("say", 1)).toEqual({ said: 1 });
    });

    it(`M5 gives to error a failure when message ${throws}, and goes on`, async () => {
      const { room } = await witness("careful");
      const client = await suite.connect(`/careful/${room}?fault=message${kind}`);
      await suite.sleep(room, "careful");
      client.send("fail");
      expect(await client.json()).toEqual({ caught: `${word} message` });
      await suite.sleep(room, "careful");
      expect(await client.ask("say", 1)).toEqual({ said: 1 });
    });

    it(`M5 gives to error a failure when close ${throws}`, async () => {
      const { room, watcher } = await witness("careful");
      const client = await suite.connect(`/careful/${room}?fault=close${kind}`);
      await suite.sleep(room, "careful");
      await client.close(4000);
      expect(await watcher.event("error")).toMatchObject({ message: `${word} close` });
    });

    it(`M5 closes with 1011 when error itself ${throws}`, async () => {
      const { room, watcher } = await witness("careful");
      const client = await suite.connect(`/careful/${room}?name=clumsy${kind}&fault=message`);
      await suite.sleep(room, "careful");
      client.send("fail");
      expect(await client.closed).toEqual({ code: 1011, reason: "INTERNAL" });
      expect(await watcher.event("close")).toMatchObject({ code: 1011 });
      expect(await watcher.ask("say", "fence")).toEqual({ said: "fence" });
    });
  }

  wired("M5 tells the log what a hook threw, and never the client", async () => {
    suite.stayAwake();
    const client = await suite.raw();
    client.handshake({ path: `/faulty/${freshRoom()}?fault=message` }, frame(TEXT, "fail"));
    await client.response();
    expect(await client.close()).toEqual({ code: 1011, reason: "INTERNAL" });
    client.end();
    await suite.eventually(() => suite.host.logs.some((line) => line.includes("sync message")));
  });

  const FAULTS = {
    "without a mask": Buffer.of(0x81, 1, 65),
    "with a reserved opcode": Buffer.of(0x83, 0x80, 0, 0, 0, 0),
    "with a reserved bit": Buffer.of(0xf1, 0x80, 0, 0, 0, 0),
  };

  for (const [fault, bytes] of Object.entries(FAULTS)) {
    wired(`M5 serves everyone else after a client sent a frame ${fault}`, async () => {
      const room = freshRoom();
      const other = await suite.connect(`/echo/${room}`);
      const client = await suite.raw();
      client.handshake({ path: `/echo/${room}` });
      await client.response();
      await suite.sleep(room, "echo");
      client.write(bytes);
      if (fault === "without a mask" && may("unmaskedFrames") === "taken") expect(await client.text()).toBe("A");
      else await expectRejection(client, room);
      client.reset();
      other.send("still here");
      expect(await other.next()).toBe("still here");
    });
  }

  /** The server gives the client up, in the way of its runtime. */
  const expectRejection = async (client: RawClient, room: string) => {
    if (may("protocolErrors") !== "cut") expect(await client.close()).toMatchObject({ code: may("protocolErrors") });
    if (may("protocolErrorEnd") === "ends on hibernation") {
      await suite.settle();
      expect(client.isOver).toBe(false);
      await suite.hibernate(room, "echo");
    }
    await expect(client.frame()).rejects.toThrow("the stream ended");
  };

  wired("H3 survives clients that reset the connection at any moment of the handshake", async () => {
    for (let i = 0; i < 20; i++) {
      const client = await suite.raw();
      const gate = freshRoom();
      client.handshake({ path: i % 2 ? `/gated/${gate}?gate=${gate}` : `/echo/${gate}` }, frame(TEXT, "hello"));
      if (i % 3 === 1) await suite.records(gate, i % 2);
      client.reset();
      await suite.post(`/gates/${gate}`);
    }
    const next = await suite.connect(`/echo/${freshRoom()}`);
    next.send("served");
    expect(await next.next()).toBe("served");
  });

  it("R1 never lets /roomA hear what /roomB says, whatever else their paths have in common", async () => {
    const a = await suite.connect("/main/roomA?name=roomB");
    const b = await suite.connect("/main/roomB?name=roomA");
    await suite.sleep("roomA");
    await suite.sleep("roomB");
    b.tell("burst", "b", 20);
    for (let i = 0; i < 20; i++) expect(await b.json()).toEqual({ heard: `b${i}` });
    expect(await a.ask("say", "fence")).toEqual({ said: "fence" });
  });

  wired("R4 forgets a room when its last member has gone, 500 rooms and 500 unknown paths later", async () => {
    const names = Array.from({ length: may("emptyRooms") === "forgotten at once" ? 500 : 25 }, () => freshRoom());
    suite.stayAwake();
    const visit = async (name: string) => {
      const client = await suite.connect(`/main/${name}`);
      const { fresh } = await client.ask("fresh");
      await client.close(1000);
      return fresh;
    };
    const each = async <T>(work: (name: string) => Promise<T>) => {
      const results: T[] = [];
      for (let i = 0; i < names.length; i += 25) {
        results.push(...(await Promise.all(names.slice(i, i + 25).map(work))));
      }
      return results;
    };
    expect(new Set(await each(visit))).toEqual(new Set([true]));
    const unknown = await each((name) => suite.answer({ path: `/nowhere/${name}` }));
    expect(new Set(unknown.map(({ status }) => status))).toEqual(new Set([404]));
    // The second visit may be to another of the room's objects.
    if (suite.isSpread) return;
    expect(new Set(await each(visit))).toEqual(new Set([may("emptyRooms") === "forgotten at once"]));
  });
}
