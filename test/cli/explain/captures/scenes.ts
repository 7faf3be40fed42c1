import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { deflate } from "onesocket/deflate";
import WebSocket from "ws";
import { serve } from "../../../../src/adapters/node/index.ts";
import { acceptKey } from "../../../../src/core/upgrade/accept-key.ts";
import { defineSocket } from "../../../../src/index.ts";
import { certificate } from "../../../helpers/certificate.ts";
import { freePort, spawnForeground } from "../../../helpers/foreground.ts";

/** Something that happens on the wire, and what tcpdump is told beside. */
export interface Scene {
  /** The name of its file. */
  readonly name: string;
  readonly dump?: readonly string[];
  /** Plays it, and gives the ports that it was on. */
  play(): Promise<readonly number[]>;
}

const echo = defineSocket({ name: "echo", message: (socket, data) => void socket.send(data) });

const HEADERS = "Host: app.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";

function handshake(line = "GET /chat HTTP/1.1", headers = HEADERS): string {
  return `${line}\r\n${headers}Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`;
}

/** A 101 that answers the key of a request. */
function switching(head: string): string {
  const key = /sec-websocket-key: (.*)\r/i.exec(head)?.[1] ?? "";
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`;
}

/** Its end, whatever it ends with. */
function closed(socket: Socket | WebSocket): Promise<unknown> {
  socket.on("error", () => {});
  return new Promise((resolve) => socket.once("close", resolve));
}

type Served = (socket: Socket, head: string) => unknown;

/** A server that does as it is told with the first bytes of each connection. */
async function server(does: Served, host = "127.0.0.1", tls = false): Promise<{ port: number; stop(): void }> {
  const made = tls ? createTlsServer(certificate()) : createServer();
  made.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
    socket.on("error", () => {}).once("data", (head) => does(socket, head.toString("latin1")));
  });
  made.on("tlsClientError", () => {});
  await once(made.listen(0, host), "listening");
  return { port: (made.address() as AddressInfo).port, stop: () => void made.close() };
}

/** A client that sends this, and listens until the end. */
async function client(
  port: number,
  sends: string | Buffer,
  then?: (socket: Socket) => unknown,
  host = "127.0.0.1",
): Promise<void> {
  const socket = connect(port, host, () => socket.setNoDelay(true).write(sends));
  socket.on("error", () => {});
  socket.once("data", () => then?.(socket));
  socket.resume();
  await closed(socket);
}

/** One exchange with a server that does as it is told. */
function raw(
  name: string,
  does: Served,
  sends: () => string | Buffer = handshake,
  then?: (socket: Socket) => unknown,
): Scene {
  return {
    name,
    async play() {
      const { port, stop } = await server(does);
      await client(port, sends(), then);
      stop();
      return [port];
    },
  };
}

/** A talk with a server of ours. */
function talk(
  name: string,
  talks: (socket: WebSocket) => Promise<unknown>,
  options: Parameters<typeof defineSocket>[0] = echo,
  perMessageDeflate = false,
): Scene {
  return {
    name,
    async play() {
      const { port, close } = await serve(options as typeof echo, {
        port: 0,
        hostname: "127.0.0.1",
        observe: () => {},
      });
      const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { perMessageDeflate });
      await once(socket, "open");
      await talks(socket);
      await close();
      return [port];
    },
  };
}

async function says(socket: WebSocket, ...texts: readonly (string | Uint8Array)[]): Promise<void> {
  for (const text of texts) {
    socket.send(text);
    await once(socket, "message");
  }
}

async function closes(socket: WebSocket): Promise<void> {
  socket.close(1000, "bye");
  await closed(socket);
}

/** nginx in front of a server, with these lines in its location. */
async function nginx(lines: string, upstream: number, tls?: string): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort();
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  const { stop } = await spawnForeground({
    command: "nginx",
    args: (folder) => ["-p", folder, "-c", "nginx.conf", "-e", "stderr"],
    file: "nginx.conf",
    configuration: `daemon off; master_process off; pid nginx.pid; error_log stderr; events {}
http { access_log off; ${folders.join(" ")} server { listen 127.0.0.1:${port}${tls === undefined ? "" : ` ssl; ssl_certificate ${tls}; ssl_certificate_key ${tls}`}; location / { proxy_pass http://127.0.0.1:${upstream}; ${lines} } } }`,
    port,
  });
  return { port, stop };
}

/** A page of the proxy's host that connects through nginx. */
function proxied(name: string, lines: string, waits: (socket: WebSocket) => Promise<unknown>): Scene {
  return {
    name,
    async play() {
      const { port, close } = await serve(echo, { port: 0, hostname: "127.0.0.1", observe: () => {} });
      const proxy = await nginx(lines, port);
      const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/chat`, {
        perMessageDeflate: false,
        origin: `http://127.0.0.1:${proxy.port}`,
      });
      socket.on("error", () => {});
      await waits(socket);
      await proxy.stop();
      await close();
      return [port, proxy.port];
    },
  };
}

const UPGRADE =
  "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_set_header Host $http_host;";

const frame = (hex: string) => Buffer.from(hex, "hex");

/** What the captures show. The classic ones first. */
export const SCENES: readonly Scene[] = [
  raw("switch-then-fin", async (socket, head) => {
    socket.write(switching(head));
    await sleep(0.6);
    socket.end();
  }),
  raw(
    "http-1.0-fin",
    (socket, head) => socket.end(switching(head)),
    () => handshake("GET /chat HTTP/1.0", HEADERS.replace("Upgrade\r\nSec", "close\r\nConnection: Upgrade\r\nSec")),
  ),
  raw("switch-then-reset", (socket, head) => socket.write(switching(head), () => socket.resetAndDestroy())),
  talk("healthy", async (socket) => {
    await says(socket, "hello", Buffer.from([1, 2, 3]), "x".repeat(3000));
    socket.ping("are you there");
    await once(socket, "pong");
    await closes(socket);
  }),
  talk(
    "compressed",
    async (socket) => {
      await says(socket, "hello ".repeat(40), "hello again ".repeat(40), "and hello again ".repeat(300));
      await closes(socket);
    },
    defineSocket({
      name: "echo",
      compression: deflate({ threshold: 0 }),
      message: (socket, data) => void socket.send(data),
    }),
    true,
  ),
  talk(
    "handler-throws",
    async (socket) => {
      socket.send("hello");
      await closed(socket);
    },
    defineSocket({
      name: "echo",
      message: () => {
        throw new Error("no");
      },
    }),
  ),
  talk(
    "too-big",
    async (socket) => {
      socket.send("x".repeat(2000));
      await closed(socket);
    },
    defineSocket({ name: "echo", limits: { messageBytes: 1000 }, message: () => {} }),
  ),
  raw(
    "unmasked",
    (socket, head) => {
      socket.write(switching(head));
      socket.once("data", () => socket.end(frame("880203ea")));
    },
    handshake,
    (socket) => socket.write(frame("810568656c6c6f")),
  ),
  raw(
    "masked-by-server",
    (socket, head) => {
      socket.write(Buffer.concat([Buffer.from(switching(head)), frame("818537fa213d7f9f4d5158")]));
      socket.once("data", () => socket.end());
    },
    handshake,
    (socket) => socket.end(frame("888237fa213d3410")),
  ),
  raw("page-after-101", (socket, head) => socket.end(`${switching(head)}<html><body>502 Bad Gateway</body></html>`)),
  raw(
    "accept-mismatch",
    (socket) => socket.write(switching("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")),
    handshake,
    (socket) => socket.end(),
  ),
  raw(
    "refused-403",
    (socket) =>
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 18\r\n\r\norigin not allowed"),
    () => handshake("GET /chat HTTP/1.1", `${HEADERS}Origin: https://other.example\r\n`),
  ),
  raw("no-answer", (socket) => socket.end()),
  {
    name: "never-answered",
    async play() {
      const { port, stop } = await server(() => {});
      const socket = connect(port, "127.0.0.1", () => socket.write(handshake()));
      await sleep(1500);
      socket.destroy();
      await closed(socket);
      stop();
      return [port];
    },
  },
  raw("no-close", async (socket, head) => {
    socket.write(Buffer.concat([Buffer.from(switching(head)), frame("810568656c6c6f")]));
    await sleep(1500);
    socket.destroy();
  }),
  raw("ping-timeout", async (socket, head) => {
    socket.write(Buffer.concat([Buffer.from(switching(head)), frame("8900")]));
    await sleep(1500);
    socket.destroy();
  }),
  raw(
    "frames-first",
    (socket) => socket.end(),
    () => frame("818537fa213d7f9f4d5158"),
  ),
  raw(
    "proxy-header",
    (socket) => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    () => `PROXY TCP4 10.0.0.1 10.0.0.2 1234 80\r\n${handshake()}`,
  ),
  raw("ssh", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")),
  {
    name: "nothing-listens",
    async play() {
      const port = await freePort();
      await client(port, handshake());
      return [port];
    },
  },
  {
    name: "tls-to-plain",
    async play() {
      const { port, stop } = await server((socket) =>
        socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
      );
      const socket = new WebSocket(`wss://localhost:${port}/chat`, { family: 4 });
      await closed(socket);
      stop();
      return [port];
    },
  },
  {
    name: "plain-to-tls",
    async play() {
      const { port, stop } = await server(() => {}, "127.0.0.1", true);
      await client(port, handshake());
      stop();
      return [port];
    },
  },
  {
    name: "plain-to-tls-nginx",
    async play() {
      const folder = mkdtempSync(join(tmpdir(), "onesocket-scene-"));
      const { cert, key } = certificate();
      writeFileSync(join(folder, "both.pem"), Buffer.concat([cert, key]));
      const { port, stop } = await nginx("", 1, join(folder, "both.pem"));
      await client(port, handshake());
      await stop();
      rmSync(folder, { recursive: true });
      return [port];
    },
  },
  {
    name: "tls",
    async play() {
      const { port, stop } = await server((socket, head) => socket.end(switching(head)), "127.0.0.1", true);
      const socket = new WebSocket(`wss://localhost:${port}/chat`, { family: 4, rejectUnauthorized: false });
      await closed(socket);
      stop();
      return [port];
    },
  },
  {
    name: "ipv6",
    async play() {
      const { port, stop } = await server((socket, head) => socket.end(switching(head)), "::1");
      await client(port, handshake(), undefined, "::1");
      stop();
      return [port];
    },
  },
  { ...raw("any", (socket, head) => socket.end(switching(head))), dump: ["-i", "any"] },
  { ...raw("any-sll", (socket, head) => socket.end(switching(head))), dump: ["-i", "any", "-y", "LINUX_SLL"] },
  { ...raw("cut", (socket, head) => socket.end(`${switching(head)}\x81\x05hello`)), dump: ["-s", "120"] },
  { ...talk("nanoseconds", closes), dump: ["--nano"] },
  proxied("nginx-bare", "", (socket) => closed(socket)),
  proxied("nginx-half", "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;", (socket) => closed(socket)),
  proxied(
    "nginx-host",
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;",
    (socket) => closed(socket),
  ),
  proxied("nginx-right", UPGRADE, async (socket) => {
    await once(socket, "open");
    await says(socket, "hello");
    await closes(socket);
  }),
  proxied("nginx-idle", UPGRADE, async (socket) => {
    await once(socket, "open");
    await says(socket, "hello");
    await closed(socket);
  }),
];
