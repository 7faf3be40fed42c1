#!/usr/bin/env bash
# Node 24.21.0, Deno 2.9.5, Bun 1.4.5 (run 2026-11-28, Linux x64): a name and a password in a WebSocket's URL.
#
# Guessed: `new WebSocket("ws://ada:secret@host/")` sends them with its request as `Authorization: Basic …`, as `ws`, curl and Python's clients do.
# Seen: Bun and Deno do. Node's own client, as Chromium 156, keeps them back, and sends them with a second request, if the first was answered with 401. So a server
# that answers 403, or lets strangers in with fewer rights, never learns who comes from Node: no error, and no warning. `ws` on Node does as the others.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --allow-scripts=node node@24.21.0 deno@2.9.5 bun@1.4.5 ws@8.23.0 2>/dev/null ||
  npm install --silent --no-audit --no-fund node@24.21.0 deno@2.9.5 bun@1.4.5 ws@8.23.0

cat > seen.mjs <<'JS'
import http from "node:http";

const { Deno, Bun } = globalThis;
const name = Deno ? `Deno ${Deno.version.deno}` : Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
const asked = [];
const server = http.createServer();
server.on("upgrade", ({ url, headers }, socket) => {
  asked.push(headers.authorization ?? "nothing");
  const challenge = url === "/401" ? 'WWW-Authenticate: Basic realm="x"\r\n' : "";
  socket.end(`HTTP/1.1 ${url.slice(1)} No\r\n${challenge}Content-Length: 0\r\nConnection: close\r\n\r\n`);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const clients = { WebSocket };
if (!Deno && !Bun) clients.ws = (await import("ws")).WebSocket;
for (const [client, Client] of Object.entries(clients)) {
  for (const status of [401, 403]) {
    const socket = new Client(`ws://ada:secret@127.0.0.1:${server.address().port}/${status}`);
    socket.onerror = () => {};
    await new Promise((closed) => {
      socket.onclose = closed;
    });
    console.log(`${name}, ${client}, answered ${status}: ${asked.splice(0).join(", then ")}`);
  }
}
server.close();
JS
{
  npx node seen.mjs
  npx deno run --allow-all seen.mjs
  npx bun seen.mjs
} | tee seen.txt

expected="Node 24.21.0, WebSocket, answered 401: nothing, then Basic YWRhOnNlY3JldA==
Node 24.21.0, WebSocket, answered 403: nothing
Node 24.21.0, ws, answered 401: Basic YWRhOnNlY3JldA==
Node 24.21.0, ws, answered 403: Basic YWRhOnNlY3JldA==
Deno 2.9.5, WebSocket, answered 401: Basic YWRhOnNlY3JldA==
Deno 2.9.5, WebSocket, answered 403: Basic YWRhOnNlY3JldA==
Bun 1.4.5, WebSocket, answered 401: Basic YWRhOnNlY3JldA==
Bun 1.4.5, WebSocket, answered 403: Basic YWRhOnNlY3JldA=="
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
