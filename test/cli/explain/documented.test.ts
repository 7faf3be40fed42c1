import { describe, expect, it } from "vitest";
import type { Question } from "../../../src/cli/explain/kind.ts";
import { reported } from "./reported.ts";

/** What their makers' documentation says of these is all that is known here: no such program was run. */
function explained(content: string, question: Partial<Question> = {}) {
  return reported([{ name: "proxy.yaml", content }], question).explanations;
}

const codes = (content: string, question: Partial<Question> = {}) =>
  explained(content, question).flatMap(({ causes }) => causes.map(({ code }) => code));

/** A text with the lines of the gravest cause where they are told to go. */
function pasted(content: string, question: Partial<Question> = {}): string {
  const { snippet } = explained(content, question)[0]!.causes[0]!;
  const [, how, number, lines = ""] =
    /^(?:#|\/\/) (in the place of|behind|before) line (\d+) of proxy\.yaml:\n(.*)$/s.exec(snippet!) ?? [];
  const rows = content.split("\n");
  const at = Number(number) - 1;
  rows.splice(how === "behind" ? at + 1 : at, how === "in the place of" ? 1 : 0, lines);
  return rows.join("\n");
}

describe("Traefik", () => {
  const dynamic = (more = "", url = "http://127.0.0.1:3000") => `http:
  routers:
    chat:
      rule: Host(\`app.example.com\`) && PathPrefix(\`/chat\`)
      service: chat
    web:
      rule: Host(\`app.example.com\`)
      middlewares: [auth]
      service: web
  middlewares:
    auth:
      basicAuth:
        users: ["a:b"]
  services:
    chat:
      loadBalancer:
${more}        servers:
          - url: ${url}
    web:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:8080
`;

  it("passes upgrades on by itself, and is asked by host and path", () => {
    const [found] = explained(dynamic(), { path: "/chat/a", host: "app.example.com", secure: true });
    expect(found).toMatchObject({
      by: ["Traefik"],
      causes: [],
      sure: true,
      note: expect.stringMatching(/documentation/),
    });
    expect(codes(dynamic(), { path: "/x", host: "app.example.com" })).toEqual(["AUTH_REQUIRED"]);
    expect(codes(dynamic(), { path: "/chat", host: "b.example" })).toEqual(["NO_ROUTE"]);
  });

  it("that rewrites Host, or speaks HTTP/2 with the server, is told so with its line", () => {
    const wrong = dynamic("        passHostHeader: false\n");
    expect(explained(wrong, { path: "/chat" })[0]!.causes[0]).toMatchObject({
      code: "ORIGIN_REJECTED",
      where: "proxy.yaml:17",
    });
    expect(codes(pasted(wrong, { path: "/chat" }), { path: "/chat" })).toEqual([]);
    expect(codes(dynamic("", "h2c://127.0.0.1:3000"), { path: "/chat" })).toEqual(["STATUS_NOT_101"]);
  });

  it("is read in TOML", () => {
    const toml = `[http.routers.chat]\n  rule = "Host(\`a.example\`)"\n  service = "chat"\n[[http.services.chat.loadBalancer.servers]]\n  url = "http://127.0.0.1:3000"\n[http.services.chat.loadBalancer]\n  passHostHeader = false\n`;
    const [found] = explained(toml);
    expect(found!.causes[0]).toMatchObject({ code: "ORIGIN_REJECTED", where: "proxy.yaml:7" });
    expect(found!.causes[0]!.snippet).toBe("# in the place of line 7 of proxy.yaml:\npassHostHeader = true");
  });

  it("says what it does not follow", () => {
    const [found] = explained(dynamic().replace("[auth]", "[limit@file]"), { path: "/x", host: "app.example.com" });
    expect(found!.sure).toBe(false);
    expect(found!.note).toMatch(/The middleware limit@file is not in it\./);
    const [other] = explained(dynamic().replace("PathPrefix(`/chat`)", "ClientIP(`10.0.0.0/8`)"), {
      path: "/chat",
      host: "app.example.com",
    });
    expect(other!.note).toMatch(/What the rule in proxy\.yaml:4 depends on is not known\./);
  });
});

describe("a Compose file", () => {
  const labels = (list: readonly string[]) =>
    `services:\n  app:\n    image: app\n    labels:\n${list.map((one) => `      - "${one}"\n`).join("")}`;

  it("is read for Traefik's labels", () => {
    const text = labels([
      "traefik.enable=true",
      "traefik.http.routers.app.rule=Host(`a.example`)",
      "traefik.http.services.app.loadbalancer.server.port=3000",
    ]);
    expect(explained(text)[0]).toMatchObject({ by: ["Compose"], causes: [] });
    const wrong = labels([
      "traefik.http.routers.app.rule=Host(`a.example`)",
      "traefik.http.routers.app.middlewares=h",
      "traefik.http.middlewares.h.headers.customrequestheaders.Upgrade=",
    ]);
    expect(explained(wrong)[0]!.causes[0]).toMatchObject({ code: "UPGRADE_STRIPPED", where: "proxy.yaml:7" });
    expect(
      codes(
        labels([
          "traefik.http.routers.app.rule=Host(`a.example`)",
          "traefik.http.services.app.loadbalancer.server.scheme=h2c",
        ]),
      ),
    ).toEqual(["STATUS_NOT_101"]);
  });

  it("is read for nginx-proxy and caddy-docker-proxy", () => {
    const text = `services:\n  app:\n    image: app\n    environment:\n      VIRTUAL_HOST: a.example\n      VIRTUAL_PORT: 3000\n`;
    expect(explained(text)[0]!.causes).toMatchObject([{ code: "IDLE_CUT", level: "advice", where: "proxy.yaml:5" }]);
    expect(codes(`${text}      VIRTUAL_PROTO: fastcgi\n`)).toEqual(["UPGRADE_STRIPPED"]);
    expect(explained(`${text}      VIRTUAL_PROTO: uwsgi\n`)[0]).toMatchObject({
      causes: [],
      what: expect.stringMatching(/goes on by uwsgi, and opens if/),
    });
    expect(codes(labels(["caddy=a.example", "caddy.reverse_proxy={{upstreams 3000}}"]))).toEqual([]);
  });

  it("with labels of Traefik 1 is told that later ones take no notice of them", () => {
    for (const label of ["traefik.frontend.rule=Host:a.example", "traefik.port=3000", "traefik.ws.protocol=ws"])
      expect(explained(labels(["traefik.enable=true", label]))[0]!.what).toMatch(/^Its labels are of Traefik 1/);
    expect(explained(labels(["traefik.enable=true", "traefik.docker.network=web"]))[0]!.what).toMatch(/^None of/);
  });

  it("without any of them says that it tells nothing, and shows no secret", () => {
    const text = "services:\n  app:\n    image: app\n    environment:\n      DB_PASSWORD: hunter2hunter2\n";
    const { explanations } = reported([{ content: text }]);
    expect(explanations[0]!.what).toMatch(/None of its services has labels/);
    expect(JSON.stringify(explanations)).not.toContain("hunter2hunter2");
  });
});

describe("Caddy 1", () => {
  const site = (inside: string) => `a.example {\n  proxy /ws 127.0.0.1:3000${inside}\n  log stdout\n}\n`;

  it("carries upgrades where it is told to by websocket, or by the two headers", () => {
    const bare = explained(site(""))[0]!;
    expect(bare).toMatchObject({ by: ["Caddy 1"], note: expect.stringMatching(/Caddy 2 does not start with it/) });
    expect(bare.causes[0]).toMatchObject({ code: "UPGRADE_STRIPPED", where: "proxy.yaml:2" });
    expect(codes(pasted(site("")))).toEqual(["ORIGIN_REJECTED"]);
    expect(codes(pasted(pasted(site(""))))).toEqual([]);
    for (const block of [
      " {\n    transparent\n    websocket\n  }",
      " {\n    header_upstream Host {host}\n    header_upstream Connection {>Connection}\n    header_upstream Upgrade {>Upgrade}\n  }",
    ])
      expect(codes(site(block))).toEqual([]);
    expect(codes(site(" {\n    transparent\n    websocket\n    header_upstream -Upgrade\n  }"))).toEqual([
      "UPGRADE_STRIPPED",
    ]);
  });

  it("has its address before its directives, also without a brace", () => {
    for (const between of ["", "gzip\n", "\ngzip\n"]) {
      const { explanations, unknown } = reported([
        { name: "proxy.yaml", content: `b.example\n${between}proxy / 127.0.0.1:3000 {\n  transparent\n}\n` },
      ]);
      expect(unknown).toEqual([]);
      expect(explanations[0]).toMatchObject({ by: ["Caddy 1"], causes: [{ code: "UPGRADE_STRIPPED" }] });
      expect(explanations[0]!.what).toMatch(/Host: b\.example:/);
    }
  });

  it("has the site that a host is asked for", () => {
    const text = `${site(" {\n    websocket\n    transparent\n  }")}b.example {\n  proxy /ws 127.0.0.1:4000\n}\n`;
    expect(codes(text, { path: "/ws", host: "a.example" })).toEqual([]);
    expect(codes(text, { path: "/ws", host: "b.example" })).toEqual(["UPGRADE_STRIPPED"]);
    expect(explained(text, { path: "/ws", host: "c.example" })[0]!.what).toMatch(/^Nothing in it passes/);
  });

  it("is asked about a path, and knows without and except", () => {
    const text = site(" {\n    websocket\n    transparent\n    without /ws\n    except /ws/static\n  }");
    expect(explained(text, { path: "/ws/room" })[0]!.what).toMatch(/as GET \/room HTTP\/1\.1/);
    expect(explained(text, { path: "/ws/static/x" })[0]!.what).toMatch(/^Nothing in it passes/);
  });
});

describe("a host that is left out, or that a variable gives", () => {
  it.each(["<fqdn>", "\u0024{DOMAIN}", "*******", "*.example.com", "{{ host }}"])(
    "is none that a client could send: %s",
    (host) => {
      const ingress = `kind: Ingress\nmetadata:\n  annotations:\n    kubernetes.io/ingress.class: nginx\n    nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"\nspec:\n  rules:\n    - host: ${JSON.stringify(host)}\n      http:\n        paths:\n          - path: /chat\n            backend: { service: { name: chat } }\n`;
      const traefik = `http:\n  routers:\n    chat:\n      rule: "Host(\`${host}\`)"\n      service: chat\n  services:\n    chat:\n      loadBalancer:\n        servers:\n          - url: http://127.0.0.1:3000\n`;
      for (const text of [ingress, traefik]) {
        for (const question of [{}, { path: "/chat" }]) {
          const [found] = explained(text, question);
          expect(found!.causes).toEqual([]);
          expect(found!.what).toMatch(/the upgrade passes/);
        }
      }
    },
  );
});

describe("an Ingress", () => {
  const ingress = (annotations: readonly string[], className = "nginx") => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: app
  annotations:
    example.org/owner: web
${annotations.map((one) => `    ${one}\n`).join("")}spec:
  ingressClassName: ${className}
  rules:
    - host: app.example.com
      http:
        paths:
          - path: /chat
            pathType: Prefix
            backend: { service: { name: chat, port: { number: 3000 } } }
`;

  it("with annotations that are no strings is refused, and told which", () => {
    const text = ingress(["nginx.ingress.kubernetes.io/proxy-read-timeout: 3600"]);
    expect(explained(text)[0]!.causes).toMatchObject([{ code: "CONFIG_INVALID", where: "proxy.yaml:7" }]);
    expect(codes(pasted(text))).toEqual([]);
    expect(codes(ingress(["nginx.ingress.kubernetes.io/ssl-redirect: true"]))).toEqual(["CONFIG_INVALID"]);
  });

  it("whose path ends with a star is told that nginx takes it as it stands, and AWS's controller does not", () => {
    const text = (prefix: string) => ingress([`${prefix}x: "1"`], "other").replace("path: /chat", "path: /chat/*");
    for (const path of [undefined, "/chat/room"]) {
      const [found] = explained(text("nginx.ingress.kubernetes.io/"), path === undefined ? {} : { path });
      expect(found!.causes).toMatchObject([{ code: "NO_ROUTE", where: "proxy.yaml:14" }]);
    }
    expect(explained(text("alb.ingress.kubernetes.io/"), { path: "/chat/room" })[0]!.what).toMatch(
      /the upgrade passes/,
    );
  });

  it("with annotations of another controller is told that they say nothing", () => {
    const annotations = [
      'nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"',
      'nginx.org/websocket-services: "chat"',
      'ingress.kubernetes.io/proxy-read-timeout: "3600"',
    ];
    const [found] = explained(ingress(annotations));
    expect(found!.note).toMatch(
      /^nginx\.org\/websocket-services \(proxy\.yaml:8\) says nothing to ingress-nginx.* ingress\.kubernetes\.io\/proxy-read-timeout \(proxy\.yaml:9\) says nothing/,
    );
    expect(explained(ingress(annotations.slice(0, 1)))[0]!.note).not.toMatch(/says nothing/);
  });

  it.each([
    "    nginx.ingress.kubernetes.io/proxy-read-timeout: '60'\n    kubernetes.io/ingress.class: nginx\n",
    "annotations:\n  # to be raised\n  nginx.ingress.kubernetes.io/proxy-read-timeout: '60'\n",
    "I have this:\n\n  nginx.ingress.kubernetes.io/proxy-read-timeout: '60'\n\nand that is all.\n",
  ])("of which only the annotations were given is judged by them, and says so: %j", (text) => {
    const [found, ...more] = explained(text);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ kind: "configuration", causes: [{ code: "IDLE_CUT", level: "advice" }] });
    expect(found!.note).toMatch(/^No rules were given/);
  });

  it("is not what only has an annotation like one", () => {
    for (const text of [
      "kubernetes.io/ingress.class: nginx\n",
      "see docs.example.io/page: it says so\n",
      "annotations:\n  - a\n",
    ])
      expect(explained(text).filter(({ kind }) => kind === "configuration")).toEqual([]);
  });

  it("of ingress-nginx passes upgrades on, and is told of its patience", () => {
    const text = ingress([]);
    expect(explained(text)[0]!.causes).toMatchObject([{ code: "IDLE_CUT", level: "advice" }]);
    expect(codes(pasted(text))).toEqual([]);
    expect(codes(ingress(['nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"']))).toEqual([]);
  });

  it("that changes what goes on is told which annotation does", () => {
    const where = (annotation: string) =>
      explained(ingress([annotation]))[0]!.causes.map(({ code, where }) => [code, where])[0];
    expect(where('nginx.ingress.kubernetes.io/proxy-http-version: "1.0"')).toEqual(["HTTP_1_0", "proxy.yaml:7"]);
    expect(where('nginx.ingress.kubernetes.io/connection-proxy-header: "keep-alive"')).toEqual([
      "CONNECTION_NO_UPGRADE",
      "proxy.yaml:7",
    ]);
    expect(where('nginx.ingress.kubernetes.io/backend-protocol: "GRPC"')).toEqual(["UPGRADE_STRIPPED", "proxy.yaml:7"]);
    expect(where("nginx.ingress.kubernetes.io/upstream-vhost: app.internal")).toEqual([
      "ORIGIN_REJECTED",
      "proxy.yaml:7",
    ]);
  });

  it("of nginx.org has to name the service", () => {
    const text = ingress(['nginx.org/proxy-read-timeout: "1h"']);
    expect(codes(text)).toEqual(["UPGRADE_STRIPPED"]);
    expect(codes(pasted(text))).toEqual([]);
  });

  it("is asked by host and by the parts of a path", () => {
    const text = ingress(['nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"']);
    expect(codes(text, { path: "/chat/a", host: "app.example.com" })).toEqual([]);
    expect(codes(text, { path: "/chatter", host: "app.example.com" })).toEqual(["NO_ROUTE"]);
    expect(codes(text, { path: "/chat", host: "b.example" })).toEqual(["NO_ROUTE"]);
  });

  it("of AWS tells its patience in words", () => {
    const text = ingress(
      ["alb.ingress.kubernetes.io/load-balancer-attributes: idle_timeout.timeout_seconds=4000"],
      "alb",
    );
    expect(explained(text)[0]!.what).toMatch(/ a silence of 66\.7 min is endured\.$/);
  });

  it("of a controller that is not known is not judged", () => {
    const [found] = explained(ingress([], "contour"));
    expect(found).toMatchObject({
      sure: false,
      causes: [],
      what: expect.stringMatching(/by a controller that is not known/),
    });
    expect(found!.what).not.toMatch(/passes/);
  });
});

describe("Traefik 1", () => {
  const old = (
    frontend = "",
    rule = "PathPrefix:/api,/ws",
    server = 'url = "http://backend:8080"',
  ) => `logLevel = "INFO"
defaultEntryPoints = ["http", "https"]
[entryPoints]
  [entryPoints.http]
  address = ":80"
[backends]
  [backends.web.servers.server1]
  url = "http://web:80"
  [backends.app.servers.server1]
  ${server}
[frontends]
  [frontends.app]
  backend = "app"
${frontend}    [frontends.app.routes.one]
    rule = "${rule}"
  [frontends.web]
  backend = "web"
    [frontends.web.routes.one]
    rule = "Host:www.example.com;PathPrefix:/"
`;

  it("in TOML is read from its first line on, by its frontends and their rules", () => {
    const [found, ...more] = explained(old(), { path: "/ws/a" });
    expect(more).toEqual([]);
    expect(found).toMatchObject({ by: ["Traefik"], causes: [], lines: [1, expect.any(Number)] });
    expect(found!.what).toMatch(/^A handshake for \/ws\/a goes to http:\/\/backend:8080 /);
    expect(found!.note).toMatch(/Traefik 1/);
    expect(codes(old(), { path: "/ws", host: "www.example.com" })).toEqual([]);
    expect(codes(old(), { path: "/x", host: "b.example" })).toEqual(["NO_ROUTE"]);
    expect(explained(old(), { path: "/x", host: "www.example.com" })[0]!.what).toMatch(/goes to http:\/\/web:80/);
  });

  it("is told of a Host that is not passed, of credentials, and of what is not known", () => {
    expect(codes(old("  passHostHeader = false\n"), { path: "/ws" })).toEqual(["ORIGIN_REJECTED"]);
    expect(codes(old('  basicAuth = ["a:b"]\n'), { path: "/ws" })).toEqual(["AUTH_REQUIRED"]);
    expect(codes(old("", "PathPrefix:/ws", "weight = 1"), { path: "/ws" })).toEqual(["STATUS_NOT_101"]);
    const [found] = explained(old("", "HostRegexp:{sub:[a-z]+}.example.com"), { path: "/ws", host: "www.example.com" });
    expect(found).toMatchObject({ sure: false, note: expect.stringMatching(/is not known/) });
  });

  it("is not found in other TOML", () => {
    expect(explained('name = "x"\n[frontends]\ncolor = "red"\n').map(({ kind }) => kind)).not.toContain(
      "configuration",
    );
  });
});

describe("Envoy", () => {
  const listener = (manager = "", route = "", cluster = "") => `static_resources:
  listeners:
  - address: { socket_address: { address: 0.0.0.0, port_value: 8080 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
${manager}          route_config:
            virtual_hosts:
            - name: app
              domains: ["app.example.com", "*"]
              routes:
              - match: { prefix: "/chat" }
                route:
                  cluster: app
${route}              - match: { prefix: "/old" }
                redirect: { https_redirect: true }
  clusters:
  - name: app
    connect_timeout: 1s
${cluster}`;
  const UPGRADE = "          upgrade_configs:\n          - upgrade_type: websocket\n";

  it("without upgrade_configs refuses upgrades, and is told where they go", () => {
    const wrong = listener();
    expect(explained(wrong, { path: "/chat" })[0]!.causes[0]).toMatchObject({
      code: "UPGRADE_STRIPPED",
      where: "proxy.yaml:9",
    });
    expect(codes(pasted(wrong, { path: "/chat" }), { path: "/chat" })).toEqual(["IDLE_CUT"]);
  });

  it("is told of its patience, of what the route switches off, and of HTTP/2 to the cluster", () => {
    expect(codes(pasted(listener(UPGRADE)))).toEqual([]);
    expect(codes(listener(`${UPGRADE}          stream_idle_timeout: 0s\n`))).toEqual([]);
    expect(codes(listener(UPGRADE, "                  idle_timeout: 3600s\n"))).toEqual([]);
    expect(
      codes(listener(UPGRADE, "                  upgrade_configs: [{ upgrade_type: websocket, enabled: false }]\n")),
    ).toEqual(["UPGRADE_STRIPPED"]);
    expect(codes(listener(UPGRADE, "", "    http2_protocol_options: {}\n"))).toEqual(["STATUS_NOT_101"]);
    expect(codes(listener(UPGRADE, "                  host_rewrite_literal: app.internal\n"))).toEqual([
      "ORIGIN_REJECTED",
      "IDLE_CUT",
    ]);
  });

  it("is given no lines of another proxy", () => {
    const off = "                  upgrade_configs: [{ upgrade_type: websocket, enabled: false }]\n";
    expect(explained(listener(UPGRADE, off), { path: "/chat" })[0]!.causes[0]).toMatchObject({ snippet: null });
    const line = '[2026-11-27T10:00:00.000Z] "GET /ws HTTP/1.1" 403 - upgrade_failed - "-" 0 0 0 - "a" "b" "c" "d" "-"';
    expect(explained(line)[0]!.causes[0]).toMatchObject({ code: "FORBIDDEN", snippet: null });
    expect(explained("AH01146")[0]!.causes[0]).toMatchObject({ code: "UPGRADE_STRIPPED", snippet: null });
    expect(explained("upgrade: 'websocket' token not found in 'Upgrade' header")[0]!.causes[0]).toMatchObject({
      code: "UPGRADE_STRIPPED",
      snippet: expect.stringMatching(/^# nginx/),
    });
  });

  it("is asked by host and path", () => {
    expect(codes(listener(UPGRADE), { path: "/x" })).toEqual(["NO_ROUTE"]);
    expect(codes(listener(UPGRADE), { path: "/old" })).toEqual(["REDIRECTED"]);
  });

  it("is read in JSON", () => {
    const json = JSON.stringify(
      {
        stat_prefix: "web",
        route_config: {
          virtual_hosts: [{ domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "app" } }] }],
        },
      },
      null,
      2,
    );
    expect(codes(json)).toEqual(["UPGRADE_STRIPPED"]);
  });
});

describe("what is no configuration", () => {
  it.each([
    "name: app\nversion: 1\n",
    "services: none\n",
    "kind: Ingress is a thing\n",
    "http:\n  routers are here\n",
    "routers:\n  - a: {{ .Values.x }}\n  entryPoints: {\n",
    '{"routers": 1}\n',
  ])("is not taken for one: %j", (text) => {
    expect(explained(text).filter(({ kind }) => kind === "configuration")).toEqual([]);
  });
});
