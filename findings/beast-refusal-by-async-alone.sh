#!/usr/bin/env bash
# Boost.Beast of Boost 1.74 (run 2026-11-28, Linux x64; needs Debian's g++ and libboost-dev, and node): of a handshake that is refused `handshake` tells nothing, and `async_handshake` all.
#
# Guessed: both fill the `response_type&` that they are given with the server's answer, whatever its status: Beast's documentation has it for information that the server added, and a refusal is
# where a program looks for it.
# Seen: `async_handshake` does: 401, the headers and the body. `handshake` returns the same error, and leaves the response as it was made: status 200, no header, no body. A program that
# moved from the one to the other logs "declined, 200" for every 401, 404 and 503, and has lost Retry-After. Where the socket opens, the two are alike.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

cat > server.mjs <<'JS'
import { createHash } from "node:crypto";
import http from "node:http";

const server = http.createServer();
server.on("upgrade", ({ url, headers }, stream) => {
  stream.on("error", () => {});
  const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  if (url === "/open") {
    stream.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nRetry-After: never\r\n\r\n`);
  } else {
    stream.end("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy");
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS
cat > client.cpp <<'CPP'
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/version.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdlib>
#include <iostream>

namespace net = boost::asio;
namespace websocket = boost::beast::websocket;

int main(int, char** arguments) {
  auto const port = static_cast<unsigned short>(std::atoi(arguments[1]));
  std::cout << "Boost " << BOOST_LIB_VERSION << "\n";
  for (bool async : {false, true}) {
    for (std::string const path : {"/open", "/refused"}) {
      net::io_context context;
      websocket::stream<net::ip::tcp::socket> socket{context};
      socket.next_layer().connect({net::ip::address_v4::loopback(), port});
      websocket::response_type answer;
      boost::system::error_code error;
      if (async) {
        socket.async_handshake(answer, "localhost", path, [&](boost::system::error_code told) { error = told; });
        context.run();
      } else {
        socket.handshake(answer, "localhost", path, error);
      }
      std::cout << (async ? "async_handshake " : "handshake ") << path << ": " << error.message() << "; status " << answer.result_int() << ", Retry-After \""
                << answer["Retry-After"] << "\", body \"" << answer.body() << "\"\n";
    }
  }
}
CPP
g++ -O0 -std=c++17 -pthread -DBOOST_ERROR_CODE_HEADER_ONLY client.cpp -o client
node server.mjs > port.txt &
server=$!
until grep -q . port.txt; do kill -0 "$server"; sleep 0.1; done
./client "$(cat port.txt)" | tee seen.txt

expected='Boost 1_74
handshake /open: Success; status 101, Retry-After "never", body ""
handshake /refused: The WebSocket handshake was declined by the remote peer; status 200, Retry-After "", body ""
async_handshake /open: Success; status 101, Retry-After "never", body ""
async_handshake /refused: The WebSocket handshake was declined by the remote peer; status 503, Retry-After "7", body "busy"'
[ "$(cat seen.txt)" = "$expected" ] || { echo "this has changed"; exit 1; }
