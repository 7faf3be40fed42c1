#!/usr/bin/env bash
# Deno 2.9.5 (run 2026-11-27, Linux x64): a WebSocket whose handshake is refused gets a `close` event with code 0.
#
# Guessed: 1006, which the WHATWG standard has for a connection that failed, and which Node, Bun and browsers tell. RFC 6455 §7.4 has no code
# below 1000.
# Seen: 0, whatever the server's status. A program that takes everything but 1006 for a Close of the server's is wrong on Deno.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund deno@2.9.5 bun@1.4.5

cat > seen.mjs <<'JS'
import http from "node:http";

const name = globalThis.Deno ? `Deno ${Deno.version.deno}` : `Bun ${Bun.version}`;
for (const status of [403, 503]) {
  const server = http.createServer();
  server.on("upgrade", (request, socket) => {
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}/`);
  socket.onerror = () => {};
  const { code, wasClean } = await new Promise((closed) => {
    socket.onclose = closed;
  });
  console.log(`${name}: ${status} is a close with ${code}, ${wasClean ? "clean" : "not clean"}`);
  server.close();
}
JS
{
  npx deno run --allow-all seen.mjs
  npx bun seen.mjs
} | tee seen.txt

expected="Deno 2.9.5: 403 is a close with 0, not clean
Deno 2.9.5: 503 is a close with 0, not clean
Bun 1.4.5: 403 is a close with 1006, not clean
Bun 1.4.5: 503 is a close with 1006, not clean"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
