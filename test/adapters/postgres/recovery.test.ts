import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { endHosts, HostProcess, Member, type Runtime } from "../../brokers/cluster.ts";
import { Listener } from "../../brokers/listener.ts";
import { describeOnPostgres, killPostgres, type PostgresServer, startPostgres } from "../../helpers/postgres-server.ts";
import { joinEach as join, startHosts, until } from "./hosts.ts";
import { join as joinAlone, stranger } from "./joined.ts";

const PING_MS = 500;
const RUNTIMES: readonly Runtime[] = ["node", "node", "node", "bun"];

afterAll(() => Promise.all([endHosts(), killPostgres()]));

describeOnPostgres("when PostgreSQL", () => {
  let postgres: PostgresServer;
  let hosts: HostProcess[];

  beforeAll(async () => {
    postgres = await startPostgres();
    hosts = await startHosts(RUNTIMES, { url: postgres.url, pingMs: PING_MS });
  });

  /** Streams from each host while something is done to PostgreSQL; then each member has every message once and in order, or was told how many it missed. */
  async function streamThrough(room: string, disturb: (own: () => Promise<void>) => Promise<void>): Promise<void> {
    const before = hosts.map((host) => host.messages("missed"));
    const members = await join(hosts, room);
    const listeners = members.map((member) => new Listener(member, members));
    for (const member of members) member.tell({ do: "stream", everyMs: 10 });
    await Promise.all(listeners.map((listener) => listener.progress(20)));
    await disturb(async () => void (await Promise.all(listeners.map((listener) => listener.progress(300, true)))));
    await Promise.all(listeners.map((listener) => listener.progress(20)));
    for (const member of members) member.tell({ do: "stop" });
    await Promise.all(listeners.map((listener) => listener.finished));
    for (const [index, listener] of listeners.entries()) {
      expect(listener.disorder).toEqual([]);
      const missed = hosts[index]!.messages("missed") - before[index]!;
      expect(listener.received + missed).toBe(listener.sent);
    }
    await Promise.all(members.map(({ client }) => client.close()));
  }

  /** Resolves when each host has been told so once more than it had been before. */
  async function changes(state: "lost" | "connected", cause: () => Promise<void> | void): Promise<void> {
    const before = hosts.map((host) => host.count(state));
    await cause();
    await Promise.all(hosts.map((host, index) => host.told(state, before[index]! + 1)));
  }

  it("ends at once and starts anew, messages come once and in order or are told as missed, and all goes on", async () => {
    await streamThrough("killed", async () => {
      await changes("lost", () => postgres.kill());
      await changes("connected", () => postgres.restart());
    });
  });

  it("cuts every connection, the same holds", async () => {
    const admin = await stranger(postgres.url);
    await streamThrough("cut", () =>
      changes("connected", () =>
        changes("lost", async () => {
          await admin.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'onesocket'",
          );
        }),
      ),
    );
    await admin.end();
  });

  it("freezes for seconds, that is noticed within two pings, and all goes on as well", async () => {
    await streamThrough("frozen", async (someSeconds) => {
      await changes("lost", () => postgres.freeze());
      await someSeconds();
      await changes("connected", () => postgres.thaw());
    });
  });

  it("is gone, rooms go on within each process, and a count is refused rather than wrong", async () => {
    const [one] = await join(hosts, "local");
    const neighbour = await Member.join(hosts[0]!, "local");
    await changes("lost", () => postgres.freeze());
    one!.say("who hears me?");
    expect(await neighbour.next()).toBe("who hears me?");
    expect((await neighbour.ask({ do: "count" })).error).toMatch(/PostgreSQL is not connected/);
    await changes("connected", () => postgres.thaw());
    expect((await neighbour.ask({ do: "count" })).count).toBe(5);
  });

  it("is gone while members come and go, it knows afterwards who hears which room", async () => {
    const leaving = await join(hosts, "left");
    await changes("lost", () => postgres.freeze());
    await Promise.all(leaving.map(({ client }) => client.close()));
    const came = await Promise.all(hosts.map((host) => Member.join(host, "came")));
    await changes("connected", () => postgres.thaw());
    await until(came[0]!, 4);
    came[0]!.say("after all");
    for (const member of came) expect(await member.next()).toBe("after all");
  });

  it("refuses a password, that is told once, it is asked ever more rarely, and all goes on when the password is right", async () => {
    const admin = await stranger(postgres.url);
    await admin.query("create role locked login password 'right'");
    const asked: number[] = [];
    const client = () => {
      asked.push(performance.now());
      return new Client({ connectionString: postgres.url.replace("postgres@", "locked:wrong@") });
    };
    const { broker, told, losses } = joinAlone({ client });
    await told("lost");
    await expect.poll(() => asked.length, { timeout: 5000 }).toBe(3);
    expect(losses()).toEqual(['password authentication failed for user "locked"']);
    await admin.query("alter role locked password 'wrong'");
    await told("connected");
    // A timer may be late, and is never early.
    expect(asked[2]! - asked[1]!).toBeGreaterThan(900);
    await Promise.all([broker.close(), admin.end()]);
  });

  it("is a standby, that is told with what to change, and never as connected", async () => {
    const standby = await startPostgres("standby");
    const { broker, events, losses, told } = joinAlone({ url: standby.url });
    await told("lost");
    expect(losses()).toEqual([expect.stringContaining("give postgres() the address of the primary")]);
    expect(events).toHaveLength(1);
    await broker.close();
  });

  it("is not there yet, a host starts, keeps up to its bound, tells what it dropped, and connects by itself", async () => {
    await postgres.kill();
    const options = { url: postgres.url, pingMs: PING_MS };
    const sender = await HostProcess.startOn("postgres", "node", { ...options, keptMessages: 10 });
    const receiver = await HostProcess.startOn("postgres", "deno", options);
    await Promise.all([sender.told("lost"), receiver.told("lost")]);
    const [one, other] = [await Member.join(sender, "early"), await Member.join(receiver, "early")];
    for (let i = 0; i < 30; i += 1) {
      one.say(`${i}`);
      expect(await one.next()).toBe(`${i}`);
    }
    await sender.told("dropped");
    await postgres.restart();
    await Promise.all([sender.told("connected"), receiver.told("connected")]);
    expect(await other.take(10)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    expect(await one.ask({ do: "count" })).toEqual({ count: 2 });
    one.say("after");
    expect(await other.next()).toBe("after");
    await receiver.told("missed");
    expect([sender.messages("dropped"), receiver.messages("missed")]).toEqual([20, 20]);
  });
});
