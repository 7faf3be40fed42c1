#!/usr/bin/env bash
# Bun 1.4.5 (run 2026-11-28, Linux x64): `send("")` of a server's socket returns 0, which stands for a message that was dropped.
#
# Guessed: 0 is told only where the message was dropped, as Bun's documentation has it (-1: buffered, 1 or more: sent), so that `if (ws.send(data) === 0)` finds a lost connection.
# Seen: an empty text, empty bytes and a ping without data return 0 and arrive. What is returned is the count of the payload's bytes, which of these is none;
# a closed socket returns 0 too. `publish("topic", "")` can't be told from one that nobody hears. Whether a socket is open only `readyState` tells.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5 ws@8.23.0

cat > server.mjs <<'JS'
const say = (what, returned) => console.log(`${what} returns ${returned}`);
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("no")),
  websocket: {
    open(ws) {
      ws.subscribe("topic");
      say("send of a letter", ws.send("x"));
      say("send of an empty text", ws.send(""));
      say("send of no bytes", ws.send(new Uint8Array()));
      say("a ping without data", ws.ping());
      say("publish of a letter", server.publish("topic", "y"));
      say("publish of an empty text", server.publish("topic", ""));
      say("publish to nobody", server.publish("other", "y"));
      ws.close(1000);
    },
    message() {},
    close(ws) {
      say(`send at readyState ${ws.readyState}`, ws.send("x"));
    },
  },
});
console.error(server.port);
JS
cat > seen.mjs <<'JS'
import { spawn } from "node:child_process";
import { WebSocket } from "ws";

const child = spawn("node_modules/.bin/bun", ["server.mjs"], { detached: true });
let said = "";
const done = new Promise((resolve) => {
  child.stdout.on("data", (data) => {
    said += data;
    if (said.includes("readyState")) resolve();
  });
});
const port = await new Promise((listening) => child.stderr.once("data", (data) => listening(Number(data))));
const client = new WebSocket(`ws://127.0.0.1:${port}/`);
const came = [];
client.on("message", (data, isBinary) => came.push(`${isBinary ? "bytes" : "text"} "${data}"`));
client.on("ping", () => came.push("ping"));
await new Promise((closed) => client.once("close", closed));
await done;
console.log(`${said}arrived: ${came.sort().join(", ")}`);
process.kill(-child.pid);
process.exit();
JS
node seen.mjs | tee seen.txt

expected='send of a letter returns 1
send of an empty text returns 0
send of no bytes returns 0
a ping without data returns 0
publish of a letter returns 1
publish of an empty text returns 0
publish to nobody returns 0
send at readyState 3 returns 0
arrived: bytes "", ping, text "", text "", text "x", text "y"'
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
