#!/usr/bin/env bash
# Bun 1.4.5 (run 2026-11-27, Linux x64): `server.upgrade(request)` throws where `Bun.serve` was given no `websocket`.
#
# Guessed: it returns false, as it does for every other request that can't become a socket, so that `if (server.upgrade(request)) return;`
# goes on to the answer below it.
# Seen: a TypeError, for a plain request too, which becomes Bun's own error page with status 500 unless `error` or a `try` takes it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5

cat > seen.js <<'JS'
const server = Bun.serve({
  port: 0,
  fetch(request, server) {
    try {
      return new Response(`returned ${server.upgrade(request)}`);
    } catch (error) {
      return new Response(`threw a ${error.name}`);
    }
  },
});
const headers = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};
console.log("version", Bun.version);
console.log("a plain request", await (await fetch(server.url)).text());
console.log("a handshake", await (await fetch(server.url, { headers })).text());
server.stop(true);
JS
npx bun seen.js | tee seen.txt

expected="version 1.4.5
a plain request threw a TypeError
a handshake threw a TypeError"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
