/** Servers that answer what offers another protocol than WebSocket, each on a port of its own. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { upgrade } from "onesocket/hono";
import { attach, serve } from "onesocket/node";
import { trustProxies } from "onesocket/proxies";
import { certificate } from "../helpers/certificate.ts";

const echo = defineSocket({ name: "echo", message: (socket, data) => void socket.send(data) });

const app = new Hono()
  .post("/body", async (c) => c.text(`${c.req.header("upgrade")} ${await c.req.text()}`))
  .get("/body", (c) => c.text("page"))
  .get("/ws", (c) => upgrade(c, echo));

const page: RequestListener = (request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (chunk: string) => {
    body += chunk;
  });
  request.on("end", () => response.end(request.method === "POST" ? `${request.headers.upgrade} ${body}` : "page"));
};

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** One that has a server of its own, with or without a listener of somebody else's. */
async function attached(server: Server, path?: string): Promise<number> {
  attach(server, echo, { path });
  return listening(server);
}

/** Takes one protocol, and listens for errors first, as careful programs do. */
function theirs(server: Server): Server {
  return server.on("upgrade", (request, socket) => {
    socket.on("error", () => {});
    const { upgrade } = request.headers;
    if (upgrade === "theirs") socket.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: theirs\r\n\r\ntheirs");
  });
}

/** One whose listener looks for what is its own, and listens for nothing else. */
const careless = createServer(page).on("upgrade", ({ headers }, socket) => {
  if (headers.upgrade === "theirs") socket.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: theirs\r\n\r\ntheirs");
});

const options = { port: 0, hostname: "127.0.0.1", observe: () => {} };

const ports: Record<string, number> = {
  app: (await serve(app, options)).port,
  tls: (await serve(app, { ...options, tls: certificate() })).port,
  http2: (await serve(app, { ...options, tls: certificate(), http2: true })).port,
  proxied: (await serve(app, { ...options, proxies: trustProxies(["127.0.0.1"]) })).port,
  proxiedTls: (await serve(app, { ...options, proxies: trustProxies(["127.0.0.1"]), tls: certificate() })).port,
  definition: (await serve(echo, options)).port,
  attached: await attached(createServer(page)),
  attachedTls: await attached(createTlsServer(certificate(), page)),
  attachedHttp2: await attached(
    createSecureServer({ ...certificate(), allowHTTP1: true }, page as never) as unknown as Server,
  ),
  before: await attached(theirs(createServer(page))),
  careless: await attached(careless),
};
const later = createServer(page);
ports.after = await attached(later);
theirs(later);
for (const [name, port] of Object.entries(ports)) console.log(`${name} ${port}`);
console.log("ready 0");
