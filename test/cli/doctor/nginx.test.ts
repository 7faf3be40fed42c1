import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { defineSocket } from "onesocket";
import { type NodeServer, serve } from "onesocket/node";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { describeNeeding } from "../../helpers/needs.ts";
import { type Nginx, type NginxConfig, nginxVersion, startNginx } from "../../helpers/nginx.ts";
import { consult } from "./lab.ts";

const VERSION = nginxVersion();

const HTTP = `map $http_upgrade $connection_upgrade {
  default upgrade;
  ""      "";
}`;

const RIGHT = `proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;`;

let app: NodeServer;
let backend: string;
let nginx: Nginx | undefined;

beforeAll(async () => {
  const echo = defineSocket({ name: "echo", message: (socket, data) => void socket.send(data) });
  app = await serve(echo, { port: 0, hostname: "127.0.0.1", observe: () => {} });
  backend = `proxy_pass http://127.0.0.1:${app.port};`;
});

afterEach(async () => {
  await nginx?.stop();
  nginx = undefined;
});
afterAll(() => app.close());

async function behind(config: NginxConfig): Promise<string> {
  nginx = await startNginx(config);
  return nginx.url.replace("http", "ws");
}

/** The two parts of a snippet, as its own comments divide it. */
function parts(snippet: string): { readonly http: string; readonly location: string } {
  const [http = "", location = ""] = snippet.split(/^# inside the location.*$/m);
  return { http, location };
}

const NGINX = { command: "nginx", debianPackage: "nginx-light" };
describeNeeding(NGINX, `behind nginx ${VERSION ?? ""}`, misconfigured);
describeNeeding(NGINX, "--via", compared);

function misconfigured(): void {
  it("as it is by default, Upgrade is stripped; the snippet, pasted, mends it", async () => {
    const { code, hop, snippet } = await consult(await behind({ location: backend }));
    expect([code, hop?.name]).toEqual(["UPGRADE_STRIPPED", "nginx"]);
    await nginx!.stop();
    const { http, location } = parts(snippet!);
    const mended = await consult(await behind({ http, location: `${backend}\n${location}` }));
    expect(mended).toMatchObject({ ok: true, code: null, hop: { name: "nginx" } });
  });

  it("that forwards Upgrade alone, a token is missing in Connection", async () => {
    const url = await behind({ location: `${backend}\nproxy_set_header Upgrade $http_upgrade;` });
    expect(await consult(url)).toMatchObject({ ok: false, code: "CONNECTION_NO_UPGRADE" });
  });

  it("in front of another library, Upgrade is stripped too", async () => {
    const ws = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(ws, "listening");
    const { port } = ws.address() as AddressInfo;
    const report = await consult(await behind({ location: `proxy_pass http://127.0.0.1:${port};` }));
    ws.close();
    expect(report).toMatchObject({ ok: false, code: "UPGRADE_STRIPPED", hop: { name: "nginx" } });
  });

  it("over HTTP/1.0 with both headers, all is well", async () => {
    const url = await behind({
      http: HTTP,
      location: `${backend}\n${RIGHT}\nproxy_http_version 1.0;`.replace("proxy_http_version 1.1;", ""),
    });
    expect(await consult(url)).toMatchObject({ ok: true, code: null });
  });

  it("that keeps Host to itself, pages of its own host are refused", async () => {
    const url = await behind({
      http: HTTP,
      location: `${backend}\n${RIGHT}`.replace("$http_host", "backend.internal"),
    });
    const report = await consult(url, "--origin", url.replace("ws", "http"));
    expect(report).toMatchObject({ ok: false, code: "ORIGIN_REJECTED" });
    expect(report.snippet).toContain("proxy_set_header Host $http_host;");
  });

  it.each([
    ["NO_ROUTE", "a page of its own", "return 404;"],
    ["HTML_FALLBACK", "a single-page app", 'default_type text/html; return 200 "<!doctype html><div id=app></div>";'],
    ["REDIRECTED", "a redirection", "return 301 https://example.invalid$request_uri;"],
    ["STATUS_NOT_101", "no server behind it", "proxy_pass http://127.0.0.1:1;"],
  ])("it is %s with %s", async (code, _, location) => {
    expect(await consult(await behind({ location }))).toMatchObject({ ok: false, code, hop: { name: "nginx" } });
  });
}

function compared(): void {
  it("finds the proxy guilty when the direct way is well, and tells what it changes", async () => {
    const via = await behind({ location: backend });
    const report = await consult(`ws://127.0.0.1:${app.port}`, "--via", via);
    expect(report).toMatchObject({ ok: false, code: "UPGRADE_STRIPPED", hop: { name: "nginx" } });
    expect(report.detail).toContain("it is the proxy (nginx)");
    expect(report.via!.changes).toContainEqual({ what: "verdict", direct: "healthy", via: "UPGRADE_STRIPPED" });
    expect(report.via!.changes.find(({ what }) => what === "header server")).toMatchObject({ direct: null });
  });

  it("finds the proxy that cuts what is silent, and that pings keep it open", async () => {
    const via = await behind({ http: HTTP, location: `${backend}\n${RIGHT}\nproxy_read_timeout 2s;` });
    const report = await consult(`ws://127.0.0.1:${app.port}`, "--via", via, "--idle", "3s");
    expect(report).toMatchObject({ ok: false, code: "IDLE_CUT", hop: { name: "nginx" } });
    expect(report.snippet).toContain("proxy_read_timeout 1h;");
    expect(report.via!.report.idle).toMatchObject({ askedMs: 3000, survivesPings: true });
    expect(report.via!.changes.find(({ what }) => what === "idle")).toMatchObject({ direct: "open after 3000 ms" });
  });

  it("finds nothing when both ways are well", async () => {
    const via = await behind({ http: HTTP, location: `${backend}\n${RIGHT}` });
    const report = await consult(`ws://127.0.0.1:${app.port}`, "--via", via);
    expect(report).toMatchObject({ ok: true, code: null });
  });
}
