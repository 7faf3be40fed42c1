import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { type Foreground, freePort } from "../../helpers/foreground.ts";
import { HTTP_DEFAULTS, startHaproxy } from "../../helpers/haproxy.ts";
import { startLighttpd } from "../../helpers/lighttpd.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { startNginx } from "../../helpers/nginx.ts";
import { startSquid } from "../../helpers/squid.ts";
import { startVarnish } from "../../helpers/varnish.ts";
import { startReal } from "../../proxies/real.ts";
import { consult, editing, patient } from "./lab.ts";

/** A server that has pages, and echoes by the library ws. */
let server: Server;
let backend: number;

beforeAll(async () => {
  server = createServer((_, response) => void response.end("hello\n"));
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on("message", (data, binary) => ws.send(data, { binary }));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  backend = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What the doctor says of a proxy that is started on a port. */
async function behind(start: (port: number) => Promise<Foreground>): Promise<DoctorReport> {
  const port = await freePort();
  const { stop } = await start(port);
  onTestFinished(stop);
  return consult(`ws://127.0.0.1:${port}/chat`);
}

describeNeeding({ command: "nginx", debianPackage: "nginx-light" }, "nginx that passes the upgrade on", () => {
  it.each([
    ["Upgrade", "RESPONSE_UPGRADE_BAD"],
    ["Sec-WebSocket-Accept", "ACCEPT_MISSING"],
  ])("and hides %s is told to show it, and gets no lines for upgrades", async (name, code) => {
    const location = `proxy_pass http://127.0.0.1:${backend}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade; proxy_hide_header ${name};`;
    const { url, stop } = await startNginx({ location });
    onTestFinished(stop);
    const report = await consult(url);
    expect(report).toMatchObject({ ok: false, code, hop: { name: "nginx" }, snippet: null });
    expect(report.fix).toContain(`proxy_hide_header ${name}`);
  });
});

describeNeeding({ command: "squid", debianPackage: "squid" }, "Squid that passes the upgrade on", () => {
  it("and takes the Accept away is not told to compute one alone", async () => {
    const report = await behind((port) =>
      startSquid(
        `http_port 127.0.0.1:${port} accel vhost
http_access allow all
cache_peer 127.0.0.1 parent ${backend} 0 no-query originserver name=app
http_upgrade_request_protocols websocket allow all
reply_header_access Sec-WebSocket-Accept deny all`,
        port,
      ),
    );
    expect(report).toMatchObject({ ok: false, code: "ACCEPT_MISSING", snippet: null });
    expect(report.fix).toMatch(/let every proxy pass it on/);
  });
});

describeNeeding({ command: "haproxy", debianPackage: "haproxy" }, "HAProxy that drops the key", () => {
  it("is seen to send a key of its own", async () => {
    const report = await behind((port) =>
      startHaproxy(
        `${HTTP_DEFAULTS}frontend web
  bind 127.0.0.1:${port}
  http-request del-header sec-websocket-key
  default_backend app
backend app
  server app 127.0.0.1:${backend}
`,
        port,
      ),
    );
    expect(report).toMatchObject({ ok: false, code: "ACCEPT_MISMATCH" });
    expect(report.detail).toContain("the same key gets another Sec-WebSocket-Accept each time");
    expect(report.fix).toBe("Pass Sec-WebSocket-Key on as it came.");
  });
});

describeNeeding(
  { command: "varnishd", debianPackage: "varnish" },
  "Varnish that passes upgrades without a pipe",
  () => {
    const vcl = (port: number) => `vcl 4.1;
backend app { .host = "127.0.0.1"; .port = "${port}"; }
sub vcl_recv { return (pass); }
sub vcl_backend_fetch {
  if (bereq.http.Sec-WebSocket-Key) {
    set bereq.http.Upgrade = "websocket";
    set bereq.http.Connection = "Upgrade";
  }
}
`;

    it("is told to pipe, not that the server is down, nor of a limit", async () => {
      const report = await behind((port) => startVarnish(vcl(backend), port));
      expect(report).toMatchObject({ ok: false, code: "STATUS_NOT_101", hop: { name: "Varnish" } });
      expect(report.detail).toContain("a plain GET gets 200 OK: only upgrades fail");
      expect(report.detail).not.toMatch(/limits the rate|is down/);
      expect(report.snippet).toContain("return (pipe);");
    });

    it("and whose server is down gets no lines", async () => {
      const port = await freePort();
      const report = await behind((own) => startVarnish(vcl(port), own));
      expect(report).toMatchObject({ ok: false, code: "STATUS_NOT_101", snippet: null });
      expect(report.detail).not.toContain("limits the rate");
    });
  },
);

describeNeeding({ command: "lighttpd", debianPackage: "lighttpd" }, "lighttpd", () => {
  it("loses the frames behind a 101 with Transfer-Encoding, of which its server is warned", async () => {
    const chunked = editing((head) => head.replace("Connection:", "Transfer-Encoding: chunked\r\nConnection:"));
    const { host, stop } = await patient(chunked);
    onTestFinished(stop);
    expect(await consult(`ws://${host}`)).toMatchObject({ ok: true, code: "TRANSFER_ENCODING_WARN" });
    const proxy = await startReal("lighttpd", "upgrade", Number(host.split(":")[1]));
    onTestFinished(proxy.stop);
    expect(await consult(proxy.url)).toMatchObject({ code: "PING_TIMEOUT", hop: { name: "lighttpd" } });
  });

  it("that sets Upgrade in each answer to nothing gets no lines for upgrades", async () => {
    const report = await behind((port) =>
      startLighttpd(
        `server.modules += ( "mod_setenv" )
proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => ${backend} )) )
proxy.header = ( "upgrade" => "enable" )
setenv.set-response-header = ( "Upgrade" => "" )`,
        port,
      ),
    );
    expect(report).toMatchObject({ ok: false, code: "RESPONSE_UPGRADE_BAD", hop: { name: "lighttpd" }, snippet: null });
  });
});
