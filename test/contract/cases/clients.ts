import { expect, it } from "vitest";
import { Cutter } from "../../../bench/loads/cutter.ts";
import { type Client, connect } from "../../../src/client/index.ts";
import type { remembering, seen, spoken } from "../../hosts/contract.ts";
import { freshRoom, type Suite } from "../runtime.ts";

/** Resolves when it holds, at a change of the client's status. */
async function whenOpen(client: Client): Promise<void> {
  while (client.status.state !== "open") {
    await new Promise((resolve) => client.addEventListener("status", resolve, { once: true }));
  }
}

/** Our own client with the same definitions, whose types it has by the definition's alone. */
export function clients(suite: Suite): void {
  it("M12 answers onesocket/client, with schemas of three libraries", async () => {
    const room = freshRoom();
    using client = connect<typeof spoken>(`${suite.host.url}/spoken/${room}?name=ann`);
    const said = new Promise((resolve) => client.on("said", resolve));
    expect(await client.request("add", { a: 1, b: 2 })).toBe(3);
    await suite.sleep(room, "spoken");
    expect(await client.request("rename", "ada")).toBe(true);
    await suite.sleep(room, "spoken");
    expect(client.notify("say", { text: "hello" })).toBe(true);
    expect(await said).toEqual({ who: "ada", text: "hello" });
    await expect(client.request("rename", "")).rejects.toMatchObject({ code: -32_602 });
    await expect(client.request("take")).rejects.toMatchObject({ code: 409, data: { by: "bob" } });
    await expect(client.request("fail")).rejects.toMatchObject({ code: -32_603 });
  });

  it("R8 gives onesocket/client what it missed, as often as its connection breaks", async () => {
    const room = freshRoom();
    const cutter = await Cutter.before(Number(new URL(suite.host.url).port));
    const backoff = { firstMs: 1, longestMs: 20 };
    const url = `ws://127.0.0.1:${cutter.port}/remembering/${room}`;
    using client = connect<typeof remembering>(url, { backoff, probe: false });
    const heard: number[] = [];
    const recovered: unknown[] = [];
    client.on("said", (n) => void heard.push(Number(n)));
    client.addEventListener("status", () => recovered.push(client.status.recovered));
    await whenOpen(client);
    let n = 0;
    for (let round = 0; round < 4; round++) {
      // Not before it knows where it is.
      if (round > 0) cutter.cut();
      for (let i = 0; i < 4; i++) await suite.post(`/remembering/${room}`, `${++n}`);
      await suite.sleep(room, "remembering");
      await suite.eventually(() => heard.length >= n);
    }
    cutter.close();
    expect(heard).toEqual(Array.from({ length: n }, (_, index) => index + 1));
    expect(recovered).toContain(true);
    expect(recovered).not.toContain(false);
  });

  it("R9 shows onesocket/client who else is there, as often as its connection breaks", async () => {
    const room = freshRoom();
    const cutter = await Cutter.before(Number(new URL(suite.host.url).port));
    using ann = connect<typeof seen>(`ws://127.0.0.1:${cutter.port}/seen/${room}?name=ann`, {
      backoff: { firstMs: 1, longestMs: 20 },
      probe: false,
    });
    using bob = connect<typeof seen>(`${suite.host.url}/seen/${room}?name=bob`);
    const names = (client: typeof ann) => [...client.others.values()].map(({ name }) => name);
    const until = async (client: typeof ann, is: () => boolean) => {
      while (!is()) await new Promise((resolve) => client.addEventListener("others", resolve, { once: true }));
    };
    const sees = (client: typeof ann, ...wanted: string[]) =>
      until(client, () => names(client).join() === wanted.join());
    await Promise.all([sees(ann, "bob"), sees(bob, "ann")]);
    for (let round = 0; round < 3; round++) {
      const [before] = bob.others.keys();
      cutter.cut();
      await until(bob, () => !bob.others.has(before!));
      await sees(bob, "ann");
      await suite.sleep(room, "seen");
      bob.send(JSON.stringify(["set", { name: `bob${round}` }]));
      await sees(ann, `bob${round}`);
    }
    bob.close();
    await sees(ann);
    cutter.close();
  });
}
