import { LINES, type Need } from "../../src/cli/doctor/lines.ts";
import { startApache } from "../helpers/apache.ts";
import { startCaddy } from "../helpers/caddy.ts";
import { freePort } from "../helpers/foreground.ts";
import { startH2o } from "../helpers/h2o.ts";
import { HTTP_DEFAULTS, startHaproxy } from "../helpers/haproxy.ts";
import { startLighttpd } from "../helpers/lighttpd.ts";
import type { Program } from "../helpers/needs.ts";
import { startNginx } from "../helpers/nginx.ts";
import { startSquid } from "../helpers/squid.ts";
import { startTrafficServer } from "../helpers/traffic-server.ts";
import { startVarnish } from "../helpers/varnish.ts";

/** A proxy of another project, and how the doctor's lines are pasted into a configuration of it that lacks nothing else. */
export interface Real extends Program {
  /** `lines` have the backend's port in them already. Resolves with the proxy's URL, or without one with its port. */
  start(lines: string, need: Need, port: number, backend: number): Promise<Started>;
}

const HAPROXY = (port: number) => `${HTTP_DEFAULTS}frontend web
  bind 127.0.0.1:${port}
  default_backend sockets
`;

/** Those that Debian has, by the names that the doctor knows them by. */
export const REAL: Readonly<Record<string, Real>> = {
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
  h2o: {
    command: "h2o",
    debianPackage: "h2o",
    start: (lines, need, port, backend) =>
      startH2o(need === "upgrade" ? lines : `proxy.websocket: ON\n${lines}`, port, backend),
  },
  "Traffic Server": {
    command: "traffic_server",
    debianPackage: "trafficserver",
    start(lines, need, port, backend) {
      const map = (scheme: string) => `map ${scheme}://127.0.0.1:${port}/ ${scheme}://127.0.0.1:${backend}/\n`;
      if (need !== "upgrade") return startTrafficServer(map("ws") + map("http"), lines, port);
      const [remap = "", records = ""] = lines.split("# in records.config:");
      return startTrafficServer(
        `${remap.replace("app.example.com", `127.0.0.1:${port}`)}\n${map("http")}`,
        records,
        port,
      );
    },
  },
};

const WITH_UPGRADE = `proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection upgrade;
`;

/** What each proxy is without the lines: those that are not here pass upgrades on by themselves. */
export const BARE: Readonly<Record<string, (port: number, backend: number) => Promise<Started>>> = {
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
  h2o: (port, backend) => startH2o("", port, backend),
};

/** A proxy that runs. */
interface Started {
  /** Of nginx alone, which finds a port for itself. */
  readonly url?: string;
  stop(): Promise<void>;
}

/** A proxy of this test, which has to be stopped. */
export interface RealProxy {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a proxy, with lines of the doctor's in a configuration that lacks nothing else, in front of a port. */
export async function startReal(name: string, need: Need, backend: number): Promise<RealProxy> {
  const port = await freePort();
  const lines = LINES[name]![need]!.replaceAll("3000", `${backend}`);
  return running(await REAL[name]!.start(lines, need, port, backend), port);
}

/** The same without any lines. */
export async function startBare(name: string, backend: number): Promise<RealProxy> {
  const port = await freePort();
  return running(await BARE[name]!(port, backend), port);
}

function running({ url, stop }: Started, port: number): RealProxy {
  return { url: url ?? `http://127.0.0.1:${port}`, stop };
}
