#!/usr/bin/env bash
# faye-websocket 0.11.4 with websocket-driver 0.8.0 (run 2026-11-28, Linux x64): a Close with 1012, 1013 or 1014 is told, and answered, as 1002.
#
# Guessed: the codes that IANA's registry has beside RFC 6455's (1012 service restart, 1013 try again later, 1014 bad gateway) arrive as they are, as 1011 and 3000 do, and as in
# `ws`, Node, Bun and browsers.
# Seen: the library, on which Firebase, SockJS and Pusher stand in Node, has a list that ends at 1011. It takes the others for a breach of the protocol: whoever
# comes back soon at 1012 and gives up at 1002 gives up at each restart of a server. The reason is kept, which tells what it was. As a server it does so too.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund faye-websocket@0.11.4 websocket-driver@0.8.0 ws@8.23.0

cat > seen.mjs <<'JS'
import http from "node:http";
import Faye from "faye-websocket";
import { WebSocket, WebSocketServer } from "ws";

const codes = [1011, 1012, 1013, 1014, 3000];
const closed = (emitter) => new Promise((resolve) => emitter.once("close", (...how) => resolve(how)));

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
await new Promise((listening) => server.once("listening", listening));
for (const code of codes) {
  const connected = new Promise((resolve) => server.once("connection", resolve));
  const client = new Faye.Client(`ws://127.0.0.1:${server.address().port}/`);
  const told = closed(client);
  const socket = await connected;
  const answered = closed(socket);
  socket.close(code, "deploy");
  const [event] = await told;
  console.log(`its client, sent ${code}: told ${event.code} ${event.reason}, answers ${(await answered)[0]}`);
}
const fayes = http.createServer();
await new Promise((listening) => fayes.listen(0, "127.0.0.1", listening));
for (const code of codes) {
  const told = new Promise((resolve) => fayes.once("upgrade", (...upgrade) => resolve(closed(new Faye(...upgrade)))));
  const client = new WebSocket(`ws://127.0.0.1:${fayes.address().port}/`);
  client.on("open", () => client.close(code, "away"));
  const [event] = await told;
  console.log(`its server, sent ${code}: told ${event.code} ${event.reason}`);
}
process.exit();
JS
node seen.mjs | tee seen.txt

expected="its client, sent 1011: told 1011 deploy, answers 1011
its client, sent 1012: told 1002 deploy, answers 1002
its client, sent 1013: told 1002 deploy, answers 1002
its client, sent 1014: told 1002 deploy, answers 1002
its client, sent 3000: told 3000 deploy, answers 3000
its server, sent 1011: told 1011 away
its server, sent 1012: told 1002 away
its server, sent 1013: told 1002 away
its server, sent 1014: told 1002 away
its server, sent 3000: told 3000 away"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
