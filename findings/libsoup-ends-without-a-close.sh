#!/usr/bin/env bash
# libsoup 3.2.3 (run 2026-11-28, Linux x64; needs Debian's python3-gi and gir1.2-soup-3.0, and node): a message of more than 128 KiB ends the connection without a Close.
#
# Guessed: past its limit, `max-incoming-payload-size`, a client closes with 1009, so that the server can tell why (RFC 6455 §7.4.1), and its own program is told that code.
# Seen: nothing is sent: the server is told 1006, and the program's `closed` has code 0, which is none. The `error` signal before it has the reason. The limit is 128 KiB for a client
# that sets none: 131,072 bytes arrive, one more ends it. A Close with 1012 is an `error` and answered with 1002, while `closed` is told 1012.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ws@8.23.0

cat > server.mjs <<'JS'
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false }, () => console.log(server.address().port));
server.on("connection", (socket, { url }) => {
  const asked = Number(url.slice(1));
  if (asked > 4999) socket.send("x".repeat(asked));
  else socket.close(asked);
  socket.on("close", (code) => console.log(`server, ${asked}: told ${code}`));
});
JS
cat > client.py <<'PY'
import sys
import gi
gi.require_version("Soup", "3.0")
from gi.repository import Soup, GLib

def talk(asked):
    loop, session, kept, seen = GLib.MainLoop(), Soup.Session(), [], []
    def closed(socket):
        seen.append(f"closed {socket.get_close_code()}")
        loop.quit()
    def arrived(socket, kind, data):
        seen.append(f"message of {data.get_size()}")
        socket.close(1000, None)
    def opened(session, result):
        socket = session.websocket_connect_finish(result)
        kept.append(socket)
        socket.connect("message", arrived)
        socket.connect("error", lambda socket, error: seen.append("error"))
        socket.connect("closed", closed)
    message = Soup.Message.new("GET", f"ws://127.0.0.1:{sys.argv[1]}/{asked}")
    session.websocket_connect_async(message, None, None, 0, None, opened)
    loop.run()
    print(f"client, {asked}: {', '.join(seen)}", flush=True)

print(f"libsoup {Soup.get_major_version()}.{Soup.get_minor_version()}.{Soup.get_micro_version()}")
for asked in (131072, 131073, 1011, 1012):
    talk(asked)
PY
node server.mjs > server.txt &
server=$!
until grep -q . server.txt; do kill -0 "$server"; sleep 0.1; done
/usr/bin/python3 client.py "$(head -1 server.txt)" | tee seen.txt
until [ "$(grep -c told server.txt)" = 4 ]; do kill -0 "$server"; sleep 0.1; done
grep told server.txt | sort | tee -a seen.txt

expected="libsoup 3.2.3
client, 131072: message of 131072, closed 1000
client, 131073: error, closed 0
client, 1011: closed 1011
client, 1012: error, closed 1012
server, 1011: told 1011
server, 1012: told 1002
server, 131072: told 1000
server, 131073: told 1006"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
