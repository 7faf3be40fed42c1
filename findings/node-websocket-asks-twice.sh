#!/usr/bin/env bash
# Node 24.21.0 (run 2026-11-27, Linux x64): its `WebSocket` sends a handshake a second time when it is answered with 401.
#
# Guessed: one handshake for one `new WebSocket(url)`, whatever the answer. Browsers, Bun and Deno ask once.
# Seen: two requests after a 401, one after a 403: the client runs on fetch, whose step for credentials repeats the request though there are none
# to add. A server that counts failed logins counts each attempt twice.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --allow-scripts=node node@24.21.0 deno@2.9.5 bun@1.4.5 2>/dev/null ||
  npm install --silent --no-audit --no-fund node@24.21.0 deno@2.9.5 bun@1.4.5

cat > seen.mjs <<'JS'
import http from "node:http";

const name = globalThis.Deno ? `Deno ${Deno.version.deno}` : globalThis.Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
for (const status of [401, 403]) {
  let asked = 0;
  const server = http.createServer();
  server.on("upgrade", (request, socket) => {
    asked += 1;
    socket.end(`HTTP/1.1 ${status} No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}/`);
  socket.onerror = () => {};
  await new Promise((closed) => {
    socket.onclose = closed;
  });
  console.log(`${name}: asked ${asked} of a server that answers ${status}`);
  server.close();
}
JS
{
  npx node seen.mjs
  npx deno run --allow-all seen.mjs
  npx bun seen.mjs
} | tee seen.txt

expected="Node 24.21.0: asked 2 of a server that answers 401
Node 24.21.0: asked 1 of a server that answers 403
Deno 2.9.5: asked 1 of a server that answers 401
Deno 2.9.5: asked 1 of a server that answers 403
Bun 1.4.5: asked 1 of a server that answers 401
Bun 1.4.5: asked 1 of a server that answers 403"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
