#!/usr/bin/env bash
# Node 24.21.0 (run 2026-11-27, Linux x64): `import "node:http"` loads the whole of undici, `require("node:http")` and
# `process.getBuiltinModule("node:http")` do not.
#
# Guessed: the three are the same module, and cost the same.
# Seen: an import reads every export, and `http.WebSocket`, `http.CloseEvent` and `http.MessageEvent` are getters that load undici when they
# are read. A server that never makes a client pays for one when it starts: about 30 ms of CPU time rather than 3.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --allow-scripts=node node@24.21.0 2>/dev/null ||
  npm install --silent --no-audit --no-fund node@24.21.0

loaded='console.log(process.moduleLoadList.some((name) => name.includes("internal/deps/undici")) ? "undici is loaded" : "undici is not loaded");'
printf 'import "node:http";\n%s\n' "$loaded" > imported.mjs
printf 'require("node:http");\n%s\n' "$loaded" > required.cjs
printf 'process.getBuiltinModule("node:http");\n%s\n' "$loaded" > builtin.mjs
{
  npx node --version
  for program in imported.mjs required.cjs builtin.mjs; do echo "$program: $(npx node $program)"; done
} | tee seen.txt

expected="v24.21.0
imported.mjs: undici is loaded
required.cjs: undici is not loaded
builtin.mjs: undici is not loaded"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
