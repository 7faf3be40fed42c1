import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { LINES } from "../../src/cli/doctor/lines.ts";
import { consult } from "../cli/doctor/lab.ts";
import { startApache } from "../helpers/apache.ts";
import { Client } from "../helpers/client.ts";
import { freePort } from "../helpers/foreground.ts";
import { HTTP_DEFAULTS, startHaproxy } from "../helpers/haproxy.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { startTrafficServer } from "../helpers/traffic-server.ts";
import { REAL, startReal } from "../proxies/real.ts";

/** A server for sockets alone: each plain GET, as of a health check, gets 426. */
const server = createServer((_, response: ServerResponse) => response.writeHead(426).end());
let port: number;

beforeAll(async () => {
  new WebSocketServer({ server }).on("connection", (socket) =>
    socket.on("message", (data, binary) => socket.send(data, { binary })),
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describeNeeding(REAL.HAProxy!, "a health check of HAProxy's", () => {
  const behind = (front: number, lines: string) => `${HTTP_DEFAULTS}frontend web
  bind 127.0.0.1:${front}
  default_backend app
backend app
${lines}
  server app 127.0.0.1:${port} check inter 30ms fall 2
`;

  /** Resolves once the server was asked that often. */
  async function checked(times: number): Promise<void> {
    for (let left = times; left > 0; left--) await once(server, "request");
  }

  it("marks a server for sockets alone as down; the doctor's lines keep it up", async () => {
    const [down, up] = [await freePort(), await freePort()];
    const sick = await startHaproxy(behind(down, "option httpchk"), down);
    await checked(4);
    const report = await consult(`ws://127.0.0.1:${down}`);
    await sick.stop();
    expect(report).toMatchObject({ ok: false, code: "STATUS_NOT_101", hop: { name: "HAProxy" } });
    expect(report.snippet).toBe(LINES.HAProxy!.backend);
    const mended = await startHaproxy(behind(up, report.snippet!), up);
    await checked(6);
    expect(await consult(`ws://127.0.0.1:${up}`, "--quick")).toMatchObject({ ok: true, code: null });
    await mended.stop();
  });
});

describeNeeding(REAL.Apache!, "an early frame behind Apache's wstunnel", () => {
  it("is told as held, and arrives by itself with upgrade=websocket", async () => {
    const front = await freePort();
    const module = "LoadModule proxy_wstunnel_module /usr/lib/apache2/modules/mod_proxy_wstunnel.so";
    // Alone, without mod_proxy_http's upgrades: the fallback of 2.4.47 is switched off.
    const apache = await startApache(
      `${module}\nProxyWebsocketFallbackToProxyHttp Off\nProxyPass "/" "ws://127.0.0.1:${port}/"`,
      front,
    );
    const held = await consult(`ws://127.0.0.1:${front}`);
    await apache.stop();
    expect(held.findings.map(({ code }) => code)).toContain("HEAD_HELD");
    expect(held.findings.map(({ code }) => code)).not.toContain("HEAD_LOST");
    const right = await startReal("Apache", "upgrade", port);
    const found = (await consult(right.url)).findings.map(({ code }) => code);
    await right.stop();
    expect(found).not.toContain("HEAD_HELD");
  });
});

describeNeeding(REAL.Caddy!, "an early frame behind Caddy", () => {
  it("is told as lost", async () => {
    const { url, stop } = await startReal("Caddy", "upgrade", port);
    const found = (await consult(url)).findings.map(({ code }) => code);
    const client = await Client.connect(url);
    await client.close();
    await stop();
    expect(found).toContain("HEAD_LOST");
  });
});

describeNeeding(REAL["Traffic Server"]!, "an upgrade for which Traffic Server has no map of ws://", () => {
  it("is told as that, with the map, and not as a wrong path", async () => {
    const front = await freePort();
    const map = `map http://127.0.0.1:${front}/ http://127.0.0.1:${port}/`;
    const { stop } = await startTrafficServer(map, "", front);
    const report = await consult(`ws://127.0.0.1:${front}/chat`);
    await stop();
    expect(report).toMatchObject({ ok: false, hop: { name: "Traffic Server" } });
    expect(report.snippet).toBe(LINES["Traffic Server"]!.upgrade);
    expect(`${report.cause} ${report.fix}`).not.toMatch(/Correct the path/);
  });
});
