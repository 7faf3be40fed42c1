import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { endHosts, HostProcess, Member, type Runtime } from "../../brokers/cluster.ts";
import { Listener } from "../../brokers/listener.ts";
import { freePort } from "../../helpers/foreground.ts";
import { describeOnNats, killNats, type NatsServer, startNats } from "../../helpers/nats-server.ts";
import type { NatsHostOptions } from "../../hosts/engines.ts";

const RUNTIMES: readonly Runtime[] = ["node", "node", "bun", "deno"];
const PING_MS = 500;

vi.setConfig({ testTimeout: 30_000 });

afterAll(() => Promise.all([endHosts(), killNats()]));

function start(runtime: Runtime, servers: string, options: Partial<NatsHostOptions> = {}): Promise<HostProcess> {
  return HostProcess.startOn("nats", runtime, { connection: { servers }, pingMs: PING_MS, ...options });
}

/** What lies between a process and NATS, and can part them. */
async function passage(to: { readonly port: number }) {
  const sockets = new Set<Socket>();
  let open = true;
  const server = createServer((socket) => {
    if (!open) return void socket.destroy();
    const onward = connect(to.port, "127.0.0.1");
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    }
  });
  const part = () => {
    open = false;
    for (const socket of sockets) socket.destroy();
  };
  server.listen(await freePort(), "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    part();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const join = () => {
    open = true;
  };
  return { address: `127.0.0.1:${port}`, part, join };
}

/** One member on each host, when all of the hosts hear the room. */
async function joinEach(hosts: readonly HostProcess[], room: string): Promise<Member[]> {
  const members = await Promise.all(hosts.map((host) => Member.join(host, room)));
  await counts(members[0]!, hosts.length);
  return members;
}

async function counts(member: Member, wanted: number): Promise<void> {
  await expect.poll(() => member.ask({ do: "count" }), { timeout: 10_000 }).toEqual({ count: wanted });
}

/** Streams from each host while something is done; then each member has every message once and in order, or was told how many it missed. */
async function streamThrough(
  hosts: readonly HostProcess[],
  room: string,
  disturb: (someTime: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const before = hosts.map((host) => host.messages("missed"));
  const members = await joinEach(hosts, room);
  const listeners = members.map((member) => new Listener(member, members));
  const progress = (count: number, own = false) =>
    Promise.all(listeners.map((listener) => listener.progress(count, own))).then(() => {});
  for (const member of members) member.tell({ do: "stream", everyMs: 10 });
  await progress(20);
  await disturb(() => progress(300, true));
  await progress(20);
  for (const member of members) member.tell({ do: "stop" });
  await Promise.all(listeners.map((listener) => listener.finished));
  for (const [index, listener] of listeners.entries()) {
    expect(listener.disorder).toEqual([]);
    const missed = hosts[index]!.messages("missed") - before[index]!;
    expect(listener.received + missed).toBe(listener.sent);
  }
  await Promise.all(members.map(({ client }) => client.close()));
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

  it("is killed and started anew, messages come once and in order or are told as missed, and all goes on", async () => {
    await streamThrough(hosts, "killed", async () => {
      await nats.kill();
      await allTold("lost", 1);
      nats = await startNats(nats.port);
      await allTold("connected", 2);
    });
  });

  it("freezes for seconds, that is noticed, rooms go on within each process, and the same holds", async () => {
    await streamThrough(hosts, "frozen", async (someTime) => {
      nats.freeze();
      await allTold("lost", 2);
      await someTime();
      nats.thaw();
      await allTold("connected", 3);
    });
  });

  it("is gone while members come and go, it knows afterwards who hears which room", async () => {
    const leaving = await joinEach(hosts, "left");
    nats.freeze();
    await allTold("lost", 3);
    expect((await leaving[0]!.ask({ do: "count" })).error).toMatch(/NATS is not connected/);
    await Promise.all(leaving.map(({ client }) => client.close()));
    const came = await Promise.all(hosts.map((host) => Member.join(host, "came")));
    nats.thaw();
    await allTold("connected", 4);
    await counts(came[0]!, 4);
    came[0]!.say("after all");
    for (const member of came) expect(await member.next()).toBe("after all");
  });

  it("is hidden from one process, that is lost alone, and what it missed is told", async () => {
    const between = await passage(nats);
    const apart = await start("node", between.address);
    await apart.told("connected");
    await streamThrough([...hosts.slice(0, 2), apart], "apart", async (someTime) => {
      between.part();
      await apart.told("lost");
      await someTime();
      between.join();
      await apart.told("connected", 2);
    });
    expect(hosts.map((host) => host.count("lost"))).toEqual([3, 3, 3, 3]);
    await apart.end();
  });

  it("has 1000 rooms to carry, each hears its own and no other", async () => {
    const rooms = Array.from({ length: 1000 }, (_, i) => `many-${i}`);
    const pairs: [Member, Member][] = [];
    for (const [i, room] of rooms.entries())
      pairs.push([await Member.join(hosts[i % 4]!, room), await Member.join(hosts[(i + 1) % 4]!, room)]);
    await Promise.all(pairs.map(([one]) => counts(one, 2)));
    for (const [i, [one]] of pairs.entries()) one.say(rooms[i]!);
    expect(await Promise.all(pairs.map(([, other]) => other.next()))).toEqual(rooms);
    await Promise.all(pairs.flat().map(({ client }) => client.close()));
  });

  it("has a process that hangs, a count is refused as long as it may come back", async () => {
    const [one] = await joinEach(hosts, "hangs");
    hosts[1]!.signal("SIGSTOP");
    expect((await one!.ask({ do: "count" })).error).toMatch(/1 of 3 other processes did not answer/);
    hosts[1]!.signal("SIGCONT");
    await counts(one!, 4);
  });

  it("has a process that is killed, that is noticed: counts are refused, and then right", async () => {
    const [one, , two] = await joinEach(hosts, "killed-process");
    await hosts[1]!.end("SIGKILL");
    expect((await one!.ask({ do: "count" })).error).toMatch(/did not answer/);
    await counts(one!, 3);
    one!.say("go on");
    expect(await two!.next()).toBe("go on");
  });
});

describeOnNats("a host", () => {
  it("whose NATS is not there yet starts, keeps what it sends up to its bound, tells what it dropped, and connects by itself", async () => {
    const port = await freePort();
    const between = await passage({ port });
    const sender = await start("node", between.address, { keptMessages: 10 });
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
