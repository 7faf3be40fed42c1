/** The server of `npm run soak`: rooms where everyone hears everyone, compressed, in a process whose memory is watched. */
import { setTimeout as wait } from "node:timers/promises";
import { defineSocket, type SocketEvent } from "onesocket";
import { deflate } from "onesocket/deflate";
import { serve } from "onesocket/node";
import { liveRooms } from "../src/core/rooms/registry.ts";

let opened = 0;
let closed = 0;
let messages = 0;
let errors = 0;
/** Refused handshakes and failed connections, by code. */
const failures: Record<string, number> = {};

function observe(event: SocketEvent): void {
  const code = event.type === "failed" ? event.code : event.type === "refused" ? event.failure?.code : undefined;
  if (code) failures[code] = (failures[code] ?? 0) + 1;
}

const chat = defineSocket({
  name: "soak",
  origins: "*",
  compression: deflate({ threshold: 200 }),
  heartbeat: true,
  limits: { closeMs: 1000 },
  upgrade: (request) => ({ room: new URL(request.url).pathname, state: { since: opened } }),
  open(socket) {
    opened++;
    if (opened % 3 === 0) socket.subscribe("news");
  },
  // One in ten takes its time, so that queues form and sockets vanish under running handlers.
  async message(socket, data) {
    messages++;
    if (messages % 10 === 0) await wait(1);
    socket.room.send(data, messages % 5 === 0 ? { topic: "news" } : {});
  },
  close() {
    closed++;
  },
  error() {
    errors++;
  },
});

const server = await serve(chat, { port: 0, hostname: "127.0.0.1", observe });

process.on("message", async () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await wait(5);
  }
  const rooms = [...liveRooms()];
  const { heapUsed, external, rss } = process.memoryUsage();
  const sockets = rooms.reduce((sum, room) => sum + room.size, 0);
  server.server.getConnections((_, connections) => {
    process.send?.({
      held: heapUsed + external,
      rss,
      rooms: rooms.length,
      sockets,
      connections,
      opened,
      closed,
      messages,
      errors,
      failures,
    });
  });
});
process.on("disconnect", () => process.exit());
process.send?.(server.port);
