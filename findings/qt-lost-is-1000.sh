#!/usr/bin/env bash
# Qt 6.4.2 (run 2026-11-28, Linux x64; needs Debian's python3-pyqt6.qtwebsockets, and node): the code of a connection that was cut, or never opened, is 1000; that of a 1012 is 1002.
#
# Guessed: `closeCode()` is 1006 where no Close came (RFC 6455 §7.1.5), and else the code that the server sent.
# Seen: it stays 1000, without a reason, for a connection that is cut, a handshake that is refused and a port where nothing listens: by its code a lost connection is a goodbye, and only
# `error()` tells them apart. 1012 to 1014, which IANA's registry has, are told and answered as 1002, "Invalid close code 1002 detected.": the code that is named is Qt's own, and the reason is lost.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ws@8.23.0

cat > server.mjs <<'JS'
import { WebSocketServer } from "ws";

const verifyClient = ({ req }, decide) => decide(req.url !== "/refused", 401);
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", verifyClient }, () => console.log(server.address().port));
server.on("connection", (socket, { url }) => {
  if (url === "/cut") socket.terminate();
  else socket.close(Number(url.slice(1)), "why");
  socket.on("close", (code) => console.log(`server, ${url}: told ${code}`));
});
JS
cat > client.py <<'PY'
import sys
from PyQt6.QtCore import QCoreApplication, QT_VERSION_STR, QUrl
from PyQt6.QtWebSockets import QWebSocket

def talk(what, port):
    socket = QWebSocket()
    opened = []
    socket.connected.connect(lambda: opened.append(1))
    socket.disconnected.connect(application.quit)
    socket.open(QUrl(f"ws://127.0.0.1:{port}/{what}"))
    application.exec()
    code = socket.closeCode()
    print(f"client, {what}: {'opened, ' if opened else ''}{getattr(code, 'value', code)} '{socket.closeReason()}', {socket.error().name}", flush=True)

application = QCoreApplication([])
print("Qt", QT_VERSION_STR)
for what in ("1000", "1011", "1012", "1013", "cut", "refused"):
    talk(what, sys.argv[1])
talk("nobody", 9)
PY
node server.mjs > server.txt &
server=$!
until grep -q . server.txt; do kill -0 "$server"; sleep 0.1; done
/usr/bin/python3 client.py "$(head -1 server.txt)" | tee seen.txt
until [ "$(grep -c told server.txt)" = 5 ]; do kill -0 "$server"; sleep 0.1; done
grep told server.txt | sort | tee -a seen.txt

expected="Qt 6.4.2
client, 1000: opened, 1000 'why', UnknownSocketError
client, 1011: opened, 1011 'why', UnknownSocketError
client, 1012: opened, 1002 'Invalid close code 1002 detected.', UnknownSocketError
client, 1013: opened, 1002 'Invalid close code 1002 detected.', UnknownSocketError
client, cut: opened, 1000 '', RemoteHostClosedError
client, refused: 1000 '', RemoteHostClosedError
client, nobody: 1000 '', ConnectionRefusedError
server, /1000: told 1000
server, /1011: told 1011
server, /1012: told 1002
server, /1013: told 1002
server, /cut: told 1006"
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
