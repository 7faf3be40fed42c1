import { Client } from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { endHosts, HostProcess, Member } from "../../brokers/cluster.ts";
import { passageTo } from "../../brokers/passage.ts";
import { describeOnPostgres, killPostgres, type PostgresServer, startPostgres } from "../../helpers/postgres-server.ts";
import { join as joinAlone, stranger } from "./joined.ts";

const PING_MS = 2000;

afterAll(() => Promise.all([endHosts(), killPostgres()]));

describeOnPostgres("when PostgreSQL", () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await startPostgres();
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
    await expect.poll(() => asked.length).toBe(3);
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
    const between = await passageTo(postgres.port);
    onTestFinished(between.close);
    const at = (port: number) => ({ url: `postgres://postgres@127.0.0.1:${port}/postgres`, pingMs: PING_MS });
    const sender = await HostProcess.startOn("postgres", "node", { ...at(between.port), keptMessages: 10 });
    const receiver = await HostProcess.startOn("postgres", "deno", at(postgres.port));
    await Promise.all([sender.told("lost"), receiver.told("lost")]);
    const [one, other] = [await Member.join(sender, "early"), await Member.join(receiver, "early")];
    for (let i = 0; i < 30; i += 1) {
      one.say(`${i}`);
      expect(await one.next()).toBe(`${i}`);
    }
    await sender.told("dropped");
    between.part();
    await postgres.restart();
    // Who comes back more than a second after the sender misses what was kept.
    await receiver.told("connected");
    between.join();
    await sender.told("connected");
    expect(await other.take(10)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    expect(await one.ask({ do: "count" })).toEqual({ count: 2 });
    one.say("after");
    expect(await other.next()).toBe("after");
    await receiver.told("missed");
    expect([sender.messages("dropped"), receiver.messages("missed")]).toEqual([20, 20]);
  });
});
