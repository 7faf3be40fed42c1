#!/usr/bin/env bash
# Nitro 3.0.260903-beta with crossws 0.4.17 and h3 2.0.8, Node 24.21.0 (run 2026-11-28, Linux x64): a route that takes the upgrade itself.
#
# Guessed: a route made by crossws's `fromNodeUpgradeHandler`, for a WebSocket server of one's own (here ws), works alike under `nitro dev` and built.
# Seen: built for Node it opens. Under `nitro dev` the same route answers 500 and nothing is printed: Nitro's development server hands crossws the
# upgrade without the request that carries Node's socket, which its server of the build does; routes of crossws's own hooks open on both.
set -euo pipefail

folder=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
packages=(node@24.21.0 nitro@3.0.260903-beta crossws@0.4.17 h3@2.0.8 ws@8.23.0)
npm install --silent --no-audit --no-fund --allow-scripts=node "${packages[@]}" 2>/dev/null || npm install --silent --no-audit --no-fund "${packages[@]}"
export PATH="$folder/node_modules/.bin:$PATH"

mkdir -p server/routes
cat > nitro.config.ts <<'TS'
import { defineConfig } from "nitro";
export default defineConfig({ serverDir: "server", features: { websocket: true } });
TS
cat > server/routes/mine.ts <<'TS'
import { fromNodeUpgradeHandler } from "crossws/adapters/node";
import { defineWebSocketHandler } from "nitro";
import { WebSocketServer } from "ws";
const server = new WebSocketServer({ noServer: true });
const upgrade = (request, socket, head) => server.handleUpgrade(request, socket, head, (ws) => ws.send("hello"));
export default defineWebSocketHandler(fromNodeUpgradeHandler(upgrade));
TS
cat > server/routes/hooks.ts <<'TS'
import { defineWebSocketHandler } from "nitro";
export default defineWebSocketHandler({ open: (peer) => void peer.send("hello") });
TS
echo 'export default () => "a page";' > server/routes/page.ts
cat > ask.mjs <<'JS'
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";
const [, , name, log] = process.argv;
const later = () => new Promise((done) => setTimeout(done, 100));
let url;
while (!(url = /http:\/\/127\.0\.0\.1:\d+/.exec(readFileSync(log, "utf8"))?.[0])) await later();
while ((await fetch(`${url}/page`).then((answer) => answer.text(), () => "")) !== "a page") await later();
for (const route of ["hooks", "mine"]) {
  const socket = new WebSocket(`${url}/${route}`.replace("http", "ws"));
  const seen = await new Promise((done) => {
    socket.on("message", (data) => done(String(data)));
    socket.on("unexpected-response", (_, { statusCode }) => done(statusCode));
  });
  console.log(`${name}, ${route}: ${seen}`);
}
process.exit();
JS

node node_modules/nitro/dist/cli/index.mjs build > build.txt 2>&1
export NO_COLOR=1 TEST=
PORT=0 HOST=127.0.0.1 node .output/server/index.mjs > built.txt 2>&1 &
pids+=($!)
node node_modules/nitro/dist/cli/index.mjs dev --port 0 --host 127.0.0.1 > dev.txt 2>&1 &
pids+=($!)
{
  timeout 60 node ask.mjs built built.txt
  timeout 60 node ask.mjs "nitro dev" dev.txt
} | tee seen.txt

expected="built, hooks: hello
built, mine: hello
nitro dev, hooks: hello
nitro dev, mine: 500"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
