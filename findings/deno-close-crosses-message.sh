#!/usr/bin/env bash
# Deno 2.9.5 (run 2026-11-27, Linux x64): a server's Close is lost when the client sends something at that moment.
#
# Guessed: as RFC 6455 §5.5.1 has it, messages that come after one's own Close are read and dropped until the peer's Close comes.
# Seen: Deno cuts the connection at the first of them. The client is told 1006 instead of the server's code: of a client that sends every
# millisecond most of a hundred times; Bun's server tells 4001 each time.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund deno@2.9.5 bun@1.4.5 ws@8.23.0

cat > server.mjs <<'JS'
const close = (socket) => setTimeout(() => socket.close(4001, "enough"), 5);
if (globalThis.Deno) {
  const upgrade = (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => close(socket);
    return response;
  };
  Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(port) }, upgrade);
} else {
  const websocket = { open: close, message() {} };
  const fetch = (request, server) => (server.upgrade(request) ? undefined : new Response("no"));
  console.log(Bun.serve({ port: 0, hostname: "127.0.0.1", fetch, websocket }).port);
}
JS

cat > seen.mjs <<'JS'
import { spawn } from "node:child_process";
import { WebSocket } from "ws";

for (const [name, ...command] of [["Deno", "deno", "run", "--allow-net", "server.mjs"], ["Bun", "bun", "server.mjs"]]) {
  const child = spawn(`node_modules/.bin/${command[0]}`, command.slice(1), { detached: true });
  const port = await new Promise((listening) => child.stdout.once("data", (data) => listening(Number(data))));
  let lost = 0;
  for (let i = 0; i < 100; i++) {
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    const timer = setInterval(() => client.readyState === WebSocket.OPEN && client.send("x"), 1);
    client.on("error", () => {});
    const code = await new Promise((closed) => client.on("close", closed));
    clearInterval(timer);
    if (code !== 4001) lost += 1;
  }
  console.log(`${name}: ${lost > 0 ? "some are lost" : "none is lost"}`);
  process.kill(-child.pid);
}
process.exit();
JS
node seen.mjs | tee seen.txt

expected="Deno: some are lost
Bun: none is lost"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
