import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { explainText } from "../../src/cli/explain/recognise.ts";
import { acceptKey } from "../../src/core/upgrade/accept-key.ts";
import { startApache } from "../helpers/apache.ts";
import { type Foreground, freePort, startForeground } from "../helpers/foreground.ts";
import { startHaproxy } from "../helpers/haproxy.ts";
import { RawClient } from "../helpers/raw.ts";
import { describeBehind } from "./proxy.ts";

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server behind a proxy that answers each request with these bytes, and ends unless told to stay. */
async function backend(answer: string | ((key: string) => string), stays = false): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("data", (head) => {
      const key = /sec-websocket-key: (.*)\r/i.exec(head.toString("latin1"))?.[1] ?? "";
      const bytes = typeof answer === "string" ? answer : answer(key);
      return stays ? socket.write(bytes) : socket.end(bytes);
    });
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

/** Does a handshake through a proxy, and gives what the proxy's log is explained with, once it says so much. */
async function codesInLog(start: (port: number) => Promise<Foreground>, said = /^/): Promise<readonly string[]> {
  const port = await freePort();
  const proxy = await start(port);
  const client = await RawClient.connect(`http://127.0.0.1:${port}`);
  client.handshake({});
  const { status } = await client.response();
  if (status === 101) await client.ended;
  await vi.waitFor(() => expect(proxy.said()).toMatch(said), { timeout: 30_000 });
  await proxy.stop();
  return proxy
    .said()
    .split("\n")
    .flatMap(explainText)
    .flatMap(({ causes }) => causes.map(({ code }) => code));
}

/** HAProxy looks at the Accept, too. */
const switched = (key: string) =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`;

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
    ["IDLE_CUT", "that is silent after the 101", async () => `http://127.0.0.1:${await backend(switched, true)}`],
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

/** HAProxy before a server, with a log of requests. */
function haproxyTo(to: number, port: number): Promise<Foreground> {
  const timeouts = ["connect", "client", "server", "tunnel"].map((name) => `timeout ${name} 400ms`).join("\n  ");
  const configuration = `global
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  ${timeouts}
frontend front
  bind 127.0.0.1:${port}
  default_backend back
backend back
  server one 127.0.0.1:${to}
`;
  return startHaproxy(configuration, port);
}

describeBehind("haproxy", () => {
  it.each([
    ["TCP_REFUSED", "where nothing listens", freePort],
    ["CLOSED_BEFORE_RESPONSE", "that ends without an answer", () => backend("")],
    ["RESPONSE_TIMEOUT", "that never answers", () => backend("", true)],
    ["NOT_HTTP", "that speaks SSH", () => backend("SSH-2.0-OpenSSH_9.2\r\n\r\n")],
    ["IDLE_CUT", "that is silent after the 101", () => backend(switched, true)],
  ])("the log of %s, of a server %s, is explained", async (code, _, upstream) => {
    const to = await upstream();
    expect(await codesInLog((port) => haproxyTo(to, port), /"GET /)).toContain(code);
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
