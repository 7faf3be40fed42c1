import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort, startForeground } from "../../helpers/foreground.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { killPostgres, type PostgresServer, startPostgres } from "../../helpers/postgres-server.ts";
import { type Joined, join, SILENT } from "./joined.ts";

const PGBOUNCER = { command: "pgbouncer", debianPackage: "pgbouncer" };

describeNeeding(PGBOUNCER, "a broker through PgBouncer", () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await startPostgres();
  });

  afterAll(killPostgres);

  async function through(mode: "session" | "transaction"): Promise<Joined> {
    const port = await freePort();
    const settings = [
      "[databases]",
      `postgres = host=127.0.0.1 port=${postgres.port} user=postgres`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${port}`,
      "unix_socket_dir =",
      "auth_type = any",
      `pool_mode = ${mode}`,
      // It refuses to run as root.
      process.getuid?.() === 0 ? "user = postgres" : "",
    ];
    const file = "pgbouncer.ini";
    const args = (folder: string) => [`${folder}/${file}`];
    await startForeground({ command: "pgbouncer", args, file, configuration: settings.join("\n"), port });
    return join({ url: `postgres://postgres@127.0.0.1:${port}/postgres` });
  }

  it("in session mode is connected, and heard", async () => {
    const [one, other] = [await through("session"), join({ url: postgres.url })];
    await Promise.all([one.told("connected"), other.told("connected")]);
    const received = new Promise<Uint8Array>((resolve) => {
      one.broker.subscribe("room", { ...SILENT, receive: resolve });
    });
    expect(await one.broker.count("room")).toBe(1);
    other.broker.publish("room", Uint8Array.of(7), 1);
    expect([...(await received)]).toEqual([7]);
    await Promise.all([one.broker.close(), other.broker.close()]);
  });

  it("in transaction mode is never told connected, but what to change", async () => {
    const { broker, events, losses, told } = await through("transaction");
    await told("lost");
    expect(losses()).toEqual([expect.stringContaining("PgBouncer in transaction mode")]);
    expect(events).toHaveLength(1);
    await broker.close();
  });
});
