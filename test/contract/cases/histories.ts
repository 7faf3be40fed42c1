import { expect, it } from "vitest";
import type { Client } from "../../helpers/client.ts";
import { freshRoom, type Suite } from "../runtime.ts";

interface Place {
  readonly epoch: string;
  readonly offset: number;
  readonly socket: string;
}

interface Said {
  readonly method: string;
  readonly params: readonly [number];
  readonly "rpc.at": readonly [string, number];
}

interface Resumed {
  readonly recovered: boolean;
  readonly at: readonly [string, number];
  readonly missed: readonly Said[];
}

/** What a room with a history is asked for, by hand. */
export function histories(suite: Suite): void {
  const enter = async (room: string): Promise<{ client: Client; place: Place }> => {
    const client = await suite.connect(`/remembering/${room}?name=ann`);
    const { method, params } = await client.json();
    expect(method).toBe("rpc.at");
    return { client, place: params as Place };
  };

  const call = async <Result>(client: Client, method: string, params: unknown): Promise<Result> => {
    client.send(JSON.stringify({ jsonrpc: "2.0", id: method, method, params }));
    return (await client.json()).result as Result;
  };

  const resume = (client: Client, then: Place) => call<Resumed>(client, "rpc.resume", then);

  const said = async (client: Client): Promise<number> => ((await client.json()) as unknown as Said).params[0];

  const numbers = ({ missed }: Resumed) => missed.map(({ params }) => params[0]);

  it("R8 gives a client that comes back what it missed, once and in order, and then what is said", async () => {
    const room = freshRoom();
    const ann = await enter(room);
    const bob = await enter(room);
    await suite.sleep(room, "remembering");
    await call(bob.client, "say", { n: 1, toOthers: true });
    const first = (await ann.client.json()) as unknown as Said;
    expect(first).toMatchObject({ method: "said", params: [1], "rpc.at": [ann.place.epoch, 1] });
    ann.client.vanish();
    await suite.eventually(async () => (await bob.client.ask("count")).count === 1);
    await suite.sleep(room, "remembering");
    for (const n of [2, 3, 4]) await suite.post(`/remembering/${room}`, `${n}`);
    for (const n of [2, 3, 4]) expect(await said(bob.client)).toBe(n);
    await suite.sleep(room, "remembering");
    const again = await enter(room);
    expect(again.place).toMatchObject({ epoch: ann.place.epoch, offset: 4 });
    await suite.sleep(room, "remembering");
    const resumed = await resume(again.client, { ...ann.place, offset: first["rpc.at"][1] });
    expect(resumed).toMatchObject({ recovered: true, at: [ann.place.epoch, 4] });
    expect(numbers(resumed)).toEqual([2, 3, 4]);
    await suite.post(`/remembering/${room}`, "5");
    for (const client of [bob.client, again.client]) expect(await said(client)).toBe(5);
  });

  it("R8 remembers while nobody is in the room", async () => {
    const room = freshRoom();
    const { client, place } = await enter(room);
    await client.close(1000);
    for (const n of [1, 2]) {
      await suite.sleep(room, "remembering");
      await suite.post(`/remembering/${room}`, `${n}`);
    }
    const again = await enter(room);
    expect(numbers(await resume(again.client, place))).toEqual([1, 2]);
  });

  it("R8 gives nobody what was not for him: topics, what he was left out of, other rooms", async () => {
    const [room, other] = [freshRoom(), freshRoom()];
    const ann = await enter(room);
    const bob = await enter(other);
    await call(ann.client, "say", { n: 1, toOthers: true });
    await suite.post(`/remembering/${room}?topic=news`, "2");
    await suite.post(`/remembering/${room}?topic=sports`, "3");
    await suite.sleep(room, "remembering");
    const again = await enter(room);
    await call(again.client, "subscribe", ["news"]);
    expect(numbers(await resume(again.client, ann.place))).toEqual([2]);
    const stranger = await enter(room);
    expect(await resume(stranger.client, bob.place)).toEqual({
      recovered: false,
      at: [ann.place.epoch, 3],
      missed: [],
    });
  });

  it("R8 gives who comes for the first time as much of the past as is known", async () => {
    const room = freshRoom();
    const ann = await enter(room);
    for (let n = 1; n <= 25; n++) await call(ann.client, "say", { n, toOthers: true });
    await suite.sleep(room, "remembering");
    const bob = await enter(room);
    const resumed = await resume(bob.client, { ...bob.place, offset: 0 });
    expect(resumed).toMatchObject({ recovered: true, at: [ann.place.epoch, 25] });
    expect(numbers(resumed)).toEqual(Array.from({ length: 20 }, (_, index) => index + 6));
  });

  it("R8 says that nothing is recovered: from the future, from another epoch, and of what is forgotten", async () => {
    const room = freshRoom();
    const ann = await enter(room);
    for (let n = 1; n <= 21; n++) await suite.post(`/remembering/${room}`, `${n}`);
    await suite.sleep(room, "remembering");
    const odd = [{ offset: 22 }, { epoch: "another" }, { offset: 0 }];
    for (const then of odd) {
      const { client } = await enter(room);
      expect(await resume(client, { ...ann.place, ...then })).toEqual({
        recovered: false,
        at: [ann.place.epoch, 21],
        missed: [],
      });
      client.vanish();
    }
    const { client } = await enter(room);
    expect(numbers(await resume(client, { ...ann.place, offset: 1 }))).toHaveLength(20);
  });

  it("R8 says that nothing is recovered where that is more than may wait for one socket, and gives who comes first what may", async () => {
    const room = freshRoom();
    const ann = await enter(room);
    const bob = await enter(room);
    ann.client.vanish();
    for (let n = 0; n < 7; n++) await call(bob.client, "say", { n: "x".repeat(10_000), toOthers: true });
    await suite.sleep(room, "remembering");
    const again = await enter(room);
    expect(await resume(again.client, ann.place)).toMatchObject({ recovered: false, missed: [] });
    const last = await enter(room);
    expect(await resume(last.client, { ...ann.place, offset: 2 })).toMatchObject({
      recovered: true,
      missed: { length: 5 },
    });
    const cat = await enter(room);
    expect(await resume(cat.client, { ...cat.place, offset: 0 })).toMatchObject({
      recovered: true,
      missed: { length: 6 },
    });
  });

  it("R8 answers a place that is none with an error, recovers after it, and not twice", async () => {
    const room = freshRoom();
    const { client, place } = await enter(room);
    const ask = async (params: unknown) => {
      client.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "rpc.resume", params }));
      return client.json();
    };
    const none = [undefined, [], {}, { ...place, offset: -1 }, { ...place, offset: 0.5 }, { ...place, epoch: 1 }];
    for (const params of none) expect(await ask(params)).toMatchObject({ id: 1, error: { code: -32_602 } });
    await suite.sleep(room, "remembering");
    expect(await ask(place)).toMatchObject({ id: 1, result: { recovered: true, missed: [] } });
    // An object that slept meanwhile has forgotten it, and answers once more.
    expect(await ask(place)).toMatchObject({ id: 1, error: { code: 409 } });
  });

  it("R8 loses and doubles nothing when what is said races a client that comes back", async () => {
    const room = freshRoom();
    const talker = await enter(room);
    let { client, place } = await enter(room);
    const heard: number[] = [];
    let n = 0;
    for (let round = 0; round < 10; round++) {
      const before = n;
      const talking = (async () => {
        for (let i = 0; i < 6; i++) {
          talker.client.send(JSON.stringify({ jsonrpc: "2.0", method: "say", params: { n: ++n } }));
          if (i % 2) await said(talker.client);
        }
        for (let i = 0; i < 3; i++) await said(talker.client);
      })();
      client.vanish();
      const next = await enter(room);
      client = next.client;
      // What comes before the answer is in the answer too, up to `at`.
      client.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "rpc.resume", params: place }));
      const early: Said[] = [];
      let resumed: Resumed | undefined;
      while (!resumed) {
        const message = await client.json();
        if (message.id === 1) resumed = message.result as Resumed;
        else early.push(message as unknown as Said);
      }
      expect(resumed.recovered).toBe(true);
      const late = early.filter((one) => one["rpc.at"][1] > resumed.at[1]);
      heard.push(...[...resumed.missed, ...late].map(({ params }) => params[0]));
      await talking;
      while (heard.length < n) heard.push(await said(client));
      expect(heard.slice(before)).toEqual(Array.from({ length: n - before }, (_, i) => before + i + 1));
      place = { ...next.place, offset: n };
    }
  });
}
