#!/usr/bin/env bash
# redis (node-redis) 5.0.0 and 6.3.1 (run 2026-11-28, Linux x64, Debian's redis-server 7.0.15): a `subscribe` that resolves may subscribe nothing.
#
# Guessed: subscribe, unsubscribe, subscribe of one channel on one client leave it subscribed, whenever they are called.
# Seen: it is not, and nothing tells, when the last call comes between the answers to the first two. The client sends no SUBSCRIBE for a channel that it takes for
# subscribed, and it takes one for that though an UNSUBSCRIBE is under way which was sent before the first answer. What helps: unsubscribe
# only once `subscribe` has resolved; then the second SUBSCRIBE is sent.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund redis5@npm:redis@5.0.0 redis6@npm:redis@6.3.1

# Only by a socket in the folder: no port is taken.
redis-server --port 0 --unixsocket "$folder/redis.sock" --save "" --dir "$folder" >/dev/null &
server=$!
until [ -S "$folder/redis.sock" ]; do sleep 0.1; done

cat > seen.mjs <<'JS'
for (const [name, version] of [["redis5", "5.0.0"], ["redis6", "6.3.1"]]) {
  const { createClient } = await import(name);
  for (const patient of [false, true]) {
    const client = await createClient({ RESP: 3, socket: { path: "redis.sock" } }).connect();
    const heard = () => {};
    const again = new Promise((resolve) => {
      // It comes after the answer to the first SUBSCRIBE and before that to the UNSUBSCRIBE.
      client.subscribe("between", () => resolve(client.subscribe("room", heard)));
    });
    const first = client.subscribe("room", heard);
    if (patient) await first;
    const between = client.publish("between", "");
    const left = client.unsubscribe("room", heard);
    await Promise.all([again, between, left]);
    console.log(`redis ${version}: ${patient ? "after" : "before"} the answer, then heard by ${await client.publish("room", "")}`);
    client.destroy();
  }
}
JS
node seen.mjs | tee seen.txt

expected="redis 5.0.0: before the answer, then heard by 0
redis 5.0.0: after the answer, then heard by 1
redis 6.3.1: before the answer, then heard by 0
redis 6.3.1: after the answer, then heard by 1"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
