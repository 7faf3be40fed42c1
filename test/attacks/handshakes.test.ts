import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import type { Drained } from "onesocket/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { outcome } from "../conformance/case.ts";
import { handshake, Peer } from "../conformance/peer.ts";
import { CLOSE, frame, TEXT } from "../conformance/wire.ts";
import { inBatches, MIB, Target } from "./target.ts";

let target: Target;
/** Waits for headers, and for TLS, a second only. */
let hasty: Target;

beforeAll(async () => {
  target = await Target.start();
  hasty = await Target.start("node", 1000);
});

afterAll(async () => {
  await target.stop();
  await hasty.stop();
});

/** Some hundred connections' buffers, and garbage that is not yet collected. */
const SLACK = 64 * MIB;

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

function connect(count: number, url = target.url): Promise<Peer[]> {
  return Promise.all(Array.from({ length: count }, () => Peer.connect(url)));
}

describe("headers that never end", () => {
  it("are cut off after limits.handshakeMs, though a line comes every now and then", async () => {
    await hasty.survives(async () => {
      const peers = await connect(200, hasty.url);
      for (const peer of peers) peer.write(Buffer.from("GET /echo HTTP/1.1\r\nHost: a\r\n"));
      const drip = setInterval(() => {
        for (const peer of peers) peer.write(Buffer.from("X-Slow: 1\r\n"));
      }, 100);
      await Promise.all(peers.map(({ end }) => end));
      clearInterval(drip);
      for (const peer of peers) peer.destroy();
    }, SLACK);
  });

  it("are cut off when they never begin, in the clear and before TLS", async () => {
    await hasty.survives(async () => {
      const peers = [...(await connect(100, hasty.url)), ...(await connect(100, hasty.secureUrl))];
      await Promise.all(peers.map(({ end }) => end));
      for (const peer of peers) peer.destroy();
    }, SLACK);
  });

  it("are refused when they are too many", async () => {
    await hasty.survives(async () => {
      for (const peer of await connect(20, hasty.url)) {
        peer.write(Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${"X-Header: 0123456789abcdef\r\n".repeat(5000)}`));
        expect(await peer.head()).toMatch(/^HTTP\/1\.1 431 /);
        peer.destroy();
      }
    }, SLACK);
  });
});

describe("garbage, on a port with TLS,", () => {
  it("500 times, is refused and forgotten", async () => {
    await hasty.survives(
      () =>
        inBatches(500, 100, async (i) => {
          const peer = await Peer.connect(hasty.secureUrl);
          peer.write(i % 2 ? randomBytes(200) : handshake(target.url, KEY));
          if (i % 3 === 0) peer.socket.end();
          await peer.end;
          peer.destroy();
        }),
      SLACK,
    );
  });
});

/** A TLS connection, before any handshake of ours. */
async function secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { hostname, port } = new URL(target.secureUrl);
  const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false, ...options });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

describe("TLS", () => {
  it("is renegotiated three times at a client's wish, and no more", async () => {
    // Each costs the server a key exchange. Three in ten minutes is Node's own limit.
    await target.survives(async () => {
      const socket = await secure({ maxVersion: "TLSv1.2" });
      socket.write(handshake(target.url, KEY, { path: "/hall" }));
      await once(socket, "data");
      socket.resume();
      const closed = once(socket, "close").then(() => false);
      const again = () =>
        new Promise<boolean>((resolve) => {
          socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error === null));
        });
      let times = 0;
      while (await Promise.race([again(), closed])) times++;
      expect(times).toBe(3);
    }, SLACK);
  });

  it("serves a good client while others stall in their handshakes", async () => {
    await target.survives(async () => {
      const stalled = await connect(100, target.secureUrl);
      const socket = new WebSocket(`${target.secureUrl.replace("https", "wss")}/echo`, { rejectUnauthorized: false });
      await once(socket, "open");
      socket.send("hello");
      expect(String((await once(socket, "message"))[0])).toBe("hello");
      socket.terminate();
      for (const peer of stalled) peer.destroy();
    }, SLACK);
  });

  it("cut off anywhere in a frame leaves nothing", async () => {
    await target.survives(
      () =>
        inBatches(40, 20, async (length) => {
          const socket = await secure();
          socket.write(handshake(target.url, KEY, { path: "/echo" }));
          await once(socket, "data");
          socket.write(frame(TEXT, "m".repeat(40)).subarray(0, length));
          socket.destroy();
        }),
      SLACK,
    );
  });
});

describe("a server that drains under a flood of handshakes", () => {
  it("refuses them all with 503 DRAINING, and has drained when limits.closeMs is over", async () => {
    const draining = await Target.start();
    const polite = Array.from({ length: 50 }, () => new WebSocket(`${draining.url.replace("http", "ws")}/hall`));
    await Promise.all(polite.map((socket) => once(socket, "open")));
    const mute = await Promise.all(Array.from({ length: 50 }, () => Peer.open(draining.url, { path: "/hall" })));
    let drained = false;
    const drain = draining.tell<Drained>("drain").then((result) => {
      drained = true;
      return result;
    });
    let refused = 0;
    while (!drained) {
      await inBatches(50, 50, async () => {
        const peer = await Peer.connect(draining.url);
        peer.write(handshake(draining.url, KEY, { path: "/hall" }));
        expect(await peer.head()).toMatch(/^HTTP\/1\.1 503 .*onesocket-failure: DRAINING/is);
        expect(await peer.end).toBe("fin");
        peer.destroy();
        refused++;
      });
    }
    expect(await drain).toEqual({ sockets: 100, clean: 50, lost: 50 });
    expect(refused).toBeGreaterThan(0);
    for (const peer of mute) expect((await outcome(peer))[0]).toBe("close 1012");
    await draining.stop();
  });

  it("closes, however many are still coming, and opens none of them", async () => {
    const closing = await Target.start();
    // It never answers our Close: for limits.closeMs the server is closing, and the others complete their handshakes.
    const mute = await Peer.open(closing.url, { path: "/hall" });
    const waiting = await connect(200, closing.url);
    const bytes = handshake(closing.url, KEY, { path: "/hall" });
    for (const peer of waiting) peer.write(bytes.subarray(0, 60));
    const closed = closing.tell("close");
    expect((await mute.frame())?.opcode).toBe(CLOSE);
    for (const peer of waiting) peer.write(bytes.subarray(60));
    // Whoever is still waiting when all sockets are gone is cut off.
    const heads = await Promise.all(waiting.map((peer) => peer.head().catch(() => "cut")));
    const answered = heads.filter((head) => head !== "cut");
    expect(answered.length).toBeGreaterThan(0);
    for (const head of answered) expect(head).toMatch(/^HTTP\/1\.1 503 .*onesocket-failure: DRAINING/is);
    for (const peer of waiting) peer.destroy();
    await closed;
    await closing.stop();
  });
});
