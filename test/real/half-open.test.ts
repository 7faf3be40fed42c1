import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ChildServer, startChild } from "../helpers/child.ts";
import { mayNetwork, Network } from "../helpers/network.ts";
import { COMMANDS, type ProcessRuntime } from "../helpers/runtimes.ts";

const { may, hint } = mayNetwork();
const what = "where the network loses everything and tells nobody,";

// Not every machine that runs these tests lets its root do so, so that it is skipped under CI too.
if (!may) it(what, (context) => context.skip(hint));
else
  describe(what, () => {
    let network: Network;
    let ends: ChildServer[] = [];

    beforeAll(() => {
      network = new Network();
    });

    afterEach(async () => {
      network.forward(true);
      for (const end of ends.splice(0)) await end.stop();
    });

    afterAll(() => network.remove());

    async function start(end: "client" | "server", runtime: ProcessRuntime, file: string, ...args: string[]) {
      const [command, ...before] = [...network.at(end), ...COMMANDS[runtime]()];
      const child = await startChild(command!, [...before, join(import.meta.dirname, file), ...args]);
      ends = [child, ...ends];
      return child;
    }

    const tells = ({ logs }: ChildServer, line: string) =>
      expect.poll(() => logs.join("\n"), { timeout: 40_000, interval: 50 }).toContain(line);

    it.each(["node", "bun", "deno"] as const)(
      "both ends on %s notice it by their pings, and go on when the network is back, with what was missed",
      async (runtime) => {
        const server = await start("server", runtime, "../hosts/lost.ts");
        const url = `ws://${network.address}:${new URL(server.url).port}/`;
        const client = await start("client", runtime, "../client/programs/lost.ts", url);
        await tells(client, "said hello");
        network.forward(false);
        await tells(client, "waiting PING_TIMEOUT");
        await tells(server, "closed 1006");
        network.forward(true);
        await tells(client, "said one is gone: 1006");
        const heard = client.logs.filter((line) => /^(said|open)/.test(line));
        expect(heard).toEqual(["open", "said hello", "open true", "said one is gone: 1006"]);
      },
      120_000,
    );
  });
