import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { NatsOptions } from "../../../src/adapters/nats/broker.ts";
import { nats } from "../../../src/adapters/nats/index.ts";
import { describeOnNats, killNats, type NatsServer, startNats } from "../../helpers/nats-server.ts";
import { connected, join, SILENT } from "./joined.ts";

const never = () => new Promise<NatsConnection>(() => {});

describe("nats()", () => {
  it.each<[unknown]>([
    [undefined],
    [{}],
    [{ connect: "nats://localhost" }],
    [{ connect: never, prefix: "" }],
    [{ connect: never, prefix: "a b" }],
    [{ connect: never, prefix: "a..b" }],
    [{ connect: never, prefix: "a.*" }],
    [{ connect: never, prefix: "chat." }],
    [{ connect: never, keptMessages: 0 }],
    [{ connect: never, keptBytes: 1.5 }],
    [{ connect: never, pingMs: Number.NaN }],
  ])("throws a TypeError for options that make no sense: %o", (options) => {
    expect(() => nats(options as NatsOptions)).toThrow(TypeError);
  });
});

/** Names that mean something to NATS, or are too long for a subject, or alike but for what hashing or encoding may lose. */
const NAMES = [
  "",
  " ",
  "a b",
  "a.b",
  "a..b",
  ".",
  "*",
  ">",
  "a.>",
  "\t\r\n",
  "\0",
  "grüße \u{1F44B}",
  "Ab",
  "aB",
  "x".repeat(5000),
  `${"x".repeat(4999)}y`,
];

describeOnNats("a broker over NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(killNats);

  it("carries what is said in each room to that room alone, whatever its name", async () => {
    const [one, other] = [await connected(server), await connected(server)];
    const heard: [string, string][] = [];
    for (const name of NAMES) {
      const receive = (bytes: Uint8Array) => void heard.push([name, Buffer.from(bytes).toString()]);
      other.broker.subscribe(name, { ...SILENT, receive });
    }
    expect(await one.broker.count("x")).toBe(0);
    for (const name of NAMES) one.broker.publish(name, Uint8Array.from(Buffer.from(`to ${name}`)), 1);
    await expect.poll(() => heard.length).toBe(NAMES.length);
    expect(heard).toEqual(NAMES.map((name) => [name, `to ${name}`]));
    await Promise.all([one.broker.close(), other.broker.close()]);
  });

  it("counts all processes, those without sockets there too, and no longer one that has left", async () => {
    const joined = await Promise.all([1, 2, 3].map(() => connected(server)));
    const [one, two, three] = joined.map(({ broker }) => broker);
    two!.subscribe("room", { ...SILENT, size: () => 5 });
    one!.subscribe("room", { ...SILENT, size: () => 2 });
    expect(await Promise.all([one, two, three].map((broker) => broker!.count("room")))).toEqual([7, 7, 7]);
    await two!.close();
    expect(await one!.count("room")).toBe(2);
    await Promise.all([one!.close(), three!.close()]);
  });

  it.each([1 << 20, 4096])(
    "cuts what is longer than NATS takes, and brings it whole: %d bytes at once",
    async (most) => {
      const small = await startNats(undefined, [`max_payload: ${most}`]);
      const [one, two, other] = await Promise.all([connected(small), connected(small), connected(small)]);
      const received: Uint8Array[] = [];
      other.broker.subscribe("room", { ...SILENT, receive: (bytes) => void received.push(bytes) });
      await one.broker.count("room");
      const sizes = [most - 2, most - 1, most, most * 3, 0, 1, most * 2 + 1];
      const letters = [one, two].flatMap(({ broker }, from) =>
        sizes.map((size) => ({ broker, from, bytes: new Uint8Array(size).map((_, i) => i * 31 + from) })),
      );
      for (const { broker, bytes } of letters) broker.publish("room", bytes, 1);
      await expect.poll(() => received.length).toBe(letters.length);
      const from = (bytes: Uint8Array) => letters.findIndex((letter) => Buffer.compare(letter.bytes, bytes) === 0);
      const order = received.map(from);
      expect(order.filter((index) => index < sizes.length && index !== 4)).toEqual([0, 1, 2, 3, 5, 6]);
      expect(order.toSorted((a, b) => a - b).at(-1)).toBe(letters.length - 1);
      expect(order).not.toContain(-1);
      await Promise.all([one, two, other].map(({ broker }) => broker.close()));
    },
  );

  it("keeps those with different prefixes apart", async () => {
    const one = await connected(server, { prefix: "one" });
    const other = await connected(server, { prefix: "other.chat" });
    one.broker.subscribe("room", { ...SILENT, size: () => 5 });
    expect([await one.broker.count("room"), await other.broker.count("room")]).toEqual([5, 0]);
    await Promise.all([one.broker.close(), other.broker.close()]);
  });

  it("drops and tells what somebody else publishes on its subjects, and goes on", async () => {
    const one = await connected(server, { prefix: "foreign" });
    const unreadable: string[] = [];
    const received: Uint8Array[] = [];
    one.broker.subscribe("room", {
      ...SILENT,
      receive: (bytes) => void received.push(new Uint8Array(bytes)),
      unreadable: (error) => void unreadable.push((error as Error).message),
    });
    const stranger = await connect({ servers: server.address });
    const room = `foreign.room.${Buffer.from("room").toString("base64url")}`;
    const part = (...numbers: number[]) => {
      const head = Buffer.alloc(50, 1);
      for (const [at, number] of numbers.entries()) head.writeUInt32BE(number, 1 + at * 4);
      return head;
    };
    for (const data of [Buffer.alloc(0), Buffer.from("hello?"), Buffer.of(1, 2, 3), part(1, 2, 2), part(1, 0, 0)])
      stranger.publish(room, data);
    const talks = [
      "",
      "{",
      "null",
      "7",
      '{"say":"hello"}',
      '{"say":"here","from":"a.b"}',
      '{"say":"count","from":"x"}',
    ];
    for (const text of talks) stranger.publish("foreign.processes", text);
    await stranger.flush();
    await one.told("unreadable", talks.length);
    expect(unreadable).toHaveLength(5);
    stranger.publish(room, Buffer.of(0, 7));
    await expect.poll(() => received).toEqual([Uint8Array.of(7)]);
    expect(await one.broker.count("room")).toBe(1);
    expect(one.losses()).toEqual([]);
    await stranger.close();
    await one.broker.close();
  });

  it("drains when it is closed: what was published arrives", async () => {
    const [one, other] = [await connected(server), await connected(server)];
    let received = 0;
    const receive = () => {
      received += 1;
    };
    other.broker.subscribe("room", { ...SILENT, receive });
    await one.broker.count("room");
    for (let i = 0; i < 1000; i += 1) one.broker.publish("room", new Uint8Array(1000), 1);
    await one.broker.close();
    await expect.poll(() => received).toBe(1000);
    expect(one.events.map(({ state }) => state)).toEqual(["connected"]);
    await other.broker.close();
  });

  it("can be closed at any time on its way, and leaves no connection behind", async () => {
    const made: NatsConnection[] = [];
    const once = async () => {
      const connection = await connect({ servers: server.address });
      made.push(connection);
      return connection;
    };
    for (let turns = 0; turns < 20; turns += 1) {
      const { broker } = join(server, { connect: once });
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await broker.close();
    }
    await expect.poll(() => made.length).toBe(20);
    await expect.poll(() => made.every((connection) => connection.isClosed())).toBe(true);
  });

  it("tells what connect gave when that is no open connection", async () => {
    const closed = await connect({ servers: server.address });
    await closed.close();
    const wrong = join(server, { connect: async () => closed });
    const none = join(server, { connect: async () => ({}) as NatsConnection });
    await Promise.all([wrong.told("lost"), none.told("lost")]);
    expect([wrong.losses()[0], none.losses()[0]]).toEqual([
      expect.stringMatching(/has to make a new one/),
      expect.stringMatching(/@nats-io\/transport-node/),
    ]);
    await Promise.all([wrong.broker.close(), none.broker.close()]);
  });

  it("is lost when NATS dies while it is connected to, though the client would wait for 20 seconds", async () => {
    // It says what it is, and is gone as soon as somebody wants in.
    const dying = createServer((socket) => {
      socket.write(
        `INFO ${JSON.stringify({ server_id: "x", version: "2.9.10", max_payload: 1 << 20, headers: true })}\r\n`,
      );
      socket.on("error", () => {}).once("data", () => socket.destroy());
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void dying.close());
    await once(dying, "listening");
    const servers = `127.0.0.1:${(dying.address() as AddressInfo).port}`;
    const { broker, told } = join(server, { connect: (attempt) => connect({ servers, ...attempt }), pingMs: 200 });
    await told("lost");
    await broker.close();
  });

  it("is lost where NATS refuses to publish, and never connected where it refuses to subscribe", async () => {
    const deny = (what: string) =>
      `{ user: ${what}, password: p, permissions: { ${what}: { deny: "onesocket.room.>" } } }`;
    const all = `{ user: none, password: p, permissions: { subscribe: { deny: "onesocket.processes" } } }`;
    const strict = await startNats(undefined, [`authorization: { users: [${deny("publish")}, ${all}] }`]);
    const as = (user: string, pass = "p") => ({ connect: () => connect({ servers: strict.address, user, pass }) });
    const one = await connected(strict, as("publish"));
    one.broker.publish("room", Uint8Array.of(1), 1);
    const none = join(strict, as("none"));
    const wrong = join(strict, as("publish", "wrong"));
    await Promise.all([one, none, wrong].map(({ told }) => told("lost")));
    expect(one.losses()[0]).toMatch(/permissions violation/i);
    expect(none.losses()[0]).toMatch(/permissions violation/i);
    expect(wrong.losses()[0]).toMatch(/authorization violation/i);
    expect([none, wrong].flatMap(({ events }) => events.map(({ state }) => state))).toEqual(["lost", "lost"]);
    await Promise.all([one, none, wrong].map(({ broker }) => broker.close()));
  });

  it("tells that it is lost and what it could not publish when NATS is frozen, and a count is refused", async () => {
    const own = await startNats();
    const one = await connected(own);
    own.freeze();
    await expect(one.broker.count("room")).rejects.toThrow(/room.size|did not answer/);
    await one.told("lost");
    await expect(one.broker.count("room")).rejects.toThrow(/NATS is not connected/);
    one.broker.publish("room", new Uint8Array(99), 3);
    await one.broker.close();
    expect(one.events.at(-1)).toEqual({ state: "dropped", messages: 3, bytes: 99 });
  });
});
