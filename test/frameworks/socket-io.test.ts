import { createServer } from "node:http";
import { Server as SocketIo } from "socket.io";
import { io } from "socket.io-client";
import { describe, expect, it } from "vitest";
import { Client } from "../helpers/client.ts";
import { ended, itServes, listening, WAYS } from "./suite.ts";

async function start(join: (typeof WAYS)[number][1], destroyUpgrade: boolean) {
  const server = createServer((_, response) => response.end("a page"));
  const own = new SocketIo(server, { destroyUpgrade });
  own.on("connection", (socket) => socket.on("hello", (answer) => answer("from Socket.IO")));
  const sockets = join(server);
  const stop = async () => {
    await own.close();
    await ended(server);
  };
  return { url: await listening(server), sockets, own, stop };
}

for (const [way, join] of WAYS) itServes(`Socket.IO's server, by ${way},`, () => start(join, false));

describe("Socket.IO", () => {
  it.each(WAYS)("has its own WebSockets beside ours, by %s", async (_, join) => {
    const { url, sockets, stop } = await start(join, false);
    const client = io(url, { transports: ["websocket"] });
    const ours = await Client.connect(`${url}/chat`);
    expect(await client.emitWithAck("hello")).toBe("from Socket.IO");
    await sockets.close();
    expect((await ours.closed).code).toBe(1001);
    expect(await client.emitWithAck("hello")).toBe("from Socket.IO");
    client.disconnect();
    await stop();
  });
});
