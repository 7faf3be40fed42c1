import { afterAll, beforeAll, expect, it } from "vitest";
import { LINES, type Need } from "../../../src/cli/doctor/lines.ts";
import { startApache } from "../../helpers/apache.ts";
import { startCaddy } from "../../helpers/caddy.ts";
import { Client } from "../../helpers/client.ts";
import { freePort } from "../../helpers/foreground.ts";
import { startHaproxy } from "../../helpers/haproxy.ts";
import { startLighttpd } from "../../helpers/lighttpd.ts";
import { describeNeeding, type Program } from "../../helpers/needs.ts";
import { startNginx } from "../../helpers/nginx.ts";
import { startSquid } from "../../helpers/squid.ts";
import { startVarnish } from "../../helpers/varnish.ts";
import { answer, consult, type Patient, patient, wellBehaved } from "./lab.ts";

/** A proxy of another project, and how the doctor's lines are pasted into a configuration of it that lacks nothing else. */
interface Real extends Program {
  /** `lines` have the backend's port in them already. Resolves with the proxy's URL, or without one with its port. */
  start(lines: string, need: Need, port: number, backend: number): Promise<unknown>;
}

const HAPROXY = (port: number) => `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend web
  bind 127.0.0.1:${port}
  default_backend sockets
`;

const REAL: Readonly<Record<string, Real>> = {
  nginx: {
    command: "nginx",
    debianPackage: "nginx-light",
    start(lines, need, _, backend) {
      const [http = "", location = lines] = lines.split(/^# inside the location.*$/m);
      const pass = `proxy_pass http://127.0.0.1:${backend};`;
      return startNginx(
        need === "upgrade" ? { http, location: pass + location } : { location: `${pass}\n${WITH_UPGRADE}${lines}` },
      );
    },
  },
  Apache: {
    command: "apache2",
    debianPackage: "apache2-bin",
    start: (lines, need, port, backend) =>
      startApache(
        need === "upgrade" ? lines : `ProxyPass "/" "http://127.0.0.1:${backend}/" upgrade=websocket\n${lines}`,
        port,
      ),
  },
  HAProxy: {
    command: "haproxy",
    debianPackage: "haproxy",
    start: (lines, need, port, backend) =>
      startHaproxy(
        HAPROXY(port) +
          (need === "upgrade"
            ? `${lines}\n`
            : `backend sockets\n${lines}\n  server app 127.0.0.1:${backend} check inter 100ms\n`),
        port,
      ),
  },
  Caddy: {
    command: "caddy",
    debianPackage: "caddy",
    start: (lines, need, port, backend) =>
      startCaddy(
        need === "upgrade"
          ? lines.replace("example.com", `http://:${port}`)
          : `http://:${port} {\n\treverse_proxy 127.0.0.1:${backend} {\n${lines}\n}\n}\n`,
        port,
      ),
  },
  Varnish: {
    command: "varnishd",
    debianPackage: "varnish",
    start(lines, need, port, backend) {
      const head = `vcl 4.1;\nbackend app { .host = "127.0.0.1"; .port = "${backend}"; }\n`;
      const upgrade = LINES.Varnish!.upgrade!;
      if (need === "patience") return startVarnish(head + upgrade, port, lines.split("\n"));
      return startVarnish(`${head}${need === "host" ? upgrade : ""}\n${lines}\n`, port);
    },
  },
  Squid: {
    command: "squid",
    debianPackage: "squid",
    start(lines, need, port, backend) {
      const peer = `http_access allow all\ncache_peer 127.0.0.1 parent ${backend} 0 no-query originserver name=app\n`;
      const door = need === "host" ? "" : `http_port 127.0.0.1:${port} accel vhost\n`;
      const upgrade = need === "upgrade" ? "" : LINES.Squid!.upgrade!;
      return startSquid(`${door}${peer}${lines.replace("8080", `127.0.0.1:${port}`)}\n${upgrade}`, port);
    },
  },
  lighttpd: {
    command: "lighttpd",
    debianPackage: "lighttpd",
    start: (lines, need, port, backend) =>
      startLighttpd(
        need === "upgrade" ? lines : `${LINES.lighttpd!.upgrade!.replaceAll("3000", `${backend}`)}\n${lines}`,
        port,
      ),
  },
};

const WITH_UPGRADE = `proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection upgrade;
`;

/** What each proxy is without the lines: those that are not here pass upgrades on by themselves. */
const BARE: Readonly<Record<string, (port: number, backend: number) => Promise<unknown>>> = {
  nginx: (_, backend) => startNginx({ location: `proxy_pass http://127.0.0.1:${backend};` }),
  Apache: (port, backend) => startApache(`ProxyPass "/" "http://127.0.0.1:${backend}/"`, port),
  Varnish: (port, backend) =>
    startVarnish(`vcl 4.1;\nbackend app { .host = "127.0.0.1"; .port = "${backend}"; }\n`, port),
  Squid: (port, backend) =>
    startSquid(
      `http_port 127.0.0.1:${port} accel vhost\nhttp_access allow all
cache_peer 127.0.0.1 parent ${backend} 0 no-query originserver name=app`,
      port,
    ),
  lighttpd: (port, backend) =>
    startLighttpd(`proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => ${backend} )) )`, port),
};

let backend: Patient;
let hosts: string[];

beforeAll(async () => {
  hosts = [];
  // A server for sockets alone, as ours is: whatever is no handshake gets 426.
  backend = await patient((socket, ask, behind) => {
    if (!ask.header("upgrade"))
      return void socket.end(answer("426 Upgrade Required", "", "onesocket-failure: UPGRADE_STRIPPED\r\n"));
    hosts.push(ask.header("host"));
    wellBehaved()(socket, ask, behind);
  });
});

afterAll(() => backend.stop());

function portOf({ host }: Patient): number {
  return Number(host.split(":")[1]);
}

interface Started {
  /** Of nginx alone, which finds a port for itself. */
  readonly url?: string;
  stop(): Promise<void>;
}

function urlOf({ url }: Started, port: number): string {
  return url ?? `http://127.0.0.1:${port}`;
}

for (const [name, real] of Object.entries(REAL)) {
  describeNeeding(real, `the lines for ${name}`, () => {
    const needs = Object.keys(LINES[name]!) as Need[];

    it.each(needs)("are loaded by it, open a socket and keep Host (%s)", async (need) => {
      const [port, server] = [await freePort(), portOf(backend)];
      const lines = LINES[name]![need]!.replaceAll("3000", `${server}`);
      const started = (await real.start(lines, need, port, server)) as Started;
      const url = urlOf(started, port);
      const client = await Client.connect(url);
      client.send("hello");
      expect(await client.next()).toBe("hello");
      await client.close();
      await started.stop();
      if (need === "host" || need === "upgrade") expect(`http://${hosts.at(-1)}`).toBe(url);
    });

    const bare = BARE[name];
    if (!bare) return;

    it("are given where they are missing", async () => {
      const port = await freePort();
      const started = (await bare(port, portOf(backend))) as Started;
      const report = await consult(urlOf(started, port));
      await started.stop();
      expect(report).toMatchObject({ ok: false, code: "UPGRADE_STRIPPED", hop: { name } });
      expect(report.snippet).toBe(LINES[name]!.upgrade);
    });
  });
}
