#!/usr/bin/env bash
# workerd 1.20261023.1 (run 2026-11-28, Linux x64): a Worker that sends back what it got sends the text "[object Blob]".
#
# Guessed: since binary messages come as Blobs (compatibility date 2026-03-17 and later, as the WHATWG standard has it), `ws.send(event.data)` sends the Blob's bytes, as in
# browsers, Node, Bun and Deno.
# Seen: `send` knows no Blob, and makes a text of it, without an error: an echo that worked for years breaks with a later compatibility date. `binaryType = "arraybuffer"`
# before the first message helps. Numbers, objects and null become texts as well, as everywhere.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @cloudflare/workerd-linux-64@1.20261023.1

cat > worker.js <<'JS'
const shown = (data) => (typeof data === "string" ? `the text ${data}` : `${data.constructor.name} of ${data.size ?? data.byteLength}`);

async function echo(binaryType) {
  const [client, server] = Object.values(new WebSocketPair());
  for (const socket of [client, server]) socket.accept();
  if (binaryType) server.binaryType = binaryType;
  let got;
  server.addEventListener("message", ({ data }) => {
    got = shown(data);
    server.send(data);
  });
  client.binaryType = "arraybuffer";
  const back = new Promise((resolve) => {
    client.addEventListener("message", ({ data }) => resolve(shown(data)));
  });
  client.send(new Uint8Array([1, 2, 3]));
  const came = await back;
  for (const socket of [client, server]) socket.close(1000);
  return `got ${got}, back came ${came}`;
}

export default {
  async test(_, { DATE }) {
    console.log(`seen: ${DATE}, by default: ${await echo()}`);
    console.log(`seen: ${DATE}, arraybuffer: ${await echo("arraybuffer")}`);
  },
};
JS
for date in 2026-03-16 2026-03-17 2026-10-01; do
  cat > "$date.capnp" <<CAPNP
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .main)]);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  bindings = [(name = "DATE", text = "$date")],
  compatibilityDate = "$date"
);
CAPNP
  node_modules/@cloudflare/workerd-linux-64/bin/workerd test "$date.capnp" 2>&1 | sed -n 's/^.*seen: //p'
done | tee seen.txt

expected="2026-03-16, by default: got ArrayBuffer of 3, back came ArrayBuffer of 3
2026-03-16, arraybuffer: got ArrayBuffer of 3, back came ArrayBuffer of 3
2026-03-17, by default: got Blob of 3, back came the text [object Blob]
2026-03-17, arraybuffer: got ArrayBuffer of 3, back came ArrayBuffer of 3
2026-10-01, by default: got Blob of 3, back came the text [object Blob]
2026-10-01, arraybuffer: got ArrayBuffer of 3, back came ArrayBuffer of 3"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
