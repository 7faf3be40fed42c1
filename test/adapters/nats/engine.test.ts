import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { endHosts, HostProcess, Member, type Runtime } from "../../brokers/cluster.ts";
import { passageTo } from "../../brokers/passage.ts";
import { freePort } from "../../helpers/foreground.ts";
import { describeOnNats, killNats, type NatsServer, startNats } from "../../helpers/nats-server.ts";
import type { NatsHostOptions } from "../../hosts/engines.ts";

const RUNTIMES: readonly Runtime[] = ["node", "node", "bun", "deno"];
const PING_MS = 2000;

afterAll(() => Promise.all([endHosts(), killNats()]));

function start(runtime: Runtime, servers: string, options: Partial<NatsHostOptions> = {}): Promise<HostProcess> {
  return HostProcess.startOn("nats", runtime, { connection: { servers }, pingMs: PING_MS, ...options });
}

/** One member on each host, when all of the hosts hear the room. */
async function joinEach(hosts: readonly HostProcess[], room: string): Promise<Member[]> {
  const members = await Promise.all(hosts.map((host) => Member.join(host, room)));
  await counts(members[0]!, hosts.length);
  return members;
}

async function counts(member: Member, wanted: number): Promise<void> {
  await expect.poll(() => member.ask({ do: "count" })).toEqual({ count: wanted });
}

describeOnNats("when NATS", () => {
  let nats: NatsServer;
  let hosts: HostProcess[];

  beforeAll(async () => {
    nats = await startNats();
    hosts = await Promise.all(RUNTIMES.map((runtime) => start(runtime, nats.address)));
    await allTold("connected", 1);
  });

  async function allTold(state: "lost" | "connected", count: number): Promise<void> {
    await Promise.all(hosts.map((host) => host.told(state, count)));
  }

  it("has a process that hangs, a count is refused as long as it may come back", async () => {
    const [one] = await joinEach(hosts, "hangs");
    hosts[1]!.signal("SIGSTOP");
    expect((await one!.ask({ do: "count" })).error).toMatch(/1 of 3 other processes did not answer/);
    hosts[1]!.signal("SIGCONT");
    await counts(one!, 4);
  });
});

describeOnNats("a host", () => {
  it("whose NATS is not there yet starts, keeps what it sends up to its bound, tells what it dropped, and connects by itself", async () => {
    const port = await freePort();
    const between = await passageTo(port);
    onTestFinished(between.close);
    const sender = await start("node", `127.0.0.1:${between.port}`, { keptMessages: 10 });
    const receiver = await start("deno", `127.0.0.1:${port}`);
    await Promise.all([sender.told("lost"), receiver.told("lost")]);
    const [one, other] = [await Member.join(sender, "early"), await Member.join(receiver, "early")];
    for (let i = 0; i < 30; i += 1) {
      one.say(`${i}`);
      expect(await one.next()).toBe(`${i}`);
    }
    await sender.told("dropped");
    between.part();
    await startNats(port);
    // Who comes back more than a second after the sender misses what was kept.
    await receiver.told("connected");
    between.join();
    await sender.told("connected");
    expect(await other.take(10)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    // Until NATS has confirmed the ten there is no room for one more. A count is confirmed after them.
    await one.ask({ do: "count" });
    one.say("after");
    expect(await other.next()).toBe("after");
    await receiver.told("missed");
    expect([sender.messages("dropped"), receiver.messages("missed")]).toEqual([20, 20]);
  });

  it("whose password is wrong is told so once, and never that it is connected, until NATS knows it", async () => {
    const port = await freePort();
    const users = (pass: string) => [`authorization: { user: chat, password: ${pass} }`];
    const first = await startNats(port, users("right"));
    const connection = { servers: `127.0.0.1:${port}`, user: "chat", pass: "wrong" };
    const host = await HostProcess.startOn("nats", "node", { connection, pingMs: PING_MS });
    await host.told("lost");
    expect(host.events[0]).toMatchObject({ error: expect.stringMatching(/authorization violation/i) });
    await first.kill();
    await startNats(port, users("wrong"));
    await host.told("connected");
    const told = host.events.map(({ state }) => state);
    expect([told[0], told.at(-1), told.filter((state) => state === "connected").length]).toEqual([
      "lost",
      "connected",
      1,
    ]);
  });

  it("that reads too slowly is cut by NATS, and told exactly how many messages it has missed", async () => {
    const strict = await startNats(undefined, ["max_pending: 1MB", "max_payload: 512KB", 'write_deadline: "1s"']);
    const [fast, slow] = [await start("node", strict.address), await start("node", strict.address)];
    await Promise.all([fast.told("connected"), slow.told("connected")]);
    const [one, other] = await joinEach([fast, slow], "slow");
    slow.signal("SIGSTOP");
    let sent = 0;
    for (; sent < 3000; sent += 100) {
      one!.tell({ do: "send", data: "x".repeat(10_000), times: 100 });
      await one!.take(100);
    }
    await strict.logged("Slow Consumer");
    slow.signal("SIGCONT");
    await slow.told("lost");
    await slow.told("connected", 2);
    one!.say("end");
    let received = 0;
    while ((await other!.next()) !== "end") received += 1;
    // What the host tells comes by another way than what the member hears.
    for (let gaps = 1; received + slow.messages("missed") < sent; gaps += 1) await slow.told("missed", gaps);
    expect(slow.messages("missed")).toBeGreaterThan(0);
    expect(received + slow.messages("missed")).toBe(sent);
  });
});
