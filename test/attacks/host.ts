/**
 * What is attacked: one definition with small limits, over HTTP and over HTTPS, in a process whose memory is watched. What
 * a socket does is decided by its path; tests ask for numbers and give orders over the process's channel.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { defineSocket, type Socket, type SocketEvent } from "onesocket";
import { serve } from "onesocket/node";
import { liveRooms } from "../../src/core/rooms/registry.ts";
import type { Answer, Order } from "./target.ts";

const failed: string[] = [];
let gate = Promise.withResolvers<void>();

const BEHAVIOUR: Record<string, (socket: Socket, data: string | Uint8Array) => unknown> = {
  echo: (socket, data) => socket.send(data),
  late: (socket, data) => socket.send(data),
  hall: (socket, data) => socket.room.send(data),
  // The first message waits for the gate, and all others behind it. "count" tells how many came.
  slow: async (socket, data) => {
    await gate.promise;
    const { count } = socket.state as { count: number };
    socket.setState({ count: count + 1 });
    if (data === "count") socket.send(String(count));
  },
};

const target = defineSocket({
  name: "target",
  origins: "*",
  compression: true,
  limits: { messageBytes: 1 << 20, bufferedBytes: 1 << 22, closeMs: 2000, handshakeMs: Number(process.argv[2]) },
  async upgrade(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/late") await wait(20);
    return { room: pathname, state: { count: 0 } };
  },
  message: (socket, data) => BEHAVIOUR[socket.room.id.slice(1)]?.(socket, data) as Promise<void> | undefined,
});

const folder = mkdtempSync(join(tmpdir(), "onesocket-"));
const files = ["-keyout", join(folder, "key"), "-out", join(folder, "cert")];
const subject = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"];
execFileSync("openssl", ["req", "-x509", ...subject, ...files], { stdio: "ignore" });
const tls = { key: readFileSync(join(folder, "key")), cert: readFileSync(join(folder, "cert")) };
rmSync(folder, { recursive: true });

const options = {
  port: 0,
  hostname: "127.0.0.1",
  observe: (event: SocketEvent) => void (event.type === "failed" && failed.push(event.code)),
};
const [plain, secure] = await Promise.all([serve(target, options), serve(target, { ...options, tls })]);

const ORDERS: Record<Order, () => Promise<Answer> | Answer> = {
  async numbers() {
    for (let i = 0; i < 3; i++) {
      globalThis.gc?.();
      await wait(5);
    }
    const rooms = [...liveRooms()];
    const connections = await Promise.all([plain, secure].map(({ server }) => count(server)));
    return {
      held: held(),
      rooms: rooms.length,
      sockets: rooms.reduce((sum, room) => sum + room.size, 0),
      connections: connections[0]! + connections[1]!,
      failed: failed.splice(0),
    };
  },
  shut() {
    gate = Promise.withResolvers();
    return {};
  },
  open() {
    gate.resolve();
    return {};
  },
  closeAll() {
    for (const room of liveRooms()) room.close({}, 4000, "all");
    return {};
  },
  drain: () => plain.drain(),
  close: () => plain.close().then(() => ({})),
};

/** What the program holds: objects, and memory outside of V8's heap that belongs to them. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function count(server: (typeof plain)["server"]): Promise<number> {
  return new Promise((resolve, reject) => server.getConnections((error, n) => (error ? reject(error) : resolve(n))));
}

process.on("message", async ({ id, order }: { id: number; order: Order }) => {
  process.send?.({ id, answer: await ORDERS[order]() });
});
process.on("disconnect", () => process.exit());
process.send?.({ plain: plain.port, secure: secure.port });
