import { type Client, connect } from "onesocket/client";
import { afterAll, expect, it } from "vitest";
import { endHosts, HostProcess, type Runtime } from "../brokers/cluster.ts";
import type { EngineServer } from "../helpers/engines/engine.ts";
import { describeOnNats, killNats, startNats } from "../helpers/nats-server.ts";
import { describeOnPostgres, killPostgres, startPostgres } from "../helpers/postgres-server.ts";
import { describeOnRedis, killRedis, startRedis } from "../helpers/redis-server.ts";
import type { Seen } from "../hosts/seen.ts";

const RUNTIMES: readonly Runtime[] = ["node", "bun", "deno"];

/** Longer than a process may be silent. */
const DEATH = { timeout: 30_000, interval: 50 };

const open: Client<Seen>[] = [];

afterAll(async () => {
  for (const client of open) client.close();
  await Promise.all([endHosts(), killNats(), killPostgres(), killRedis()]);
});

type Start = (runtime: Runtime) => Promise<HostProcess>;

function join({ url }: HostProcess, room: string, name: string): Client<Seen> {
  const query = new URLSearchParams({ room, name });
  const client = connect<Seen>(`${url}/?${query}`, { backoff: { firstMs: 50, longestMs: 200 } });
  open.push(client);
  return client;
}

const names = (client: Client<Seen>): string => [...client.others.values()].toSorted().join();

/** Three processes of three runtimes, over one engine. */
function threeProcesses(start: () => Promise<{ engine: EngineServer; host: Start }>): void {
  it("see one another's members: who comes, changes, leaves, dies with a process, comes back, over an outage too", async () => {
    const { engine, host } = await start();
    const hosts = await Promise.all(RUNTIMES.map(host));
    await Promise.all(hosts.map((one) => one.told("connected")));
    const [ann, bob, cat] = hosts.map((one, index) => join(one, "lobby", ["ann", "bob", "cat"][index]!)) as [
      Client<Seen>,
      Client<Seen>,
      Client<Seen>,
    ];
    const all = async (...wanted: [string, string, string]) => {
      for (const [index, one] of [ann, bob, cat].entries())
        await expect.poll(() => names(one), DEATH).toBe(wanted[index]);
    };
    await all("bob,cat", "ann,cat", "ann,bob");
    await bob.request("rename", "Bob");
    await all("Bob,cat", "ann,cat", "Bob,ann");
    const dan = join(hosts[1]!, "lobby", "dan");
    await all("Bob,cat,dan", "ann,cat,dan", "Bob,ann,dan");
    expect(join(hosts[1]!, "elsewhere", "eve").others.size).toBe(0);
    dan.close();
    await all("Bob,cat", "ann,cat", "Bob,ann");
    // Frozen for as long as it is taken for dead, and then there again.
    hosts[2]!.signal("SIGSTOP");
    await expect.poll(() => names(ann), DEATH).toBe("Bob");
    hosts[2]!.signal("SIGCONT");
    await all("Bob,cat", "ann,cat", "Bob,ann");
    await hosts[1]!.end("SIGKILL");
    bob.close();
    await expect.poll(() => names(ann), DEATH).toBe("cat");
    await expect.poll(() => names(cat), DEATH).toBe("ann");
    await engine.kill();
    await cat.request("rename", "Cat");
    await engine.restart();
    await expect.poll(() => names(ann), DEATH).toBe("Cat");
    await expect.poll(() => names(cat), DEATH).toBe("ann");
  }, 120_000);
}

describeOnRedis("processes of three runtimes whose rooms have presence, over Redis", () => {
  threeProcesses(async () => {
    const engine = await startRedis();
    const options = { url: engine.url, pingMs: 500 };
    return { engine, host: (runtime) => HostProcess.startOn("redis", runtime, options, "seen.ts") };
  });
});

describeOnPostgres("processes of three runtimes whose rooms have presence, over PostgreSQL", () => {
  threeProcesses(async () => {
    const engine = await startPostgres();
    const options = { url: engine.url, pingMs: 500 };
    return { engine, host: (runtime) => HostProcess.startOn("postgres", runtime, options, "seen.ts") };
  });
});

describeOnNats("processes of three runtimes whose rooms have presence, over NATS", () => {
  threeProcesses(async () => {
    const engine = await startNats();
    const options = { connection: { servers: engine.address }, pingMs: 500 };
    return { engine, host: (runtime) => HostProcess.startOn("nats", runtime, options, "seen.ts") };
  });
});
