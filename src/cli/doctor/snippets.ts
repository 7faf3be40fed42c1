import type { Code } from "./finding.ts";
import type { Hop } from "./report.ts";

/** What a failure asks of the hop before the server: to pass the upgrade on, or to be patient. */
type Need = "upgrade" | "patience";

const NEEDS: Readonly<Partial<Record<Code, Need>>> = {
  UPGRADE_STRIPPED: "upgrade",
  CONNECTION_NO_UPGRADE: "upgrade",
  HTTP_1_0: "upgrade",
  NOT_A_HANDSHAKE: "upgrade",
  ORIGIN_REJECTED: "upgrade",
  STATUS_NOT_101: "upgrade",
  NO_ROUTE: "upgrade",
  HTML_FALLBACK: "upgrade",
  CLOSED_BEFORE_RESPONSE: "upgrade",
  RESPONSE_TIMEOUT: "upgrade",
  RESPONSE_UPGRADE_BAD: "upgrade",
  RESPONSE_CONNECTION_BAD: "upgrade",
  SWITCH_THEN_FIN: "upgrade",
  HTTP_AFTER_101: "upgrade",
  IDLE_CUT: "patience",
};

const SNIPPETS: Readonly<Record<string, Readonly<Record<Need, string>>>> = {
  nginx: {
    upgrade: `# inside http { }, beside the servers:
map $http_upgrade $connection_upgrade {
  default upgrade;
  ""      "";
}

# inside the location, beside proxy_pass:
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
proxy_read_timeout 1h;`,
    patience: `# inside the location, beside proxy_pass:
proxy_read_timeout 1h;
proxy_send_timeout 1h;`,
  },
  Apache: {
    upgrade: `# Apache 2.4.47 or later, with mod_proxy and mod_proxy_http; before any other ProxyPass to the same server:
ProxyPass "/" "http://127.0.0.1:3000/" upgrade=websocket
ProxyPreserveHost On`,
    patience: `# in the same virtual host:
ProxyTimeout 3600`,
  },
  HAProxy: {
    upgrade: `# HAProxy passes upgrades on by itself: in the backend, check that no rule drops them.
backend sockets
  timeout tunnel 1h
  server app 127.0.0.1:3000`,
    patience: `# in defaults, or in the backend:
timeout tunnel 1h`,
  },
  Caddy: {
    upgrade: `# Caddy passes upgrades on by itself, for hosts and paths that the Caddyfile has:
example.com {
  reverse_proxy 127.0.0.1:3000
}`,
    patience: `# inside reverse_proxy { }:
stream_timeout 0`,
  },
  Traefik: {
    upgrade: `# Traefik passes upgrades on by itself, for what a router matches:
http:
  routers:
    sockets:
      rule: Host(\`example.com\`)
      service: sockets
  services:
    sockets:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:3000`,
    patience: `# static configuration; 0 is for ever:
entryPoints:
  web:
    transport:
      respondingTimeouts:
        idleTimeout: 0`,
  },
  ALB: {
    upgrade: `# An Application Load Balancer passes upgrades on over an HTTP or HTTPS listener. The target group has to speak HTTP/1.1:
aws elbv2 create-target-group --name sockets --protocol HTTP --protocol-version HTTP1 --port 3000 --vpc-id …`,
    patience: `# 1 to 4000 seconds; 60 by default:
aws elbv2 modify-load-balancer-attributes --load-balancer-arn … --attributes Key=idle_timeout.timeout_seconds,Value=3600`,
  },
  Cloudflare: {
    upgrade: `# Dashboard: Network > WebSockets: On. Then check that no rule or Access policy takes this path.`,
    patience: `// About 100 seconds of silence, not to be changed: send something more often from the client.
setInterval(() => socket.send("ping"), 25_000);`,
  },
  Vite: {
    upgrade: `// vite.config.ts
export default {
  server: {
    proxy: { "/path": { target: "http://127.0.0.1:3000", ws: true } },
  },
};`,
    patience: `// Vite's proxy does not cut: look at the server behind it.`,
  },
};

/** Configuration for a hop that mends a failure of this kind on this path; undefined when there is none to give. */
export function snippetFor(hop: Hop | undefined, code: Code, path: string): string | undefined {
  const need = NEEDS[code];
  const snippet = hop && need && SNIPPETS[hop.name.split(",")[0]!]?.[need];
  return snippet?.replace("/path", () => JSON.stringify(path.replace(/\?.*/s, "")).slice(1, -1));
}

/** The same for nginx, the usual hop, where none was seen. */
export function nginxSnippet(code: Code): string {
  const need = NEEDS[code];
  return (need && SNIPPETS.nginx?.[need]) ?? "";
}
