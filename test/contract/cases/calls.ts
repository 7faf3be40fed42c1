import { JSONRPCClient, type JSONRPCResponse } from "json-rpc-2.0";
import { expect, it } from "vitest";
import type { Client } from "../../helpers/client.ts";
import { freshRoom, type Suite } from "../runtime.ts";

/** What a server that speaks JSON-RPC 2.0 is asked for: by a client of that protocol that is not ours, and by hand. */
export function calls(suite: Suite): void {
  const join = (room: string, name = "ann") => suite.connect(`/spoken/${room}?name=${name}`);

  const said = (who: string, text: string) => ({ jsonrpc: "2.0", method: "said", params: { who, text } });

  /** A client in a room of its own, asleep where rooms are to sleep. */
  const alone = async (): Promise<{ client: Client; room: string }> => {
    const room = freshRoom();
    const client = await join(room);
    await suite.sleep(room, "spoken");
    return { client, room };
  };

  /** The independent client over a socket: each message that comes is its. */
  const independent = (client: Client): { rpc: JSONRPCClient; pump: (messages: number) => Promise<void> } => {
    const rpc = new JSONRPCClient((payload) => client.send(JSON.stringify(payload)));
    const pump = async (messages: number) => {
      for (let n = 0; n < messages; n++) rpc.receive((await client.json()) as unknown as JSONRPCResponse);
    };
    return { rpc, pump };
  };

  /** A call by hand; its answer. */
  const call = async (client: Client, method: string, params?: unknown, id: unknown = 1) => {
    client.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return client.json();
  };

  it("M12 answers an independent client of JSON-RPC 2.0", async () => {
    const { client, room } = await alone();
    const { rpc, pump } = independent(client);
    const results = [
      rpc.request("add", { a: 1, b: 2 }),
      rpc.request("later", [7]),
      rpc.request("say", { text: "hello" }),
    ];
    await pump(2);
    expect(await client.json()).toEqual(said("ann", "hello"));
    await pump(1);
    expect(await Promise.all(results)).toEqual([3, 7, null]);

    await suite.sleep(room, "spoken");
    const failures = ["add", "none", "fail", "reject", "take", "misname"].map((method) =>
      rpc.request(method, {}).then(String, ({ code, message, data }) => ({ code, message, data })),
    );
    await pump(failures.length);
    const internal = { code: -32_603, message: "Internal error", data: undefined };
    expect(await Promise.all(failures)).toEqual([
      {
        code: -32_602,
        message: "Invalid params",
        data: [{ message: expect.any(String), path: ["a"] }, expect.anything()],
      },
      { code: -32_601, message: "Method not found", data: undefined },
      internal,
      internal,
      { code: 409, message: "taken", data: { by: "bob" } },
      internal,
    ]);

    await suite.sleep(room, "spoken");
    const batch = rpc.requestAdvanced([
      { jsonrpc: "2.0", id: 91, method: "later", params: [1] },
      { jsonrpc: "2.0", id: 92, method: "add", params: { a: 1, b: 1 } },
    ]);
    await pump(1);
    expect(await batch).toEqual([
      { jsonrpc: "2.0", id: 91, result: 1 },
      { jsonrpc: "2.0", id: 92, result: 2 },
    ]);
  });

  it("M12 tells nothing of an error but to the log", async () => {
    const { client } = await alone();
    expect(JSON.stringify(await call(client, "fail"))).not.toContain("xyzzy");
    await suite.eventually(() => suite.host.logs.some((line) => line.includes("xyzzy")));
  });

  it("M12 answers what is bad with an error, and goes on", async () => {
    const { client, room } = await alone();
    const bad = async (text: string, code: number) => {
      client.send(text);
      expect(await client.json()).toMatchObject({ jsonrpc: "2.0", id: null, error: { code } });
    };
    const batch = Array.from({ length: 10_000 }, () => ({ jsonrpc: "2.0", method: "release", params: ["none"] }));
    await bad(JSON.stringify(batch), -32_600);
    await bad('{"jsonrpc":"2.0","method":1}', -32_600);
    const twice = JSON.stringify([1, 1].map((id) => ({ jsonrpc: "2.0", id, method: "add", params: { a: 1, b: 1 } })));
    client.send(twice);
    expect(await client.json()).toMatchObject([
      { id: 1, result: 2 },
      { id: null, error: { code: -32_600 } },
    ]);
    await suite.sleep(room, "spoken");
    expect(await call(client, "__proto__")).toMatchObject({ id: 1, error: { code: -32_601 } });
    client.send('{"jsonrpc":"2.0","id":1,"method":"size","params":{"__proto__":{"polluted":true}}}');
    expect(await client.json()).toMatchObject({ error: { code: -32_602 } });
    expect(await call(client, "size", ["x".repeat(1_000_000)])).toMatchObject({ result: 1_000_002 });
    expect(await client.ask("say", "no JSON-RPC")).toEqual({ said: "no JSON-RPC" });
  });

  it("M13 keeps the order of calls, but for concurrent ones", async () => {
    const { client } = await alone();
    const gate = freshRoom();
    const ids: unknown[] = [];
    const send = (id: number, method: string, params: unknown) =>
      client.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    send(1, "later", [1]);
    send(2, "watch", [gate]);
    send(3, "later", [3]);
    send(4, "add", { a: 2, b: 2 });
    for (let n = 0; n < 3; n++) ids.push((await client.json()).id);
    expect(await call(client, "add", { a: 1, b: 1 }, 2)).toMatchObject({ id: null, error: { code: -32_600 } });
    send(5, "release", [gate]);
    for (let n = 0; n < 2; n++) ids.push((await client.json()).id);
    expect(ids.slice(0, 3)).toEqual([1, 3, 4]);
    expect(ids.slice(3).toSorted()).toEqual([2, 5]);
  });

  it("M9 answers the one heartbeat text of JSON-RPC by itself", async () => {
    const { client, room } = await alone();
    for (let n = 0; n < 2; n++) {
      client.send('{"jsonrpc":"2.0","method":"rpc.ping"}');
      expect(await client.next()).toBe('{"jsonrpc":"2.0","method":"rpc.pong"}');
      await suite.sleep(room, "spoken");
    }
  });

  it("R2 notifies a room, all but one, a topic, and from outside", async () => {
    const room = freshRoom();
    const [ann, bob] = [await join(room), await join(room, "bob")];
    await suite.sleep(room, "spoken");
    expect(await call(bob, "rename", ["bill"])).toEqual({ jsonrpc: "2.0", method: "renamed", params: ["bill"] });
    expect(await bob.json()).toEqual({ jsonrpc: "2.0", id: 1, result: true });
    await suite.sleep(room, "spoken");
    expect(await call(bob, "say", { text: "to others", toOthers: true })).toMatchObject({ id: 1, result: null });
    expect(await ann.json()).toEqual(said("bill", "to others"));
    expect(await call(ann, "subscribe", ["news"])).toMatchObject({ result: null });
    await suite.sleep(room, "spoken");
    expect(await call(bob, "say", { text: "to a topic", topic: "news" })).toMatchObject({ id: 1, result: null });
    expect(await ann.json()).toEqual(said("bill", "to a topic"));
    await suite.post(`/spoken/${room}?topic=news`, "to a topic");
    expect(await ann.json()).toEqual(said("a route", "to a topic"));
    await suite.sleep(room, "spoken");
    await suite.post(`/spoken/${room}`, "to all");
    for (const one of [ann, bob]) expect(await one.json()).toEqual(said("a route", "to all"));
  });
}
