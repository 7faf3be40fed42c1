import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket as Peer, WebSocketServer } from "ws";
import { type NodeServer, serve } from "../../src/adapters/node/index.ts";
import { fromConnection } from "../../src/ws/index.ts";

/** An open socket, as code for the web's WebSocket sees it, and what is at its other end. */
interface Pair {
  readonly ws: WebSocket;
  readonly peer: Peer;
  /** What becomes of `"arraybuffer"` when the binaryType is set to what is none. Node 24.21 (2026-11) takes that for `"blob"`; the standard keeps it. */
  readonly kept: BinaryType;
}

/** What the files of web-platform-tests, under websockets/, expect of a socket that is open. */
interface Case {
  readonly files: string;
  readonly says: string;
  run(pair: Pair): unknown;
}

const next = async (ws: WebSocket, type: string): Promise<Event> =>
  new Promise((resolve) => ws.addEventListener(type, resolve, { once: true }));
const heard = async (peer: Peer): Promise<[data: string, isBinary: boolean]> => {
  const [data, isBinary] = (await once(peer, "message")) as [Buffer, boolean];
  return [isBinary ? data.toString("hex") : data.toString(), isBinary];
};
const closed = async (peer: Peer): Promise<[number, string]> => {
  const [code, reason] = (await once(peer, "close")) as [number, Buffer];
  return [code, reason.toString()];
};

const STATES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const;
const HANDLERS = ["onopen", "onmessage", "onerror", "onclose"] as const;

const CASES: readonly Case[] = [
  {
    files: "interfaces/WebSocket/constants/001–006",
    says: "has constants, which nobody can change",
    run({ ws }) {
      for (const [value, name] of STATES.entries()) {
        expect(Reflect.set(ws, name, 9) && ws[name]).not.toBe(9);
        expect(ws[name]).toBe(value);
        expect(Reflect.deleteProperty(ws, name) && ws[name]).toBe(value);
      }
    },
  },
  {
    files: "interfaces/WebSocket/{readyState,extensions,protocol,url,bufferedAmount}",
    says: "has attributes that nobody can change",
    run({ ws }) {
      expect([ws.readyState, ws.extensions, ws.protocol, ws.bufferedAmount]).toEqual([1, "", "", 0]);
      for (const name of ["readyState", "extensions", "protocol", "url", "bufferedAmount"] as const) {
        const before = ws[name];
        Reflect.set(ws, name, "other");
        expect(ws[name]).toBe(before);
      }
    },
  },
  {
    files: "binary/, binaryType-wrong-value",
    says: "keeps the binaryType that it has when another value is none",
    run({ ws, kept }) {
      ws.binaryType = "arraybuffer";
      Reflect.set(ws, "binaryType", "notBlobOrArrayBuffer");
      expect(ws.binaryType).toBe(kept);
      ws.binaryType = "blob";
      expect(ws.binaryType).toBe("blob");
    },
  },
  {
    files: "interfaces/WebSocket/events/001–004, 012",
    says: "takes functions as handlers, and has null for what is none",
    run({ ws }) {
      for (const name of HANDLERS) {
        expect(ws[name]).toBeNull();
        const handler = () => {};
        ws[name] = handler;
        expect(ws[name]).toBe(handler);
        Reflect.set(ws, name, ";");
        expect(ws[name]).toBeNull();
      }
    },
  },
  {
    files: "interfaces/WebSocket/events/006–009",
    says: "gives its handlers what somebody dispatches",
    run({ ws }) {
      const given: unknown[] = [];
      ws.onmessage = (event) => given.push((event as unknown as CustomEvent).detail);
      ws.addEventListener("message", (event) => given.push((event as unknown as CustomEvent).detail));
      ws.dispatchEvent(new CustomEvent("message", { detail: 5 }));
      expect(given).toEqual([5, 5]);
    },
  },
  {
    files: "interfaces/WebSocket/events/016",
    says: "calls listeners in the order in which they were added, the handler among them",
    async run({ ws, peer }) {
      const order: string[] = [];
      const last = Promise.withResolvers<void>();
      for (const type of ["message", "close"] as const) {
        ws.addEventListener(type, () => order.push(`${type} 1`));
        ws[`on${type}`] = () => order.push(`${type} 2`);
        ws.addEventListener(type, () => order.push(`${type} 3`));
      }
      ws.addEventListener("close", () => last.resolve());
      peer.send("x");
      peer.close();
      await last.promise;
      expect(order).toEqual(["message 1", "message 2", "message 3", "close 1", "close 2", "close 3"]);
    },
  },
  {
    files: "interfaces/WebSocket/events/015, 017, 018",
    says: "gives events that are of their kind, and are at their target",
    async run({ ws, peer }) {
      const seen: unknown[] = [];
      const last = Promise.withResolvers<void>();
      for (const type of ["message", "close"] as const) {
        ws.addEventListener(type, function (this: unknown, event: Event) {
          const { target, currentTarget, eventPhase, bubbles, cancelable } = event;
          seen.push([String(event), this === ws, target === ws, currentTarget === ws, eventPhase, bubbles, cancelable]);
          if (type === "close") last.resolve();
        });
      }
      peer.send("x");
      peer.close();
      await last.promise;
      expect(seen).toEqual([
        ["[object MessageEvent]", true, true, true, 2, false, false],
        ["[object CloseEvent]", true, true, true, 2, false, false],
      ]);
    },
  },
  {
    files: "eventhandlers, remove-own-iframe; DOM's EventTarget",
    says: "calls a listener once, not after it was removed, nor after its signal",
    async run({ ws, peer }) {
      const called: string[] = [];
      const removed = () => called.push("removed");
      const abort = new AbortController();
      ws.addEventListener("message", () => called.push("once"), { once: true });
      ws.addEventListener("message", removed);
      ws.addEventListener("message", removed);
      ws.addEventListener("message", () => called.push("aborted"), { signal: abort.signal });
      ws.addEventListener("message", { handleEvent: ({ type }) => void called.push(`object ${type}`) });
      ws.removeEventListener("message", removed);
      abort.abort();
      peer.send("1");
      await next(ws, "message");
      peer.send("2");
      await next(ws, "message");
      expect(called).toEqual(["once", "object message", "object message"]);
    },
  },
  {
    files: "interfaces/WebSocket/close/close-basic, close-multiple, close-nested; readyState/007, 008",
    says: "closes once, however often it is asked to, and is CLOSING until the peer has answered",
    async run({ ws, peer }) {
      let closes = 0;
      const answered = closed(peer);
      ws.onclose = () => {
        closes += 1;
        expect(ws.readyState).toBe(3);
        ws.close();
        ws.close(4000);
        expect(ws.readyState).toBe(3);
      };
      const end = next(ws, "close");
      ws.close();
      expect(ws.readyState).toBe(2);
      ws.close(3000, "later");
      await end;
      expect(await answered).toEqual([1005, ""]);
      expect(closes).toBe(1);
    },
  },
  {
    files: "Close-1000-reason, Close-3000-reason, Close-4999-reason, Close-reason-unpaired-surrogates",
    says: "closes with a code and a reason, of which what is no text is replaced",
    async run({ ws, peer }) {
      const answered = closed(peer);
      ws.close(4999, "a\uD800b ä");
      expect(await answered).toEqual([4999, "a\uFFFDb ä"]);
    },
  },
  {
    files: "Close-0, Close-NaN, Close-Reason-124Bytes, Close-1005",
    says: "throws for codes that no Close carries and for reasons too long, and stays open",
    run({ ws }) {
      for (const code of [0, 999, 1004, 1005, 1006, 1015, 5000, Number.NaN]) expect(() => ws.close(code)).toThrow();
      expect(() => ws.close(1000, "ä".repeat(62))).toThrow();
      expect(ws.readyState).toBe(1);
    },
  },
  {
    files: "Close-1005-verify-code, Close-server-initiated-close, CloseEvent/001–004",
    says: "is told how the peer closed",
    async run({ ws, peer }) {
      peer.close();
      const { code, reason, wasClean } = (await next(ws, "close")) as CloseEvent;
      expect([code, reason, wasClean]).toEqual([1005, "", true]);
    },
  },
  {
    files: "interfaces/CloseEvent/clean-close, closing-handshake/",
    says: "is told the peer's code and reason, and that it was clean",
    async run({ ws, peer }) {
      peer.close(3333, "grüße");
      const { code, reason, wasClean } = (await next(ws, "close")) as CloseEvent;
      expect([code, reason, wasClean, ws.readyState]).toEqual([3333, "grüße", true, 3]);
    },
  },
  {
    files: "unload, closing-handshake: a connection that is lost",
    says: "is told 1006 where there was no Close",
    async run({ ws, peer }) {
      peer.terminate();
      const { code, reason, wasClean } = (await next(ws, "close")) as CloseEvent;
      expect([code, reason, wasClean]).toEqual([1006, "", false]);
    },
  },
  {
    files: "Send-data, Send-0byte-data, Send-unicode-data, Send-65K-data, interfaces/WebSocket/send/006–012",
    says: "sends texts, of which what is no text is replaced",
    async run({ ws, peer }) {
      for (const [text, arrives = text] of [
        ["hello"],
        [""],
        ["¥¥¥¥¥¥"],
        ["c".repeat(65_536)],
        ["a\uDC00xb\uD800xc\uDC00\uD800x", "a\uFFFDxb\uFFFDxc\uFFFD\uFFFDx"],
      ]) {
        const came = heard(peer);
        expect(ws.send(text!)).toBeUndefined();
        expect(await came).toEqual([arrives, false]);
      }
    },
  },
  {
    files: "Send-binary-arraybuffer, Send-binary-arraybufferview-*, Send-binary-blob",
    says: "sends bytes of every kind, views with their offset, in their order",
    async run({ ws, peer }) {
      const { buffer } = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
      const came: string[] = [];
      const all = new Promise<void>((resolve) => {
        peer.on("message", (data: Buffer, isBinary: boolean) => {
          came.push(isBinary ? data.toString("hex") : data.toString());
          if (came.length === 7) resolve();
        });
      });
      ws.send(buffer);
      ws.send(new Uint8Array(buffer, 2, 3));
      ws.send(new Uint16Array(buffer, 4, 1));
      ws.send(new DataView(buffer, 6));
      ws.send(new Blob([new Uint8Array([9, 10])]));
      ws.send("after it");
      ws.send(new Uint8Array());
      await all;
      expect(came).toEqual(["0102030405060708", "030405", "0506", "0708", "090a", "after it", ""]);
    },
  },
  {
    files: "interfaces/WebSocket/send/005, send-many-64K-messages; Close-readyState-Closing",
    says: "sends nothing once it is closing, and does not throw",
    async run({ ws, peer }) {
      const came: unknown[] = [];
      peer.on("message", (data) => came.push(String(data)));
      const end = closed(peer);
      ws.send("before");
      ws.close();
      ws.send("after");
      await end;
      ws.send("long after");
      expect(came).toEqual(["before"]);
    },
  },
  {
    files: "binary/001–005, Send-binary-*: binaryType",
    says: "gives bytes as binaryType says when they come",
    async run({ ws, peer }) {
      ws.binaryType = "arraybuffer";
      peer.send(Buffer.from([1, 2]));
      const first = ((await next(ws, "message")) as MessageEvent).data;
      ws.binaryType = "blob";
      peer.send(Buffer.from([3]));
      const second = ((await next(ws, "message")) as MessageEvent).data;
      peer.send("text");
      const third = ((await next(ws, "message")) as MessageEvent).data;
      expect(Object.prototype.toString.call(first)).toBe("[object ArrayBuffer]");
      expect(new Uint8Array(first)).toEqual(new Uint8Array([1, 2]));
      expect(Object.prototype.toString.call(second)).toBe("[object Blob]");
      expect(new Uint8Array(await second.arrayBuffer())).toEqual(new Uint8Array([3]));
      expect(third).toBe("text");
    },
  },
];

/** Waits until the socket at the other end has come. */
function arrivals<Socket>() {
  let { promise, resolve } = Promise.withResolvers<Socket>();
  return {
    arrive: (socket: Socket) => resolve(socket),
    async next() {
      const socket = await promise;
      ({ promise, resolve } = Promise.withResolvers<Socket>());
      return socket;
    },
  };
}

describe("the view of onesocket/ws, by what web-platform-tests expect", () => {
  const opened = arrivals<WebSocket>();
  let server: NodeServer;
  beforeAll(async () => {
    const view = fromConnection({ name: "standard" }, (ws) => opened.arrive(ws as unknown as WebSocket));
    server = await serve(view, { port: 0, hostname: "127.0.0.1", observe: {} });
  });
  afterAll(() => server.close());

  it.each(CASES)("$says ($files)", async ({ run }) => {
    const peer = new Peer(`ws://127.0.0.1:${server.port}/`, { perMessageDeflate: false });
    peer.on("error", () => {});
    const ws = await opened.next();
    if (peer.readyState !== peer.OPEN) await once(peer, "open");
    await run({ ws, peer, kept: "arraybuffer" });
    peer.terminate();
  });
});

// What the cases expect is what the standard's own implementation does.
describe("Node's own WebSocket, by the same", () => {
  const opened = arrivals<Peer>();
  let server: WebSocketServer;
  beforeAll(async () => {
    server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    server.on("connection", (peer) => opened.arrive(peer));
    await once(server, "listening");
  });
  afterAll(() => void server.close());

  it.each(CASES)("$says ($files)", async ({ run }) => {
    const ws = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const peer = await opened.next();
    await next(ws, "open");
    await run({ ws, peer, kept: "blob" });
    peer.terminate();
  });
});
