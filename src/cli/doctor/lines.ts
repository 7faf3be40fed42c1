/** What a failure asks of the hop before the server: to pass the upgrade on, to be patient, to keep Host, to find its server up. */
export type Need = "upgrade" | "patience" | "host" | "backend";

/** Lines to paste, by the proxy's name. One that has none for a need does that by itself, or can't be told to. */
export const LINES: Readonly<Record<string, Readonly<Partial<Record<Need, string>>>>> = {
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
    host: `# inside the location, beside proxy_pass; $host would drop the port:
proxy_set_header Host $http_host;`,
  },
  Apache: {
    upgrade: `# Apache 2.4.47 or later, with mod_proxy and mod_proxy_http; before any other ProxyPass to the same server:
ProxyPass "/" "http://127.0.0.1:3000/" upgrade=websocket
ProxyPreserveHost On`,
    patience: `# in the same virtual host; the larger of the two counts:
Timeout 3600
ProxyTimeout 3600`,
    host: `# in the same virtual host:
ProxyPreserveHost On`,
  },
  HAProxy: {
    upgrade: `# HAProxy passes upgrades on by itself: in the backend, check that no rule drops them.
backend sockets
  timeout tunnel 1h
  server app 127.0.0.1:3000`,
    patience: `# in defaults, or in the backend:
timeout tunnel 1h`,
    host: `# HAProxy keeps Host: take out any "http-request set-header Host", or let it say what the client sent:
http-request set-header Host %[req.hdr(host)]`,
    backend: `# in the backend, where "option httpchk" is: a server for sockets alone answers a plain GET with 426, which counts as down.
option httpchk
http-check send meth GET uri / ver HTTP/1.1 hdr Host localhost
http-check expect status 426`,
  },
  Caddy: {
    upgrade: `# Caddy passes upgrades on by itself, for hosts and paths that the Caddyfile has:
example.com {
	reverse_proxy 127.0.0.1:3000
}`,
    patience: `# inside reverse_proxy { }: Caddy cuts nothing by itself, but for what these are set to
transport http {
	read_timeout 1h
	write_timeout 1h
}`,
    host: `# inside reverse_proxy { }, in the place of any other header_up Host:
header_up Host {http.request.hostport}`,
  },
  Varnish: {
    upgrade: `# in the VCL, after vcl 4.1 and the backend:
sub vcl_recv {
  if (req.http.Upgrade ~ "(?i)websocket") {
    return (pipe);
  }
}

sub vcl_pipe {
  if (req.http.Upgrade) {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
  }
}`,
    patience: `# varnishd's parameter, in seconds; 60 by default (for good: -p pipe_timeout=3600 where varnishd is started)
param.set pipe_timeout 3600`,
    host: `# Varnish keeps Host: take out any "set bereq.http.Host", or in the VCL:
sub vcl_pipe {
  set bereq.http.Host = req.http.Host;
}`,
  },
  Squid: {
    upgrade: `# in squid.conf (5 and later); the case of the name counts
http_upgrade_request_protocols websocket allow all`,
    patience: `# in squid.conf; 15 minutes by default
read_timeout 1 hour`,
    host: `# in squid.conf, in the place of its http_port: without no-vhost and defaultsite, and without forcedomain= of the cache_peer
http_port 8080 accel vhost`,
  },
  lighttpd: {
    upgrade: `# in lighttpd.conf, with mod_proxy among server.modules (1.4.46 and later):
proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => 3000 )) )
proxy.header = ( "upgrade" => "enable" )`,
    patience: `# in lighttpd.conf, in seconds; both directions have to move within it
server.max-read-idle  = 3600
server.max-write-idle = 3600`,
  },
  h2o: {
    upgrade: `# in h2o.conf, at the path:
proxy.websocket: ON
proxy.preserve-host: ON`,
    patience: `# in h2o.conf, in milliseconds; 300000 by default
proxy.websocket.timeout: 3600000`,
    host: `# in h2o.conf, at the path:
proxy.preserve-host: ON`,
  },
  "Traffic Server": {
    upgrade: `# in remap.config, before the map of http:// (wss:// for TLS in front):
map ws://app.example.com/ ws://127.0.0.1:3000/

# in records.config:
CONFIG proxy.config.url_remap.pristine_host_hdr INT 1`,
    patience: `# in records.config, in seconds; 600 by default
CONFIG proxy.config.websocket.no_activity_timeout INT 3600`,
    host: `# in records.config:
CONFIG proxy.config.url_remap.pristine_host_hdr INT 1`,
  },
  Envoy: {
    upgrade: `# in the HttpConnectionManager:
upgrade_configs:
  - upgrade_type: websocket`,
    patience: `# in the HttpConnectionManager, and in the route's action (timeout):
stream_idle_timeout: 3600s`,
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
    host: `# in the service's loadBalancer; true by default:
passHostHeader: true`,
  },
  "IIS with ARR": {
    upgrade: `# PowerShell, as administrator: the feature without which IIS drops upgrades
Install-WindowsFeature Web-WebSockets`,
    host: `rem as administrator
%windir%\\system32\\inetsrv\\appcmd.exe set config -section:system.webServer/proxy -preserveHostHeader:true /commit:apphost`,
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
    host: `// vite.config.ts
export default {
  server: {
    proxy: { "/path": { target: "http://127.0.0.1:3000", ws: true, changeOrigin: false } },
  },
};`,
  },
  "webpack-dev-server": {
    upgrade: `// webpack.config.js
export default {
  devServer: {
    proxy: [{ context: ["/path"], target: "http://127.0.0.1:3000", ws: true }],
  },
};`,
    host: `// webpack.config.js
export default {
  devServer: {
    proxy: [{ context: ["/path"], target: "http://127.0.0.1:3000", ws: true, changeOrigin: false }],
  },
};`,
  },
  Next: {
    upgrade: `// next.config.js
export default {
  rewrites: async () => [{ source: "/path", destination: "http://127.0.0.1:3000/path" }],
};`,
    host: `// Next replaces Host, and tells it in X-Forwarded-Host: on the server behind it, which then believes Next
// import { trustProxies } from "onesocket/proxies";
await serve(app, { port: 3000, proxies: trustProxies(["127.0.0.1"]) });`,
  },
  "http-proxy-middleware": {
    upgrade: `// Upgrades are heard from the start, not from the first request on:
server.on("upgrade", proxy.upgrade);`,
  },
};
