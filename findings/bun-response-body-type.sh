#!/usr/bin/env bash
# Bun 1.4.5 (run 2026-11-27, Linux x64): to look at the `body` of a text Response changes the Content-Type that Bun.serve sends.
#
# Guessed: `new Response("who?", { status: 401 })` has `text/plain;charset=UTF-8` from its construction on, as the Fetch standard says
# and Node does, so that a middleware may look at `response.body` and return the same response.
# Seen: `response.headers` has no content-type at all. Bun.serve adds `text/plain;charset=utf-8` when it sends the response, unless
# somebody has read the property `body` before: then the same response goes out as `application/octet-stream`, which browsers offer to download.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5

cat > seen.js <<'JS'
const server = Bun.serve({
  port: 0,
  fetch(request) {
    const response = new Response("who?", { status: 401 });
    if (new URL(request.url).pathname === "/looked") void response.body;
    return response;
  },
});
console.log("version", Bun.version);
console.log("in headers", new Response("who?").headers.get("content-type"));
for (const path of ["/plain", "/looked"]) {
  const answer = await fetch(new URL(path, server.url));
  console.log(path, answer.status, answer.headers.get("content-type"));
}
server.stop(true);
JS
npx bun seen.js | tee seen.txt

expected="version 1.4.5
in headers null
/plain 401 text/plain;charset=utf-8
/looked 401 application/octet-stream"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
