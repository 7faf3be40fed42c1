import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { type NodeServer, serve } from "../../src/adapters/node/index.ts";
import { defineSocket } from "../../src/index.ts";
import { describeBehind, SEVERAL, startProxy } from "./proxy.ts";

const chat = defineSocket({ name: "several", message: (socket, data) => void socket.send(data) });

/** One of the servers behind the proxy, as one process would have it. */
async function startServer(port = 0): Promise<NodeServer> {
  const server = await serve(chat, { port, hostname: "127.0.0.1", observe: {} });
  onTestFinished(() => server.close());
  return server;
}

/** A socket that stays open until the test ends; or the status of what was answered instead. */
async function open(url: string): Promise<WebSocket | number> {
  const socket = new WebSocket(url);
  socket.on("error", () => {});
  onTestFinished(() => socket.terminate());
  const refused = once(socket, "unexpected-response").then(([, response]) => (response as IncomingMessage).statusCode!);
  return Promise.race([once(socket, "open").then(() => socket), refused]);
}

/** Opens some, one after the other, and tells how each was answered. */
async function openSome(url: string): Promise<readonly number[]> {
  const answers: number[] = [];
  for (let n = 0; n < 6; n++) {
    const opened = await open(url);
    answers.push(typeof opened === "number" ? opened : 101);
  }
  return answers;
}

/** Two servers, of which one after the other drains, ends, and is started anew while clients come back: how those fare in the end. */
async function restarted(edit: (text: string) => string): Promise<readonly number[]> {
  const [first, second] = [await startServer(), await startServer()];
  const proxy = await startProxy("nginx", SEVERAL, `http://127.0.0.1:${first.port}`, (text) =>
    edit(text).replace("127.0.0.1:3001", `127.0.0.1:${second.port}`),
  );
  const url = proxy.url.replace("http", "ws");
  expect(await openSome(url)).not.toContain(502);
  await first.drain();
  expect(await openSome(url)).toEqual(Array(6).fill(101));
  await first.close();
  expect(await openSome(url)).toEqual(Array(6).fill(101));
  const again = await startServer(first.port);
  await second.drain();
  const answers = await openSome(url);
  await Promise.all([again.close(), second.close()]);
  await proxy.stop();
  return answers;
}

describeBehind("nginx", () => {
  it("as docs/proxies.md has it for several servers, each of them can be replaced, and every client gets in", async () => {
    expect(await restarted((text) => text)).toEqual(Array(6).fill(101));
  });

  it("without max_fails=0 it takes a server that was replaced for failed, and has none left when the next one is", async () => {
    expect(await restarted((text) => text.replaceAll(" max_fails=0", ""))).toContain(502);
  });
});
