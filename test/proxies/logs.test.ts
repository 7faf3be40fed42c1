import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { explainText } from "../../src/cli/explain/recognise.ts";
import { startApache } from "../helpers/apache.ts";
import { type Foreground, freePort, startForeground } from "../helpers/foreground.ts";
import { RawClient } from "../helpers/raw.ts";
import { describeBehind } from "./proxy.ts";

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server behind a proxy that answers each request with these bytes, and ends unless told to stay. */
async function backend(bytes: string, stays = false): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("data", () => (stays ? socket.write(bytes) : socket.end(bytes)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function startNginx(port: number, upstream: string): Promise<Foreground> {
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  const location = `proxy_pass ${upstream}; proxy_http_version 1.1; proxy_read_timeout 300ms;
proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;`;
  return startForeground({
    command: "nginx",
    args: (folder) => ["-p", folder, "-c", "nginx.conf", "-e", "stderr"],
    file: "nginx.conf",
    configuration: `daemon off; master_process off; pid nginx.pid; error_log stderr info; events {}
http { access_log off; ${folders.join(" ")} server { listen 127.0.0.1:${port}; location / { ${location} } } }`,
    port,
  });
}

/** Does a handshake through a proxy, and gives what the proxy's log is explained with. */
async function codesInLog(start: (port: number) => Promise<Foreground>): Promise<readonly string[]> {
  const port = await freePort();
  const proxy = await start(port);
  const client = await RawClient.connect(`http://127.0.0.1:${port}`);
  client.handshake({});
  const { status } = await client.response();
  if (status === 101) await client.ended;
  await proxy.stop();
  return proxy
    .said()
    .split("\n")
    .flatMap(explainText)
    .flatMap(({ causes }) => causes.map(({ code }) => code));
}

const SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

describeBehind("nginx", () => {
  it.each([
    ["TCP_REFUSED", "where nothing listens", async () => `http://127.0.0.1:${await freePort()}`],
    ["CLOSED_BEFORE_RESPONSE", "that ends without an answer", async () => `http://127.0.0.1:${await backend("")}`],
    ["RESPONSE_TIMEOUT", "that never answers", async () => `http://127.0.0.1:${await backend("", true)}`],
    [
      "NOT_HTTP",
      "that sends a broken head",
      async () => `http://127.0.0.1:${await backend("HTTP/1.1 200 OK\r\n\0: \r\n")}`,
    ],
    ["IDLE_CUT", "that is silent after the 101", async () => `http://127.0.0.1:${await backend(SWITCHED, true)}`],
    [
      "TLS_TO_PLAIN_PORT",
      "that speaks no TLS",
      async () => `https://127.0.0.1:${await backend("HTTP/1.1 400 \r\n\r\n")}`,
    ],
  ])("the log of %s, of a server %s, is explained", async (code, _, upstream) => {
    const url = await upstream();
    expect(await codesInLog((port) => startNginx(port, url))).toContain(code);
  });
});

describeBehind("apache", () => {
  it.each([
    ["TCP_REFUSED", "where nothing listens", freePort],
    ["CLOSED_BEFORE_RESPONSE", "that ends without an answer", () => backend("")],
  ])("the log of %s, of a server %s, is explained", async (code, _, upstream) => {
    const to = await upstream();
    const pass = `ProxyPass "/" "http://127.0.0.1:${to}/" upgrade=websocket`;
    expect(await codesInLog((port) => startApache(pass, port))).toContain(code);
  });

  it("a ProxyPass that shares its worker is told of when Apache starts", async () => {
    const to = await freePort();
    const pass = `ProxyPass "/a" "http://127.0.0.1:${to}/"\nProxyPass "/" "http://127.0.0.1:${to}/" upgrade=websocket`;
    expect(await codesInLog((port) => startApache(pass, port))).toContain("UPGRADE_STRIPPED");
  });
});
