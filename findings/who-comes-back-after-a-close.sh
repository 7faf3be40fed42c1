#!/usr/bin/env bash
# phoenix 1.8.16, @microsoft/signalr 10.0.11, @stomp/stompjs 7.5.0, mqtt 5.16.0, centrifuge 5.8.0, graphql-ws 6.4.2 and rpc-websockets 10.0.1, on Node (run 2026-11-28, Linux x64):
# which close codes end a client that is set to connect again.
#
# Guessed: a server that says goodbye (1000) or refuses (1008) is left alone, and one that failed (1011) is asked again, as are restarts and cut connections.
# Seen: nearly the reverse. 1000 ends rpc-websockets alone; the others come at once again. 1008 and 1011 end graphql-ws alone: one fault of a server
# that tells 1011 ends its subscriptions for good, where a cut connection would not have. 1009 ends centrifuge too. Phoenix, SignalR, STOMP and MQTT heed no code at all: a server that
# closes with 1008 or 4401, because a token has run out, is asked again by each of them until somebody ends the client. A handshake that is refused with 401 ends
# SignalR and graphql-ws, which try a first connection only once, whatever became of it. 1001, 1005, 1006, 1012, 1013 and 1014 end nobody.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund phoenix@1.8.16 @microsoft/signalr@10.0.11 @stomp/stompjs@7.5.0 mqtt@5.16.0 centrifuge@5.8.0 graphql-ws@6.4.2 graphql@16.11.0 \
  rpc-websockets@10.0.1 ws@8.23.0

cat > seen.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { Client as Stomp } from "@stomp/stompjs";
import { Centrifuge } from "centrifuge";
import { createClient } from "graphql-ws";
import mqtt from "mqtt";
import { Socket as Phoenix } from "phoenix";
import { Client as Rpc } from "rpc-websockets";
import { WebSocket, WebSocketServer } from "ws";

const ends = ["refused with 401", 1000, 1001, 1002, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 4000, 4401, 4500];
const quiet = 4000;
// What each protocol's server answers to the first message, or says first (undefined: nothing is needed).
const welcome = {
  phoenix: undefined,
  signalr: "{}\x1e",
  stomp: "CONNECTED\nversion:1.2\n\n\0",
  mqtt: Buffer.from([0x20, 2, 0, 0]),
  centrifuge: '{"id":1,"connect":{"client":"a","version":"1"}}\n',
  "graphql-ws": '{"type":"connection_ack"}',
  "rpc-websockets": undefined,
};
const start = {
  phoenix: (url) => new Phoenix(`${url}?`, { transport: WebSocket, reconnectAfterMs: () => 100 }).connect(),
  signalr: (url) =>
    new HubConnectionBuilder()
      .withUrl(url.replace("ws:", "http:"), { skipNegotiation: true, transport: HttpTransportType.WebSockets })
      .withAutomaticReconnect([100, 100, 100])
      .configureLogging(LogLevel.None)
      .build()
      .start()
      .catch(() => undefined),
  stomp: (url) => new Stomp({ webSocketFactory: () => new WebSocket(url, ["v12.stomp"]), reconnectDelay: 100 }).activate(),
  mqtt: (url) => mqtt.connect(url, { reconnectPeriod: 100 }).on("error", () => undefined),
  centrifuge: (url) => {
    const client = new Centrifuge(url, { websocket: WebSocket, minReconnectDelay: 100, maxReconnectDelay: 200 });
    client.on("error", () => undefined);
    client.connect();
  },
  "graphql-ws": (url) =>
    createClient({ url, webSocketImpl: WebSocket, retryWait: () => sleep(100) }).subscribe(
      { query: "subscription { a }" },
      { next: () => undefined, error: () => undefined, complete: () => undefined },
    ),
  "rpc-websockets": (url) => new Rpc(url, { reconnect: true, reconnect_interval: 100 }).on("error", () => undefined),
};

const came = new Map();
let lately = Date.now();
const whose = (request) => request.url.split(/[/?]/).slice(1, 3).map(decodeURIComponent);
const server = new WebSocketServer({
  port: 0,
  host: "127.0.0.1",
  handleProtocols: (offered) => [...offered][0] ?? false,
  verifyClient: ({ req }, decide) => {
    const key = whose(req).join();
    came.set(key, (came.get(key) ?? 0) + 1);
    if (came.get(key) < 3) lately = Date.now();
    decide(!key.endsWith("401") || key.endsWith("4401"), 401);
  },
});
server.on("connection", (socket, request) => {
  const [name, end] = whose(request);
  if (came.get([name, end].join()) > 1) return;
  const leave = () => {
    if (end === "1006") socket.terminate();
    else socket.close(...(end === "1005" ? [] : [Number(end), "why"]));
  };
  const greeted = () => setTimeout(leave, 50);
  if (welcome[name] === undefined) greeted();
  else socket.once("message", () => socket.send(welcome[name], greeted));
});
await new Promise((listening) => server.once("listening", listening));
for (const name of Object.keys(start)) {
  for (const end of ends) start[name](`ws://127.0.0.1:${server.address().port}/${name}/${encodeURIComponent(end)}`);
}
while (Date.now() - lately < quiet) await sleep(100);
for (const end of ends) {
  const missing = Object.keys(start).filter((name) => !came.has(`${name},${end}`));
  if (missing.length > 0) console.log(`${end}: ${missing} never came`);
  const ended = Object.keys(start).filter((name) => came.get(`${name},${end}`) === 1);
  console.log(`${end} ends ${ended.join(", ") || "nobody"}`);
}
process.exit();
JS
node seen.mjs | tee seen.txt

expected='refused with 401 ends signalr, graphql-ws
1000 ends rpc-websockets
1001 ends nobody
1002 ends graphql-ws
1005 ends nobody
1006 ends nobody
1008 ends graphql-ws
1009 ends centrifuge, graphql-ws
1011 ends graphql-ws
1012 ends nobody
1013 ends nobody
1014 ends nobody
3000 ends nobody
4000 ends nobody
4401 ends graphql-ws
4500 ends centrifuge, graphql-ws'
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
