import { configurations } from "../../proxies/blocks.ts";

/** A configuration, and what is right to say of it. */
export interface Sample {
  readonly by: string;
  readonly text: string;
  /** How a comment begins. */
  readonly comment: string;
  readonly codes: readonly string[];
  /** What carries the upgrade on: without it these are the codes. */
  readonly needs?: { readonly words: string; readonly codes: readonly string[] };
}

const block = (language: string, mark = "") => configurations(language).find((one) => one.mark === mark)!.text;

/** One of each kind, all right but where their patience is a default. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  nginx: {
    by: "nginx",
    text: block("nginx"),
    comment: "#",
    codes: [],
    needs: { words: "    proxy_set_header Upgrade $http_upgrade;\n", codes: ["UPGRADE_STRIPPED"] },
  },
  apache: {
    by: "Apache",
    text: block("apache"),
    comment: "#",
    codes: [],
    needs: { words: " upgrade=websocket", codes: ["UPGRADE_STRIPPED"] },
  },
  haproxy: {
    by: "HAProxy",
    text: block("haproxy"),
    comment: "#",
    codes: [],
    needs: { words: "  timeout tunnel 1h\n", codes: ["IDLE_CUT"] },
  },
  caddy: { by: "Caddy", text: block("caddyfile"), comment: "#", codes: [] },
  lighttpd: {
    by: "lighttpd",
    text: `server.modules = ( "mod_proxy" )
$HTTP["url"] =~ "^/chat" {
  proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => 3000 )) )
  proxy.header = ( "upgrade" => "enable" )
}
server.max-read-idle = 3600
server.max-write-idle = 3600
`,
    comment: "#",
    codes: [],
    needs: { words: '  proxy.header = ( "upgrade" => "enable" )\n', codes: ["UPGRADE_STRIPPED"] },
  },
  varnish: {
    by: "Varnish",
    text: `vcl 4.1;
backend app { .host = "127.0.0.1"; .port = "3000"; }
sub vcl_recv {
  if (req.http.Upgrade ~ "(?i)websocket") {
    return (pipe);
  }
}
sub vcl_pipe {
  set bereq.http.Upgrade = req.http.Upgrade;
  set bereq.http.Connection = req.http.Connection;
}
`,
    comment: "#",
    codes: [],
    needs: { words: "  set bereq.http.Upgrade = req.http.Upgrade;\n", codes: ["UPGRADE_STRIPPED"] },
  },
  traefik: {
    by: "Traefik",
    text: `http:
  routers:
    chat:
      rule: Host(\`app.example.com\`) && PathPrefix(\`/chat\`)
      service: chat
  services:
    chat:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:3000
`,
    comment: "#",
    codes: [],
  },
  compose: {
    by: "Compose",
    text: `services:
  app:
    image: app
    labels:
      - traefik.http.routers.app.rule=Host(\`a.example\`)
      - traefik.http.services.app.loadbalancer.server.port=3000
`,
    comment: "#",
    codes: [],
  },
  ingress: {
    by: "Kubernetes",
    text: `kind: Ingress
metadata:
  name: app
  annotations:
    nginx.org/websocket-services: chat
    nginx.org/proxy-read-timeout: 1h
spec:
  rules:
    - http:
        paths:
          - path: /chat
            pathType: Prefix
            backend: { service: { name: chat, port: { number: 3000 } } }
`,
    comment: "#",
    codes: [],
    needs: { words: "    nginx.org/websocket-services: chat\n", codes: ["UPGRADE_STRIPPED"] },
  },
  envoy: {
    by: "Envoy",
    text: `stat_prefix: web
upgrade_configs:
- upgrade_type: websocket
stream_idle_timeout: 3600s
route_config:
  virtual_hosts:
  - name: app
    domains: ["*"]
    routes:
    - match: { prefix: "/" }
      route: { cluster: app }
`,
    comment: "#",
    codes: [],
    needs: { words: "upgrade_configs:\n- upgrade_type: websocket\n", codes: ["UPGRADE_STRIPPED"] },
  },
  vite: {
    by: "Vite",
    text: `export default {
  server: {
    proxy: {
      "/chat": {
        target: "http://127.0.0.1:3000",
        ws: true,
      },
    },
  },
};
`,
    comment: "//",
    codes: [],
    needs: { words: "        ws: true,\n", codes: ["RESPONSE_TIMEOUT"] },
  },
};
