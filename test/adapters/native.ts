import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChildServer } from "../helpers/child.ts";
import { Client } from "../helpers/client.ts";
import { BINARY, CLOSE, closePayload, frame, header, RawClient, TEXT } from "../helpers/raw.ts";

/** The three ways to be the host of a socket. */
export type Mode = "definition" | "app" | "bare";

/** What an adapter for a native WebSocket server must carry, whichever way it hosts. */
export function nativeAdapter(start: (mode: Mode) => Promise<ChildServer>): void {
  describe.each<Mode>(["definition", "app", "bare"])("as the host of a target that is: %s", (mode) => {
    let server: ChildServer;
    beforeAll(async () => {
      server = await start(mode);
    });
    afterAll(() => server.stop());

    const connect = (query = "", protocols: string[] = []) =>
      Client.connect(`${server.url}/chat?${query}`, { protocols });

    /** A member of the room that hears how sockets ended. */
    const ending = async (act: (client: Client) => unknown, query = "") => {
      const log = await connect("room=log");
      const client = await connect(`room=x&${query}`);
      act(client);
      const event = await log.json();
      log.vanish();
      return { event, seen: await client.closed };
    };

    it("carries text and binary both ways, binary with its own bytes only", async () => {
      const client = await connect("room=echo");
      client.send("hällo");
      client.send(Uint8Array.of(1, 2, 3));
      expect([await client.next(), await client.next()]).toEqual(["hällo", Uint8Array.of(1, 2, 3)]);
      client.vanish();
    });

    it("puts headers, each Set-Cookie and the client's address on the 101", async () => {
      const raw = await RawClient.connect(server.url, "127.0.0.2");
      const forwarded = { "x-forwarded-for": "203.0.113.7", forwarded: "for=203.0.113.8" };
      raw.handshake({ path: "/chat", headers: forwarded });
      const answer = await raw.response();
      const cookies = answer.headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);
      expect(answer.status).toBe(101);
      expect(cookies).toEqual(mode === "definition" ? ["a=1", "b=2"] : ["a=1", "b=2", "c=3"]);
      // The host of an app is told that its proxies set Forwarded.
      expect(header(answer, "x-address")).toBe(mode === "app" ? "203.0.113.8" : "203.0.113.7");
      expect(header(answer, "x-env")).toBe("hello");
      raw.end();
    });

    it("answers with the server's first choice of a subprotocol, however the list is spaced", async () => {
      const client = await connect("", ["other", "chat.v1", "chat.v2"]);
      expect(client.protocol).toBe("chat.v2");
      client.vanish();
    });

    it("echoes no subprotocol that the server does not know", async () => {
      const raw = await RawClient.connect(server.url);
      raw.handshake({ path: "/chat", headers: { "sec-websocket-protocol": "other, more" } });
      expect(header(await raw.response(), "sec-websocket-protocol")).toBe(null);
      raw.end();
    });

    it("refuses a page of another host with the failure's text", async () => {
      const raw = await RawClient.connect(server.url);
      raw.handshake({ path: "/chat", headers: { origin: "https://evil.example" } });
      expect(await raw.response()).toMatchObject({ status: 403, body: expect.stringMatching(/^ORIGIN_REJECTED: /) });
      raw.end();
    });

    it("refuses a Host that would change the path, whatever route that would find", async () => {
      const raw = await RawClient.connect(server.url);
      raw.handshake({ path: "/nowhere", headers: { host: "a.example/chat?" } });
      expect(await raw.response()).toMatchObject({ status: 400, body: expect.stringMatching(/^HOST_INVALID: /) });
      raw.end();
    });

    it("opens a refused socket to close it with the refusal's code", async () => {
      const client = await connect("refuse");
      expect(await client.closed).toEqual({ code: 4403, reason: "banned" });
    });

    it("delivers messages that came with the handshake after open", async () => {
      const raw = await RawClient.connect(server.url);
      raw.handshake({ path: "/chat?room=early" }, frame(TEXT, "one"), frame(BINARY, Uint8Array.of(2)));
      await raw.response();
      expect([await raw.text(), (await raw.frame()).payload]).toEqual(["one", Buffer.of(2)]);
      raw.end();
    });

    it("survives a reset while upgrade waits", async () => {
      const raw = await RawClient.connect(server.url);
      raw.handshake({ path: "/chat?slow" });
      raw.reset();
      const client = await connect("slow&room=after");
      client.send("still here");
      expect(await client.next()).toBe("still here");
      client.vanish();
    });

    it("tells the client's close code, and answers it", async () => {
      const { event, seen } = await ending((client) => client.close(4000, "done"));
      expect(event).toEqual({ room: "x", code: 4000, reason: "done", wasClean: true });
      expect(seen).toMatchObject({ code: 4000 });
    });

    it("tells 1005 of a Close without a code", async () => {
      const { event } = await ending((client) => client.close());
      expect(event).toMatchObject({ code: 1005, wasClean: true });
    });

    it("tells 1006 of a lost connection", async () => {
      const { event } = await ending((client) => client.vanish());
      expect(event).toEqual({ room: "x", code: 1006, reason: "", wasClean: false });
    });

    it("closes with the server's code", async () => {
      const { event, seen } = await ending((client) => client.send("bye"));
      expect(seen).toEqual({ code: 4001, reason: "as asked" });
      expect(event).toEqual({ room: "x", code: 4001, reason: "as asked", wasClean: true });
    });

    it("gets a Close out although messages follow the one that caused it", async () => {
      const raw = await RawClient.connect(server.url);
      raw.handshake({ path: "/chat?room=busy" });
      await raw.response();
      raw.write(frame(TEXT, "bye"), frame(TEXT, "more"), frame(TEXT, "and more"));
      expect(await raw.close()).toEqual({ code: 4001, reason: "as asked" });
      raw.write(frame(CLOSE, closePayload(4001)));
      raw.end();
    });

    it("ends a socket at once on terminate", async () => {
      const { event } = await ending((client) => client.send("terminate"));
      expect(event).toEqual({ room: "x", code: 1006, reason: "", wasClean: false });
    });

    it("closes with 1011 when a handler rejects", async () => {
      const { seen } = await ending((client) => client.send("throw"));
      expect(seen).toEqual({ code: 1011, reason: "INTERNAL" });
    });

    it("closes with 1009 over the definition's limit", async () => {
      const { seen } = await ending((client) => client.send("x".repeat(1025)));
      expect(seen).toEqual({ code: 1009, reason: "MESSAGE_TOO_BIG" });
    });

    if (mode === "definition") return;
    it("lets a middleware refuse after the route has decided", async () => {
      const raw = await RawClient.connect(server.url);
      raw.handshake({ path: "/late" });
      expect(await raw.response()).toMatchObject({ status: 401, body: "too late" });
      raw.end();
    });

    it("leaves plain requests to the app", async () => {
      expect(await (await fetch(`${server.url}/plain`)).text()).toBe("plain");
    });
  });
}
