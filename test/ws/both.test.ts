import { once } from "node:events";
import type { Socket as NetSocket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { IncomingRequest, SocketView } from "../../src/ws/index.ts";
import { Peer, SERVERS, type Served } from "./both.ts";

describe.each(["ws", "onesocket"] as const)("the server of %s", (name) => {
  let served: Served;
  afterEach(() => served.close());

  /** A client, and the server's side of it, which `use` was given when it opened. */
  async function connect(use: (ws: SocketView, request: IncomingRequest) => unknown = () => {}, protocols?: string[]) {
    served = await SERVERS[name]();
    const taken = new Promise<SocketView>((resolve) =>
      served.server.on("connection", (ws: SocketView, request: IncomingRequest) => {
        ws.on("error", () => {});
        use(ws, request);
        resolve(ws);
      }),
    );
    const peer = await new Peer(served.url, protocols).opened();
    return { peer, ws: await taken };
  }

  it("gives messages as bytes, with whether they are binary, and to the web's listeners text as a string", async () => {
    const { peer } = await connect((ws) => {
      ws.on("message", (data: Buffer, isBinary: boolean) =>
        ws.send(`${Buffer.isBuffer(data)} ${data} ${isBinary}`, { compress: false }),
      );
      ws.addEventListener("message", ({ data, type, target }: MessageEvent) =>
        ws.send(`${type} ${typeof data} ${target === (ws as unknown)}`),
      );
    });
    peer.client.send("text");
    expect(await peer.next()).toEqual(["true text false", false]);
    expect(await peer.next()).toEqual(["message string true", false]);
    peer.client.send(Buffer.from("bytes"));
    expect(await peer.next()).toEqual(["true bytes true", false]);
    expect(await peer.next()).toEqual(["message object true", false]);
  });

  it("sends what it is given: text, bytes, numbers, and as `binary` says", async () => {
    const { peer, ws } = await connect();
    ws.send("text");
    ws.send(new Uint8Array([97]));
    ws.send(new Uint8Array([97, 98, 99]).buffer);
    ws.send(new DataView(new Uint8Array([97, 98, 99]).buffer, 1, 1));
    ws.send(7);
    ws.send(Buffer.from("bytes"), { binary: false });
    ws.send("text", { binary: true }, () => {});
    const came = [];
    for (let i = 0; i < 7; i++) came.push(await peer.next());
    expect(came).toEqual([
      ["text", false],
      ["a", true],
      ["abc", true],
      ["b", true],
      ["7", false],
      ["bytes", false],
      ["text", true],
    ]);
    expect(() => ws.send({} as never)).toThrow(TypeError);
  });

  it("sends a Blob in its turn, and closes after it", async () => {
    const { peer, ws } = await connect();
    ws.send("first");
    ws.send(new Blob(["blob"]));
    ws.send("last");
    ws.close(4000, "done");
    expect([await peer.next(), await peer.next(), await peer.next()]).toEqual([
      ["first", false],
      ["blob", true],
      ["last", false],
    ]);
    expect(await peer.closed).toEqual([4000, "done"]);
  });

  it.each(["nodebuffer", "arraybuffer", "blob"] as const)("gives bytes as binaryType says: %s", async (type) => {
    const { peer, ws } = await connect();
    expect(ws.binaryType).toBe("nodebuffer");
    ws.binaryType = type;
    const node = once(ws as never, "message") as Promise<[Blob | Uint8Array, boolean]>;
    const web = new Promise<MessageEvent>((resolve) => (ws.onmessage = resolve));
    peer.client.send(new Uint8Array([1, 2]));
    const kinds = [(await node)[0], (await web).data].map((data) => Object.prototype.toString.call(data));
    const kind = { nodebuffer: "Uint8Array", arraybuffer: "ArrayBuffer", blob: "Blob" }[type];
    expect(kinds).toEqual([`[object ${kind}]`, `[object ${kind}]`]);
  });

  it("calls back when a message is sent, and with an error when it cannot be", async () => {
    const { peer, ws } = await connect();
    expect(await new Promise((resolve) => ws.send("a", resolve))).toBeFalsy();
    expect(await new Promise((resolve) => ws.send("b", {}, resolve))).toBeFalsy();
    peer.client.close();
    await once(ws as never, "close");
    const error = await new Promise<Error | undefined>((resolve) => ws.send("late", resolve));
    expect(error?.message).toBe("WebSocket is not open: readyState 3 (CLOSED)");
    expect(() => ws.send("later")).not.toThrow();
    expect(() => ws.close()).not.toThrow();
  });

  it("has the constants and states of the web's", async () => {
    const { peer, ws } = await connect();
    expect([ws.CONNECTING, ws.OPEN, ws.CLOSING, ws.CLOSED]).toEqual([0, 1, 2, 3]);
    const states: unknown[] = [ws.readyState];
    ws.close(1000, "bye");
    states.push(ws.readyState);
    await once(ws as never, "close");
    expect([...states, ws.readyState]).toEqual([1, 2, 3]);
    expect(await peer.closed).toEqual([1000, "bye"]);
  });

  it("tells how it was closed, in both manners", async () => {
    const { peer, ws } = await connect();
    const web = new Promise<CloseEvent>((resolve) => (ws.onclose = resolve));
    const node = once(ws as never, "close");
    peer.client.close(4001, "why");
    const [code, reason] = await node;
    expect([code, Buffer.isBuffer(reason), String(reason)]).toEqual([4001, true, "why"]);
    expect(await web).toMatchObject({ type: "close", code: 4001, reason: "why", wasClean: true });
  });

  it("closes without a code when it is given none, as the web does", async () => {
    const { peer, ws } = await connect();
    const closed = once(ws as never, "close");
    ws.close();
    expect(await peer.closed).toEqual([1005, ""]);
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1005, ""]);
  });

  it.each([[999], [1005], [1006], [5000]])("throws a TypeError for the close code %i, and stays open", async (code) => {
    const { peer, ws } = await connect();
    expect(() => ws.close(code)).toThrow(TypeError);
    ws.send("open");
    expect(await peer.next()).toEqual(["open", false]);
  });

  it("takes the codes that servers close with, and reasons of 123 bytes at most", async () => {
    const { peer, ws } = await connect();
    expect(() => ws.close(1000, "x".repeat(124))).toThrow();
    ws.close(1012, Buffer.from("again"));
    expect(await peer.closed).toEqual([1012, "again"]);
  });

  it("pings, and tells of the pong", async () => {
    const { peer, ws } = await connect();
    const pinged = once(peer.client, "ping");
    const ponged = once(ws as never, "pong");
    ws.ping();
    await pinged;
    expect(Buffer.isBuffer((await ponged)[0])).toBe(true);
  });

  it("buffers what is not taken, says how much, and calls back when it has gone", async () => {
    const { peer, ws } = await connect();
    expect(ws.bufferedAmount).toBe(0);
    peer.client.pause();
    let called = false;
    let sent = Promise.resolve();
    // Less than what a socket may have buffered, more than what kernels take.
    for (let i = 0; i < 12; i++) {
      sent = new Promise((resolve) =>
        ws.send(Buffer.alloc(1_000_000), () => {
          called = i === 11;
          resolve();
        }),
      );
    }
    await new Promise(setImmediate);
    expect(ws.bufferedAmount).toBeGreaterThan(1_000_000);
    expect(called).toBe(false);
    peer.client.resume();
    await sent;
    expect(ws.bufferedAmount).toBe(0);
  });

  it("keeps its clients, and forgets them before it tells", async () => {
    const { peer, ws } = await connect();
    expect([...served.server.clients]).toEqual([ws]);
    peer.client.close();
    await once(ws as never, "close");
    expect(served.server.clients.size).toBe(0);
  });

  it("closes when its last client has gone, and takes no others", async () => {
    const { peer } = await connect();
    const closed = new Promise((resolve) => served.server.close(resolve as () => void));
    await expect(
      new Peer(served.url).opened().then(null, () => Promise.reject(new Error("refused"))),
    ).rejects.toThrow();
    peer.client.close();
    expect(await closed).toBeUndefined();
  });

  it("gives the request as Node does: headers, path, address", async () => {
    let seen: IncomingRequest | undefined;
    await connect((_, request) => (seen = request));
    expect(seen).toMatchObject({ method: "GET", url: "/room?a=1", httpVersion: "1.1" });
    expect(seen?.headers).toMatchObject({ cookie: "a=b", "x-mine": "yes", host: new URL(served.url).host });
    expect(seen?.socket.remoteAddress).toBe("127.0.0.1");
    expect(seen?.connection.remoteAddress).toBe("127.0.0.1");
  });

  it("gives what of a handshake tells one client from another, and that it is one", async () => {
    served = await SERVERS[name]();
    served.server.options.handleProtocols = () => "a";
    const requests: IncomingRequest[] = [];
    served.server.on("connection", (_: SocketView, request: IncomingRequest) => requests.push(request));
    for (let i = 0; i < 2; i++) await new Peer(served.url, ["a"]).opened();
    while (requests.length < 2) await new Promise(setImmediate);
    for (const { headers, rawHeaders } of requests) {
      expect(headers).toMatchObject({ upgrade: "websocket", connection: "Upgrade", "sec-websocket-version": "13" });
      expect(headers).toMatchObject({ "sec-websocket-extensions": expect.stringContaining("permessage-deflate") });
      expect(headers).toMatchObject({ "sec-websocket-protocol": "a" });
      expect(rawHeaders.map((text) => text.toLowerCase())).toContain("sec-websocket-key");
    }
    const keys = requests.map(({ headers }) => headers["sec-websocket-key"] ?? "");
    expect(keys.map((key) => Buffer.from(key, "base64").length)).toEqual([16, 16]);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it("lets a library choose the subprotocol", async () => {
    served = await SERVERS[name]();
    served.server.options.handleProtocols = (offered) => [...offered].find((protocol) => protocol === "b") ?? false;
    const taken = once(served.server as never, "connection");
    const peer = await new Peer(served.url, ["a", "b"]).opened();
    expect(peer.client.protocol).toBe("b");
    expect((await taken)[0].protocol).toBe("b");
  });

  it("adds and removes listeners as Node and the web do", async () => {
    const { peer, ws } = await connect();
    const heard: string[] = [];
    const never = () => heard.push("never");
    const twice = () => heard.push("twice");
    ws.on("message", never).addListener("message", never).off("message", never).removeListener("message", never);
    ws.addEventListener("message", never);
    ws.removeEventListener("message", never);
    ws.once("message", () => heard.push("once"));
    ws.addEventListener("message", () => heard.push("once more"), { once: true });
    ws.addEventListener("message", twice);
    ws.addEventListener("message", twice);
    ws.onmessage = never;
    ws.onmessage = () => heard.push("attribute");
    ws.on("message", () => ws.send("heard"));
    expect([ws.listenerCount("message"), ws.listenerCount("ping")]).toEqual([5, 0]);
    for (let i = 0; i < 2; i++) {
      peer.client.send("x");
      await peer.next();
    }
    expect(heard).toEqual(["once", "once more", "twice", "attribute", "twice", "attribute"]);
    ws.onmessage = null;
    expect(ws.onmessage).toBe(null);
    ws.removeAllListeners("message");
    expect(ws.listenerCount("message")).toBe(0);
  });

  it("waits for no listener: one that never ends holds up nothing", async () => {
    const { peer } = await connect((ws) =>
      ws.on("message", async (data: Buffer) => {
        ws.send(`${data}`);
        await new Promise(() => {});
      }),
    );
    peer.client.send("1");
    peer.client.send("2");
    expect([await peer.next(), await peer.next()]).toEqual([
      ["1", false],
      ["2", false],
    ]);
  });

  it("pauses, and goes on with what has come meanwhile", async () => {
    const { peer, ws } = await connect();
    const heard: string[] = [];
    ws.on("message", (data: Buffer) => heard.push(String(data)));
    ws.pause();
    expect(ws.isPaused).toBe(true);
    for (const text of ["1", "2", "3"]) peer.client.send(text);
    await new Promise((resolve) => peer.client.ping("", undefined, resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toEqual([]);
    const last = new Promise<void>((resolve) => ws.on("message", () => heard.length === 3 && resolve()));
    ws.resume();
    await last;
    expect([heard, ws.isPaused]).toEqual([["1", "2", "3"], false]);
  });

  it("terminates, and tells 1006 of a connection that was lost", async () => {
    const first = await connect();
    first.ws.terminate();
    expect((await first.peer.closed)[0]).toBe(1006);
    const taken = once(served.server as never, "connection");
    const second = await new Peer(served.url).opened();
    const [ws] = (await taken) as [SocketView];
    const closed = once(ws as never, "close");
    second.client.terminate();
    expect((await closed)[0]).toBe(1006);
  });

  it("tells an error, and then the close, when a client breaks the protocol", async () => {
    const heard: unknown[] = [];
    const { peer, ws } = await connect((socket) => {
      socket.on("error", (error: Error) => heard.push(error instanceof Error));
      socket.on("close", () => heard.push("close"));
    });
    const closed = new Promise((resolve) => ws.on("close", resolve));
    // A frame with an opcode that there is none of.
    (peer.client as unknown as { _socket: NetSocket })._socket.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]));
    await closed;
    expect(heard).toEqual([true, "close"]);
    expect((await peer.closed)[0]).toBe(1002);
  });
});
