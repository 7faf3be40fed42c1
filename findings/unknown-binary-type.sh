#!/usr/bin/env bash
# Node 24.21.0 (run 2026-11-27, Linux x64): setting its WebSocket's `binaryType` to a value that there is none of sets it to "blob".
#
# Guessed: as WebIDL has it for enumerations, the assignment is ignored and the socket keeps what it had: "arraybuffer".
# Seen: Deno and Bun keep it. Node takes every unknown value for "blob", without a word: code that asks for "uint8array", or misspells
# "arraybuffer" later on, gets Blobs from then on, whose bytes have to be awaited.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --allow-scripts=node node@24.21.0 deno@2.9.5 bun@1.4.5 2>/dev/null ||
  npm install --silent --no-audit --no-fund node@24.21.0 deno@2.9.5 bun@1.4.5

cat > seen.mjs <<'JS'
const name = globalThis.Deno ? `Deno ${Deno.version.deno}` : globalThis.Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`;
const socket = new WebSocket("ws://127.0.0.1:9/");
socket.onerror = () => {};
socket.binaryType = "arraybuffer";
let thrown = "nothing";
try {
  socket.binaryType = "uint8array";
} catch (error) {
  thrown = error.name;
}
console.log(`${name}: threw ${thrown}, and binaryType is ${socket.binaryType}`);
JS
{
  npx node seen.mjs
  npx deno run --allow-all seen.mjs
  npx bun seen.mjs
} | tee seen.txt

expected="Node 24.21.0: threw nothing, and binaryType is blob
Deno 2.9.5: threw nothing, and binaryType is arraybuffer
Bun 1.4.5: threw nothing, and binaryType is arraybuffer"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
