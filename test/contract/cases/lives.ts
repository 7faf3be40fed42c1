import { expect, it } from "vitest";
import type { Client } from "../../helpers/client.ts";
import { capability } from "../capabilities.ts";
import { freshRoom, type Suite } from "../runtime.ts";

/** What happens to a room itself, what it keeps, and when it rings. */
export function lives(suite: Suite): void {
  const may = capability(suite.runtime);
  const enter = (room: string, name: string) => suite.connect(`/living/${room}?name=${name}`);
  const sleep = (room: string) => suite.sleep(room, "living");

  /** What has happened to the room, but for its waking, once something is in it. */
  const log = (client: Client, last: string) =>
    suite.eventually(async () => {
      const { log } = (await client.ask("log")) as { log: string[] };
      return log.includes(last) && log.filter((what) => what !== "woken");
    });

  it("R10 runs a room's open before anything of its first member, empty after its last, and open anew after that", async () => {
    const room = freshRoom();
    // An answer comes after what `open` has noted.
    const a = await enter(room, "a");
    await a.ask("say", "fence");
    await sleep(room);
    const b = await enter(room, "b");
    await b.ask("say", "fence");
    await sleep(room);
    await a.close();
    await b.ask("say", "fence");
    await sleep(room);
    await b.close();
    await suite.records(`empty ${room}`, 1);
    const watcher = await enter(room, "c");
    expect(await log(watcher, "c in")).toEqual(["open", "a in", "b in", "a out", "b out", "empty", "open", "c in"]);
  });

  it("R11 keeps what hooks give it, for whoever comes next", async () => {
    const room = freshRoom();
    const a = await enter(room, "a");
    const value = { n: 1.5, list: ["é", null, { deep: true }], text: "\u2028" };
    expect(await a.ask("keep", "b/é", value)).toEqual({ kept: "b/é" });
    await a.ask("keep", "b/2", 2);
    await a.ask("keep", "a", false);
    await sleep(room);
    await a.ask("delete", "a");
    await a.close();
    const b = await enter(room, "b");
    await sleep(room);
    expect(await b.ask("kept", "b/é")).toEqual({ value });
    expect(await b.ask("kept", "a")).toEqual({ value: null });
    expect(await b.ask("list", "b/")).toEqual({
      list: [
        ["b/2", 2],
        ["b/é", value],
      ],
    });
    const other = await enter(freshRoom(), "other");
    expect(await other.ask("list", "b/")).toEqual({ list: [] });
  });

  it("R11 lets nothing come between what update reads and what it writes", async () => {
    const room = freshRoom();
    const members = await Promise.all(["a", "b", "c"].map((name) => enter(room, name)));
    await sleep(room);
    for (let i = 0; i < 10; i++) for (const member of members) member.tell("visit");
    const visits: unknown[] = [];
    for (const member of members) for (let i = 0; i < 10; i++) visits.push((await member.json()).visits);
    expect(visits.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  it.each([
    ["", 1, "TypeError"],
    ["x".repeat(2049), 1, "RangeError"],
    ["big", (1 << 20) - 1, "RangeError"],
    ["x".repeat(2048), (1 << 20) - 2, undefined],
  ])("R11 keeps nothing under a key that is none, and nothing that is too much (%#)", async (key, length, error) => {
    const room = freshRoom();
    const client = await enter(room, "a");
    await sleep(room);
    expect(await client.ask("fill", key, length)).toEqual(error ? { error } : { filled: key });
    expect(await client.ask("length", error ? "big" : key)).toEqual({ length: error ? null : length });
  });

  it("R12 has the alarm ring at its time, asleep too, and not when it was taken back", async () => {
    const room = freshRoom();
    const client = await enter(room, "a");
    expect(await client.ask("at")).toEqual({ at: null });
    await client.ask("alarm", 60_000);
    await sleep(room);
    const { at } = (await client.ask("at")) as { at: number };
    expect(at).toBeGreaterThan(59_000 + suite.now());
    expect(await client.ask("never")).toEqual({ never: true });
    await sleep(room);
    expect(await client.ask("at")).toEqual({ at: null });
    await client.ask("alarm", 300);
    await sleep(room);
    await suite.pass(300);
    expect(await client.json()).toEqual({ rang: 0, env: "hello" });
    expect(await client.ask("at")).toEqual({ at: null });
  });

  it("R12 has it ring though everybody has left", async () => {
    const room = freshRoom();
    const client = await enter(room, "a");
    await client.ask("alarm", 200);
    await client.close();
    await suite.pass(200);
    if (may("emptyAlarms") === "at their time") await suite.records(room, 1);
    await enter(room, "b");
    expect(await suite.records(room, 1)).toEqual(["alarm"]);
  });
}
