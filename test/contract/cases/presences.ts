import { expect, it } from "vitest";
import type { Client } from "../../helpers/client.ts";
import { freshRoom, type Suite } from "../runtime.ts";

interface Word {
  readonly method: string;
  readonly params: {
    readonly all?: Readonly<Record<string, unknown>>;
    readonly shown?: Readonly<Record<string, unknown>>;
    readonly gone?: readonly string[];
  };
}

/** A member of a room with presence, as it sees the others. */
class Member {
  readonly client: Client;
  #others = new Map<string, unknown>();
  #lists = 0;
  /** Ids that were told though they were known to be so, or gone though they were not there. */
  readonly doubles: unknown[] = [];

  constructor(client: Client) {
    this.client = client;
  }

  get names(): unknown[] {
    return [...this.#others.values()].map((one) => (one as { name: unknown }).name).toSorted();
  }

  get ids(): string[] {
    return [...this.#others.keys()].toSorted();
  }

  /** Hears until the others are these, by name. */
  async sees(...names: string[]): Promise<void> {
    while (this.#lists === 0 || this.names.join() !== names.toSorted().join()) await this.hear();
  }

  async hear(): Promise<void> {
    const { method, params } = (await this.client.json()) as unknown as Word;
    expect(method).toBe("rpc.others");
    const { all, shown = all ?? {}, gone = [] } = params;
    expect(all === undefined).toBe(this.#lists > 0);
    this.#lists = 1;
    for (const [id, other] of Object.entries(shown)) {
      if (JSON.stringify(this.#others.get(id)) === JSON.stringify(other)) this.doubles.push(other);
      this.#others.set(id, other);
    }
    for (const id of gone) if (!this.#others.delete(id)) this.doubles.push(id);
  }

  /** Its own id, asked once all that was sent before has been heard. */
  async me(): Promise<string> {
    this.client.tell("me");
    for (;;) {
      const { id, method } = await this.client.json();
      if (method === undefined) return id as string;
    }
  }

  /** A round trip, before which nothing more about the others may come. */
  async hearsNothing(): Promise<void> {
    expect(await this.client.ask("say", "still here")).toEqual({ said: "still here" });
  }
}

/** What the members of a room with presence are shown of one another. */
export function presences(suite: Suite): void {
  const enter = async (room: string, name: string): Promise<Member> =>
    new Member(await suite.connect(`/seen/${room}?name=${name}`));

  it("R9 tells who comes all others first, and the others of who comes, changes and leaves, nothing twice", async () => {
    const room = freshRoom();
    const ann = await enter(room, "ann");
    await ann.sees();
    await suite.sleep(room, "seen");
    const bob = await enter(room, "bob");
    await bob.sees("ann");
    await ann.sees("bob");
    await suite.sleep(room, "seen");
    await bob.client.ask("set", { name: "Bob" });
    await ann.sees("Bob");
    await suite.sleep(room, "seen");
    const cat = await enter(room, "cat");
    await cat.sees("ann", "Bob");
    for (const one of [ann, bob]) await one.sees(...["ann", "Bob", "cat"].filter((name) => !isOwn(one, name)));
    await suite.sleep(room, "seen");
    await bob.client.close(1000);
    await ann.sees("cat");
    await cat.sees("ann");
    await suite.sleep(room, "seen");
    for (const one of [ann, cat]) await one.hearsNothing();
    expect([ann, bob, cat].flatMap(({ doubles }) => doubles)).toEqual([]);

    function isOwn(one: Member, name: string): boolean {
      return name === (one === ann ? "ann" : "Bob");
    }
  });

  it("R9 tells of those whose connections are lost, and those that come back as others", async () => {
    const room = freshRoom();
    const ann = await enter(room, "ann");
    const bob = await enter(room, "bob");
    await ann.sees("bob");
    const [before] = ann.ids;
    bob.client.vanish();
    await ann.sees();
    await suite.sleep(room, "seen");
    const again = await enter(room, "bob");
    await again.sees("ann");
    await ann.sees("bob");
    expect(ann.ids).not.toEqual([before]);
    expect(ann.ids).toEqual([await again.me()]);
  });

  it("R9 tells nobody of a state whose projection is as before, nor who stands for nothing", async () => {
    const room = freshRoom();
    const ann = await enter(room, "ann");
    await ann.sees();
    const bob = await enter(room, "bob");
    await ann.sees("bob");
    await suite.sleep(room, "seen");
    await bob.client.json();
    await bob.client.ask("set", { name: "bob", fault: "secret" });
    await suite.sleep(room, "seen");
    const spy = await enter(room, "");
    await spy.sees("ann", "bob");
    await ann.hearsNothing();
    await bob.hearsNothing();
    await spy.client.ask("set", { name: "joe" });
    await ann.sees("bob", "joe");
    expect(ann.doubles).toEqual([]);
  });

  it("R9 shows nothing where presence throws, tells the console, and goes on", async () => {
    const room = freshRoom();
    const ann = await enter(room, "ann");
    const bad = await enter(room, "bad");
    await bad.sees("ann");
    const bob = await enter(room, "bob");
    await bob.sees("ann");
    await ann.sees("bob");
    await bad.sees("ann", "bob");
    await suite.eventually(() => suite.host.logs.some((line) => line.includes("no presence for bad")));
    for (const one of [bad, bob]) one.client.vanish();
    await ann.sees();
    expect(ann.doubles).toEqual([]);
  });

  // What a crowd does is gathered for some milliseconds: in memory they do not pass by themselves, and a room that is made to sleep has none.
  if (suite.isWired)
    it("R9 shows a crowd that comes at once to all of it, each once", async () => {
      const room = freshRoom();
      suite.stayAwake();
      const names = Array.from({ length: 40 }, (_, index) => `m${String(index).padStart(2, "0")}`);
      const all = await Promise.all(names.map((name) => enter(room, name)));
      await Promise.all(all.map((one, index) => one.sees(...names.filter((_, other) => other !== index))));
      expect(all.flatMap(({ doubles }) => doubles)).toEqual([]);
      for (const one of all.slice(1)) one.client.vanish();
      await all[0]!.sees();
    });
}
