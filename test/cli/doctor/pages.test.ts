import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineSocket } from "onesocket";
import { type NodeServer, serve } from "onesocket/node";
import { createServer } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCaddy } from "../../helpers/caddy.ts";
import { freePort } from "../../helpers/foreground.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { startNginx } from "../../helpers/nginx.ts";
import { REAL } from "../../proxies/real.ts";
import { consult } from "./lab.ts";

let app: NodeServer;

beforeAll(async () => {
  const echo = defineSocket({ name: "echo", message: (socket, data) => void socket.send(data) });
  app = await serve(echo, { port: 0, hostname: "127.0.0.1", observe: () => {} });
});

afterAll(() => app.close());

/** What is said of pages that the hop shuts out, as it does not keep Host. */
async function expectShutOut(url: string, name: string, line: string): Promise<void> {
  const report = await consult(url);
  expect(report).toMatchObject({ ok: true, code: "ORIGIN_REJECTED", hop: { name } });
  expect(report.snippet).toContain(line);
}

describeNeeding(REAL.nginx!, "pages behind nginx", () => {
  it.each(["", "proxy_set_header Host $host;"])("are shut out with %j", async (host) => {
    const location = `proxy_pass http://127.0.0.1:${app.port}; proxy_http_version 1.1; ${host}
proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;`;
    const { url, stop } = await startNginx({ location });
    await expectShutOut(url, "nginx", "proxy_set_header Host $http_host;");
    await stop();
  });
});

describeNeeding(REAL.Caddy!, "pages behind Caddy", () => {
  it("are shut out with another Host than theirs", async () => {
    const port = await freePort();
    const proxy = `reverse_proxy 127.0.0.1:${app.port} {\n\theader_up Host backend.internal\n}`;
    const { stop } = await startCaddy(`http://:${port} {\n${proxy}\n}\n`, port);
    await expectShutOut(`http://127.0.0.1:${port}`, "Caddy", "header_up Host {http.request.hostport}");
    await stop();
  });
});

describe("pages behind Vite", () => {
  it("are shut out with changeOrigin, which the doctor knows by Vite's own script", async () => {
    const root = mkdtempSync(join(tmpdir(), "onesocket-vite-"));
    writeFileSync(join(root, "index.html"), "<!doctype html><div id=app></div>");
    const proxy = { "/chat": { target: `http://127.0.0.1:${app.port}`, ws: true, changeOrigin: true } };
    const server = { host: "127.0.0.1", port: 0, proxy };
    const vite = await createServer({ root, configFile: false, logLevel: "silent", server });
    await vite.listen();
    const { port } = vite.httpServer!.address() as AddressInfo;
    await expectShutOut(`ws://127.0.0.1:${port}/chat`, "Vite", '"/chat": {');
    await vite.close();
    rmSync(root, { recursive: true });
  });
});
