import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join as joined } from "node:path";
import { createInterface } from "node:readline";
import { type Client, connect } from "onesocket/client";
import { afterAll, expect, it } from "vitest";
import { endHosts, HostProcess, type Runtime } from "../brokers/cluster.ts";
import type { EngineServer } from "../helpers/engines/engine.ts";
import { describeOnNats, killNats, startNats } from "../helpers/nats-server.ts";
import { describeOnPostgres, killPostgres, startPostgres } from "../helpers/postgres-server.ts";
import { describeOnRedis, killRedis, startRedis } from "../helpers/redis-server.ts";
import type { Seen } from "../hosts/seen.ts";
import type { SeenWorkers } from "../hosts/seen-workers.ts";

const RUNTIMES: readonly Runtime[] = ["node", "bun", "deno"];

/** Longer than a process may be silent. */
const DEATH = { timeout: 60_000, interval: 50 };

const open: { close(): void }[] = [];

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

it("a program's workers see one another's members, and those of one that was killed go", async () => {
  const program = await startWorkers();
  const clients: Client<SeenWorkers>[] = [];
  const enter = (name: string) => {
    const client = connect<SeenWorkers>(`${program.url}?name=${name}`, { backoff: { firstMs: 50, longestMs: 200 } });
    clients.push(client);
    open.push(client);
  };
  enter("ann");
  const [ann] = clients as [Client<SeenWorkers>];
  const others = () => [...ann.others.values()];
  while (new Set(others().map(({ pid }) => pid)).size < 2) {
    enter(`m${clients.length}`);
    await expect.poll(() => others().length, DEATH).toBe(clients.length - 1);
  }
  const [bob] = clients.slice(1) as [Client<SeenWorkers>];
  // As the others see her.
  await expect.poll(() => bob.others.size, DEATH).toBe(clients.length - 1);
  const own = [...bob.others.values()].find(({ name }) => name === "ann")!.pid;
  const killed = others().find(({ pid }) => pid !== own)!.pid;
  process.kill(killed, "SIGKILL");
  await expect.poll(() => others().some(({ pid }) => pid === killed), DEATH).toBe(false);
  await expect
    .poll(
      () =>
        others()
          .map(({ name }) => name)
          .toSorted(),
      DEATH,
    )
    .toEqual(
      clients
        .slice(1)
        .map((_, index) => `m${index + 1}`)
        .toSorted(),
    );
  program.child.kill("SIGKILL");
}, 60_000);

async function startWorkers(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const file = joined(import.meta.dirname, "../hosts/seen-workers.ts");
  const child = spawn(process.execPath, ["--conditions=onesocket-source", file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  open.push({ close: () => child.kill("SIGKILL") });
  return { url: line.replace("ready ", ""), child };
}
