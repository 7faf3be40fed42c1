import { createServer, type Server } from "node:http";
import { defineSocket } from "onesocket";
import { type Attached, attach } from "onesocket/node";
import { Server as SocketIo } from "socket.io";
import { io } from "socket.io-client";
import { describe, expect, it } from "vitest";
import { pages } from "../docs/pages.ts";
import { programsOf } from "../docs/programs.ts";
import { startProgram } from "../docs/running.ts";
import { Client } from "../helpers/client.ts";
import { ended, itServes, listening } from "./suite.ts";
import { ways } from "./ways.ts";

async function start(join: (server: Server) => Attached, destroyUpgrade = false) {
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

/** Looks somebody up before it decides. */
function late(server: Server): Attached {
  const definition = defineSocket({
    name: `late-${Math.random()}`,
    upgrade: () => new Promise((resolve) => setTimeout(resolve, 1500, {})),
  });
  return attach(server, definition, { path: "/late", observe: () => {} });
}

for (const [way, join] of Object.entries(ways)) itServes(`Socket.IO's server, by ${way},`, () => start(join));

describe("Socket.IO", () => {
  it.each(Object.entries(ways))("has its own WebSockets beside ours, by %s", async (_, join) => {
    const { url, sockets, stop } = await start(join);
    const client = io(url, { transports: ["websocket"] });
    const ours = await Client.connect(`${url}/chat`);
    expect(await client.emitWithAck("hello")).toBe("from Socket.IO");
    await sockets.close();
    expect((await ours.closed).code).toBe(1001);
    expect(await client.emitWithAck("hello")).toBe("from Socket.IO");
    client.disconnect();
    await stop();
  });

  it("ends handshakes of ours whose hook takes more than a second, unless it is told to leave them", async () => {
    const opened = async (destroyUpgrade: boolean) => {
      const { url, stop } = await start(late, destroyUpgrade);
      const seen = await Client.connect(`${url}/late`).then(
        (client) => {
          client.vanish();
          return "open";
        },
        (error: Error) => error.message,
      );
      await stop();
      return seen;
    };
    expect(await opened(true)).toBe("socket hang up");
    expect(await opened(false)).toBe("open");
  });

  it.each([[["polling", "websocket"]], [["websocket"]], [["polling"]]])(
    "has our sessions as its engine, as the page shows it, by %s",
    async (transports) => {
      const page = pages().find(({ path }) => path === "docs/protocols.md")!;
      const { url, stop } = await startProgram(programsOf(page).find(({ files }) => files.has("polling.ts"))!);
      const client = io(url.replace("ws", "http"), { transports });
      const upgraded = new Promise((resolve) => client.io.engine.once("upgrade", resolve));
      if (transports.length > 1) await upgraded;
      expect(await client.emitWithAck("say", "hello")).toBe("hello");
      expect(await client.emitWithAck("say", "x".repeat(300_000))).toHaveLength(300_000);
      expect(client.io.engine.transport.name).toBe(transports.at(-1));
      client.disconnect();
      await stop();
    },
  );
});
