import { afterEach, describe, it } from "vitest";
import type { ChildServer } from "../../helpers/child.ts";
import { Client } from "../../helpers/client.ts";
import { type ProcessRuntime, startOn } from "../../helpers/runtimes.ts";

const HOST = `${import.meta.dirname}/../../hosts/leaving.ts`;

/** How it is served: a definition, an app by its host, or an app that is exported bare. */
const CASES: readonly (readonly [ProcessRuntime, "alone" | "app" | "bare"])[] = [
  ["node", "alone"],
  ["bun", "alone"],
  ["bun", "bare"],
  ["deno", "app"],
  ["deno", "bare"],
];

describe.concurrent.each(CASES)("a server that leaves, on %s (%s)", (runtime, mode) => {
  let server: ChildServer | undefined;
  afterEach(() => server?.stop());

  it("closes its sockets with 1012, tells of each, waits for hooks, and takes no more", async ({ expect: holds }) => {
    const running = await startOn(runtime, HOST, mode);
    server = running;
    const clients = await Promise.all(["a", "b", "c"].map((name) => Client.connect(`${running.url}/?name=${name}`)));
    for (const client of clients) holds(await client.next()).toBe("open");
    clients[1]!.send("hello");
    clients[0]!.send("drain");
    const endings = await Promise.all(clients.map((client) => client.closed));
    holds(endings).toEqual(Array(3).fill({ code: 1012, reason: "deploy" }));
    const drained = (line: string) => line.startsWith("drained");
    while (!running.logs.some(drained)) await (await fetch(running.url)).text();
    const lines = running.logs.filter((line) => /^(rejected|left|drained|empty|[abc] )/.test(line));
    holds(lines.toSorted()).toEqual(
      [
        ...["rejected: RangeError", "b said hello", "empty", 'drained {"sockets":3,"clean":3,"lost":0}'],
        ...["a", "b", "c"].map((name) => `${name} left with 1012`),
        ...["left: 2", "left: 1", "left: 0"],
      ].toSorted(),
    );
    holds(lines.at(-1)).toMatch(/^drained/);
    await holds(Client.connect(`${running.url}/?name=late`)).rejects.toThrow("503");
    const answer = await fetch(running.url);
    if (mode !== "alone") holds([answer.status, await answer.text()]).toEqual([200, "up"]);
  });
});
