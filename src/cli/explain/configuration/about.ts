/** What of a program's configuration is read, for those who write it. */
export interface About {
  /** As findings name it. */
  readonly name: string;
  readonly reads: string;
  /** From where it is known what comes of it: the real program of this version, which the tests ask, or its documentation. */
  readonly knownFrom: string;
}

const DOCUMENTATION = "documentation";

/** Each program whose configuration is read, in the order in which they are tried. */
export const ABOUT: readonly About[] = [
  {
    name: "nginx",
    reads:
      "`include`, `map`, `if`, `rewrite`, `return`, `try_files`, nested locations and patterns, the server's choice, access rules",
    knownFrom: "nginx 1.22",
  },
  {
    name: "Apache",
    reads:
      "virtual hosts, `Include`, `Define`, `Macro`, `ProxyPass` and `ProxyPassMatch` with `upgrade=`, workers that share settings, balancers, `<Location>`, `RewriteRule` with its conditions, of a `.htaccess` too, `RequestHeader`, `Require`, `ProxyErrorOverride`",
    knownFrom: "Apache 2.4.71",
  },
  {
    name: "HAProxy",
    reads:
      "`defaults`, `acl` and conditions, `use_backend`, `http-request`, `redirect`, time-outs, `option httpchk`, HTTP/2 to the server",
    knownFrom: "HAProxy 2.6",
  },
  {
    name: "Caddy 1",
    reads: "`proxy` with `websocket`, `transparent`, `header_upstream`, `without` and `except`",
    knownFrom: DOCUMENTATION,
  },
  {
    name: "Caddy",
    reads:
      "sites, snippets, `import`, matchers, Caddy's own order of directives and the option `order`, `handle`, `handle_path`, `route`, `rewrite`, `uri`, `redir`, `respond`, `reverse_proxy` with `header_up`, `transport` and health checks",
    knownFrom: "Caddy 2.6",
  },
  {
    name: "lighttpd",
    reads:
      "conditions, `include`, variables, `proxy.server`, `proxy.header`, `wstunnel.server`, redirections, rewrites, access",
    knownFrom: "lighttpd 1.4.69",
  },
  {
    name: "Varnish",
    reads: "VCL without inline C: `vcl_recv`, `vcl_pipe` and what they call, conditions, `regsub`, `synth`, `include`",
    knownFrom: "Varnish 7.1",
  },
  {
    name: "Traefik",
    reads:
      "the dynamic configuration, YAML or TOML: rules and priorities, middlewares, services, `passHostHeader`, `h2c`, health checks",
    knownFrom: DOCUMENTATION,
  },
  {
    name: "Compose",
    reads: "labels of Traefik and of caddy-docker-proxy, variables of nginx-proxy",
    knownFrom: DOCUMENTATION,
  },
  {
    name: "Kubernetes",
    reads:
      "an Ingress: hosts, paths, and the annotations of ingress-nginx, NGINX Ingress Controller (`nginx.org`), Traefik, HAProxy's two and AWS's",
    knownFrom: DOCUMENTATION,
  },
  {
    name: "Envoy",
    reads:
      "YAML or JSON: `upgrade_configs` of listener and route, virtual hosts, matches, time-outs, rewritten hosts, clusters of HTTP/2",
    knownFrom: DOCUMENTATION,
  },
  {
    name: "Vite",
    reads: "`server.proxy` of a vite.config, written as a literal: `ws`, `changeOrigin`, `rewriteWsOrigin`, patterns",
    knownFrom: "Vite 8",
  },
];
