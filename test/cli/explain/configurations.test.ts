import { describe, expect, it } from "vitest";
import { ABOUT } from "../../../src/cli/explain/configuration/about.ts";
import { READERS } from "../../../src/cli/explain/configuration/index.ts";
import { configurations } from "../../proxies/blocks.ts";
import { reported } from "./reported.ts";

function explained(content: string, question: { readonly path?: string; readonly host?: string } = {}) {
  return reported([{ name: "proxy.conf", content }], question).explanations;
}

const codes = (content: string, path?: string) =>
  explained(content, path === undefined ? {} : { path }).flatMap(({ causes }) => causes.map(({ code }) => code));

const block = (language: string, mark = "") => configurations(language).find((one) => one.mark === mark)!.text;

describe("a configuration of docs/proxies.md", () => {
  it.each([
    ["apache", "Apache"],
    ["haproxy", "HAProxy"],
    ["caddyfile", "Caddy"],
  ])("that is right is said to be right: %s", (language, name) => {
    const [found, ...more] = explained(block(language));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ kind: "configuration", by: [name], sure: true, causes: [] });
    expect(found!.what).toMatch(/: the upgrade passes, and (?:a silence of 60 min is endured|silence ends nothing)\.$/);
  });

  it.each([
    ["apache", "bare", ["UPGRADE_STRIPPED"], "proxy.conf:4"],
    ["apache", "shared", ["UPGRADE_STRIPPED"], "proxy.conf:4"],
    ["haproxy", "no-tunnel", ["IDLE_CUT"], "proxy.conf:12"],
    ["apache", "host", ["ORIGIN_REJECTED", "IDLE_CUT"], "proxy.conf:3"],
  ])("that is wrong has the codes that its server gives: %s %s", (language, mark, expected, where) => {
    const [found] = explained(block(language, mark));
    expect(found!.causes.map(({ code }) => code)).toEqual(expected);
    expect(found!.causes[0]!.where).toBe(where);
  });
});

describe("a configuration of Apache", () => {
  it("is read with what it includes, and says what is not there and what is not followed", () => {
    const [found] = explained(
      '<VirtualHost *:80>\n  Include conf/upgrade.conf\n  ProxyPass / http://app/\n  <If "true">\n  </If>\n</VirtualHost>\n',
    );
    expect(found).toMatchObject({
      sure: false,
      note: expect.stringMatching(
        /^Not here, or not followed: include conf\/upgrade\.conf \(proxy\.conf:2\), if true \(proxy\.conf:4\)\./,
      ),
    });
  });

  it("is read with its macros, and what is pasted keeps their parameters", () => {
    const text =
      "<Macro Chat $host $port>\n<VirtualHost *:80>\nServerName $host\nProxyPreserveHost On\nProxyPass / http://127.0.0.1:$port/\n</VirtualHost>\n</Macro>\nUse Chat a.example 3000\nUse Chat b.example 4000\n";
    const found = explained(text);
    expect(found.map(({ what }) => /goes to (\S+)/.exec(what)?.[1])).toEqual([
      "http://127.0.0.1:3000",
      "http://127.0.0.1:4000",
    ]);
    expect(found[0]).toMatchObject({ sure: true, causes: [{ code: "UPGRADE_STRIPPED", where: "proxy.conf:5" }] });
    expect(found[0]!.causes[0]!.snippet).toContain('ProxyPass "/" "http://127.0.0.1:$port/" upgrade=websocket');
    expect(explained("ProxyPass / http://a/\nUse Chat a.example 3000\n")[0]!.note).toMatch(
      /^Not here, or not followed: use/,
    );
  });

  it("for a directory, as a .htaccess is, has patterns without the leading slash", () => {
    const text = "RewriteEngine on\nRewriteBase /\nRewriteRule ^viewer/(.*)$ http://a:8501/$1 [P]\n";
    expect(explained(text)[0]).toMatchObject({
      what: expect.stringMatching(
        /^A handshake for this goes to http:\/\/a:8501 as GET \/ .*: it opens no WebSocket\.$/,
      ),
      causes: [{ code: "UPGRADE_STRIPPED", where: "proxy.conf:3" }],
    });
    expect(codes(text.replace("http:", "ws:"), "/viewer/x")).toEqual(["ORIGIN_REJECTED", "IDLE_CUT"]);
    expect(codes(text.replace("RewriteBase /\n", ""), "/viewer/x")).toEqual(["NO_ROUTE"]);
  });

  it("whose rule fits any path is asked about none that a pattern's signs make", () => {
    const text = 'RewriteEngine on\nRewriteRule .* "ws://a:3000/$1" [P,L]\nProxyPass / http://a:3000/\n';
    expect(explained(text).map(({ what }) => /as GET (\S+)/.exec(what)?.[1])).toEqual(["/"]);
  });

  it("whose ProxyPass has a pattern is told that it has none", () => {
    for (const line of [
      "ProxyPass /ws/(.*) ws://a:3000/$1",
      "ProxyPass /ws/$1 ws://a:3000/ws/$1",
      "ProxyPass ^/ws ws://a:3000/ws",
    ])
      expect(explained(`<VirtualHost *:80>\n${line}\n</VirtualHost>\n`, { path: "/ws/a" })[0]).toMatchObject({
        causes: [{ code: "NO_ROUTE" }],
        note: expect.stringMatching(/\(proxy\.conf:2\) has no pattern: .* ProxyPassMatch/),
      });
    const right = "ProxyPassMatch ^/ws/(.*)$ ws://a:3000/$1\nProxyPass /$x http://a:3000/\n";
    expect(explained(right, { path: "/ws/a" })[0]!.note ?? "").not.toMatch(/has no pattern/);
  });

  it("that passes requests on by SetHandler is not judged", () => {
    const text = '<Location /ws>\nSetHandler "proxy:ws://127.0.0.1:3000"\n</Location>\nProxyPreserveHost On\n';
    expect(explained(text, { path: "/ws" })[0]).toMatchObject({
      causes: [],
      what: "A handshake for /ws goes on by SetHandler, which is not followed.",
    });
  });

  it("that speaks RFC 8441 in front is said to", () => {
    expect(explained("H2WebSockets on\nProxyPass / http://a/ upgrade=websocket\n")[0]!.note).toMatch(
      /^H2WebSockets \(proxy\.conf:1\) lets clients that speak HTTP\/2/,
    );
  });

  it("that puts pages of its own in the place of refusals is said to", () => {
    const text =
      "<VirtualHost *:80>\nProxyErrorOverride On\nProxyPass / http://app/ upgrade=websocket\n</VirtualHost>\n";
    expect(explained(text)[0]!.note).toMatch(/^ProxyErrorOverride \(proxy\.conf:2\) puts pages/);
  });

  it("where one route is right tells the others beside it", () => {
    const [found, ...more] = explained(
      "ProxyPreserveHost On\nProxyPass /ws http://a/ws upgrade=websocket timeout=3600\nProxyPass /api http://b/api\n",
    );
    expect(more).toEqual([]);
    expect(found!.causes).toEqual([]);
    expect(found!.note).toMatch(/Upgrades do not pass in ProxyPass \/api http:\/\/b\/api → http:\/\/b\/api: ask/);
  });

  it("is asked about one path", () => {
    const text = "ProxyPass /ws http://a/ws upgrade=websocket\nProxyPass / http://b/\n";
    expect(codes(text, "/ws")).toEqual(["ORIGIN_REJECTED", "IDLE_CUT"]);
    expect(codes(text, "/other")).toEqual(["UPGRADE_STRIPPED"]);
  });
});

describe("a configuration of HAProxy", () => {
  const app = (lines: string) =>
    `defaults\n  mode http\n  timeout tunnel 1h\nfrontend web\n  bind :80\n  default_backend app\nbackend app\n${lines}\n  server a 127.0.0.1:3000 check\n`;

  it("whose health check takes a server for sockets alone for down is warned of", () => {
    const [found] = explained(app("  option httpchk"));
    expect(found!.causes).toMatchObject([{ code: "STATUS_NOT_101", level: "warn", where: "proxy.conf:8" }]);
    expect(codes(app("  option httpchk\n  http-check expect status 426"))).toEqual([]);
    expect(explained(app("  option httpchk GET /health"))[0]!.causes).toMatchObject([{ level: "advice" }]);
    expect(codes(app("  option httpchk").replace(" check\n", "\n"))).toEqual([]);
  });

  it("of which only a backend was given is judged by that, and says so", () => {
    const [found] = explained("backend app\n  balance roundrobin\n  timeout tunnel 1h\n  server a 127.0.0.1:3000\n");
    expect(found).toMatchObject({ causes: [], note: "No frontend was given: it may have rules of its own." });
  });

  it("is asked about a host and a path, and tells the lines that depend on what is not known", () => {
    const text = app("").replace(
      "  default_backend",
      "  http-request deny if { src 10.0.0.0/8 }\n  http-request deny if { path_beg /api }\n  default_backend",
    );
    expect(codes(text, "/api/x")).toEqual(["FORBIDDEN"]);
    const [found] = explained(text, { path: "/chat" });
    expect(found).toMatchObject({ sure: false, causes: [] });
    expect(found!.note).toBe("http-request deny if { src 10.0.0.0/8 } (proxy.conf:6) may decide otherwise.");
  });

  it("in mode tcp asks about requests that it does not wait for: what comes of that is not known", () => {
    const text = (more: string) =>
      `defaults\n  mode tcp\n  timeout tunnel 1h\nfrontend web\n  bind :80\n${more}  use_backend other if { hdr(Upgrade) -i websocket }\n  default_backend app\nbackend app\n  server a 127.0.0.1:3000\nbackend other\n  server b 127.0.0.1:4000\n`;
    const [found] = explained(text(""));
    expect(found).toMatchObject({ sure: false, input: expect.stringMatching(/127\.0\.0\.1:3000/) });
    expect(found!.note).toMatch(/^use_backend other .* may decide otherwise: mode tcp does not wait for the request/);
    const waits = "  tcp-request inspect-delay 2s\n  tcp-request content accept if HTTP\n";
    expect(explained(text(waits))[0]).toMatchObject({
      sure: true,
      causes: [],
      input: expect.stringMatching(/127\.0\.0\.1:4000/),
    });
  });

  it("of which no defaults were given is taken for one of mode http, and its timeout tunnel counts", () => {
    const text =
      "frontend web\n  bind :80\n  http-request del-header Upgrade\n  default_backend app\nbackend app\n  timeout tunnel 10s\n  server a 127.0.0.1:3000\n";
    expect(explained(text)[0]).toMatchObject({
      sure: false,
      causes: [{ code: "UPGRADE_STRIPPED", where: "proxy.conf:3" }],
      note: expect.stringMatching(/No defaults were given: mode http/),
    });
    const [cause] = explained(`global\n  maxconn 9\n${text}`)[0]!.causes;
    expect(cause).toMatchObject({ code: "IDLE_CUT", detail: expect.stringMatching(/10 s .*\(timeout tunnel\)/) });
  });

  it("that redirects to TLS on one port is judged by the other one", () => {
    const text = `defaults\n  mode http\n  timeout tunnel 1h\nfrontend web\n  bind :80\n  bind :443 ssl crt a.pem\n  redirect scheme https if !{ ssl_fc }\n  default_backend app\nbackend app\n  server a 127.0.0.1:3000\n`;
    expect(codes(text, "/chat")).toEqual([]);
    expect(explained(text)[0]!.causes).toEqual([]);
  });
});

describe("a Caddyfile", () => {
  it("is read without braces, and as a piece", () => {
    expect(explained("app.example.com\n\nreverse_proxy 127.0.0.1:3000\n")[0]).toMatchObject({
      by: ["Caddy"],
      causes: [],
    });
    expect(explained("reverse_proxy /chat/* 127.0.0.1:3000\n")[0]).toMatchObject({ by: ["Caddy"], causes: [] });
  });

  it("is asked about a host: one that no site has gets an empty 200", () => {
    const text = block("caddyfile", "other-host");
    expect(explained(text)[0]!.causes).toEqual([]);
    const { explanations } = reported([{ content: text }], { path: "/", host: "127.0.0.1:8080", secure: false });
    expect(explanations[0]!.causes[0]).toMatchObject({ code: "STATUS_NOT_101", where: "stdin:1" });
  });

  it("of a site with TLS redirects ws: to it", () => {
    const text = "app.example.com {\n\treverse_proxy 127.0.0.1:3000\n}\n";
    const ask = (secure: boolean) =>
      reported([{ content: text }], { path: "/chat", host: "app.example.com", secure }).explanations[0]!.causes.map(
        ({ code }) => code,
      );
    expect([ask(true), ask(false)]).toEqual([[], ["REDIRECTED"]]);
  });

  it("whose health check takes a server for sockets alone for down is warned of", () => {
    const text = "app.example.com {\n\treverse_proxy 127.0.0.1:3000 {\n\t\thealth_uri /\n\t}\n}\n";
    expect(explained(text)[0]!.causes).toMatchObject([
      { code: "STATUS_NOT_101", level: "warn", where: "proxy.conf:3" },
    ]);
  });

  it("whose transport is impatient is told which line says so", () => {
    const text = "a.example {\n\treverse_proxy b:1 {\n\t\ttransport http {\n\t\t\tread_timeout 30s\n\t\t}\n\t}\n}\n";
    expect(explained(text)[0]!.causes).toMatchObject([{ code: "IDLE_CUT", where: "proxy.conf:4" }]);
  });

  it("says what it does not follow", () => {
    const [found] = explained(
      "a.example {\n\timport common.conf\n\tforward_auth auth:9091 {\n\t\turi /verify\n\t}\n\treverse_proxy b:1\n}\n",
    );
    expect(found!.sure).toBe(false);
    expect(found!.note).toBe(
      "forward_auth auth:9091 (proxy.conf:3) may decide otherwise. Not here, or not followed: import common.conf (proxy.conf:2).",
    );
  });
});

describe("a configuration of lighttpd", () => {
  const server = 'proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => 3000 )) )\n';

  it("that is right is said to be right, and one without the upgrade is told where it goes", () => {
    const right = `${server}proxy.header = ( "upgrade" => "enable" )\nserver.max-read-idle = 3600\nserver.max-write-idle = 3600\n`;
    expect(explained(right)[0]).toMatchObject({ by: ["lighttpd"], sure: true, causes: [] });
    expect(explained(server)[0]!.causes[0]).toMatchObject({
      code: "UPGRADE_STRIPPED",
      snippet: '# behind line 1 of proxy.conf:\nproxy.header = ( "upgrade" => "enable" )',
    });
  });

  it("without mod_proxy, and with mod_wstunnel, is told what that means", () => {
    expect(codes(`server.modules = ( "mod_access" )\n${server}`)).toEqual(["NO_ROUTE"]);
    const tunnel = 'wstunnel.server = ( "/chat" => (( "host" => "127.0.0.1", "port" => 3000 )) )\n';
    expect(explained(tunnel)[0]!.causes).toMatchObject([
      { code: "SWITCH_THEN_FIN", level: "warn", where: "proxy.conf:1" },
    ]);
  });
});

describe("VCL of Varnish", () => {
  const whole = (recv: string, pipe = "") =>
    `vcl 4.1;\nbackend app { .host = "127.0.0.1"; .port = "3000"; }\nsub vcl_recv {\n${recv}\n}\n${pipe}`;
  const PIPE =
    "sub vcl_pipe {\n  set bereq.http.Upgrade = req.http.Upgrade;\n  set bereq.http.Connection = req.http.Connection;\n}\n";

  it("that pipes with both headers is said to be right", () => {
    const [found] = explained(whole('  if (req.http.Upgrade ~ "(?i)websocket") { return (pipe); }', PIPE));
    expect(found).toMatchObject({ by: ["Varnish"], sure: true, causes: [] });
    expect(found!.note).toMatch(/pipe_timeout/);
  });

  it("that does not is told what is missing, and where it goes", () => {
    const [found] = explained(whole('  if (req.url ~ "^/api") { return (pass); }'));
    expect(found!.causes[0]!.code).toBe("UPGRADE_STRIPPED");
    expect(found!.causes[0]!.snippet).toMatch(
      /^# before line 4 of proxy\.conf:\n {2}if \(req\.http\.Upgrade .*# behind line 5 of proxy\.conf:\nsub vcl_pipe/s,
    );
    expect(explained(whole("  return (pipe);"))[0]!.causes[0]!.snippet).toMatch(
      /^# behind line 5 of proxy\.conf:\nsub vcl_pipe/,
    );
  });

  it("says what depends on what is not known, and what is not there", () => {
    const [found] = explained(
      `vcl 4.1;\ninclude "acl.vcl";\n${whole("  if (client.ip ~ inside) { return (pipe); }", PIPE).slice(9)}`,
    );
    expect(found!.sure).toBe(false);
    expect(found!.note).toMatch(/^What proxy\.conf:5 depends on is not known\. .*acl\.vcl \(proxy\.conf:2\)\.$/);
  });
});

describe("docs/explain.md", () => {
  it("names each program whose configuration is read", () => {
    expect(ABOUT.map(({ name }) => name)).toEqual(["nginx", ...READERS.map(({ name }) => name)]);
  });
});

describe("what only looks like a configuration", () => {
  it.each([
    ["Spring's properties", "server.port=8080\nserver.servlet.context-path=/app\n"],
    [
      "a module of JavaScript",
      'import fs from "node:fs";\nconst server = { proxy: 1 };\nexport default { handle: (x) => x };\n',
    ],
    ["Go", "func main() {\n\thandle := 1\n\troute(handle)\n}\n"],
    ["a program's route", "route {\n  handle(request);\n}\n"],
    ["an INI file", "[server]\nport = 80\nproxy = none\n"],
    ["a log", "global timeout reached\ndefaults are used\nbackend app has no server available!\n"],
    ["prose", "Listen to this:\n\nProxyPass is what I use.\n"],
    ["a Markdown list", "- handle: it\n- route: that\n"],
    ["GitLab's pipeline", "services:\n  - docker:dind\ntest:\n  image: node\n"],
    ["an environment", "VIRTUAL_HOST=a.example\nHOST=b\n"],
  ])("is taken for none: %s", (_, text) => {
    expect(explained(text).filter(({ kind }) => kind === "configuration")).toEqual([]);
  });

  it("in the middle of a text a configuration is found, and what stands around it is read as well", () => {
    for (const [language, by] of [
      ["apache", "Apache"],
      ["haproxy", "HAProxy"],
      ["caddyfile", "Caddy"],
    ] as const) {
      const found = explained(`I have this:\n\n${block(language)}\nand get\nUnexpected server response: 426\n`);
      expect(found.map((one) => [one.kind, one.kind === "configuration" ? one.by[0] : ""])).toEqual([
        ["configuration", by],
        ["message", ""],
      ]);
    }
  });
});

describe("a configuration of Caddy with an order of its own", () => {
  const caddy = (order: string) =>
    `{\n\t${order}\n}\nexample.com {\n\trespond /ws "no" 403\n\treverse_proxy /ws 127.0.0.1:3000\n}\n`;

  it.each([
    ["order reverse_proxy before respond", []],
    ["order reverse_proxy first", []],
    ["order respond last", []],
    ["order respond after reverse_proxy", []],
    ["order reverse_proxy last", ["FORBIDDEN"]],
    ["debug", ["FORBIDDEN"]],
  ])("is followed: %s", (order, expected) => {
    expect(codes(caddy(order), "/ws")).toEqual(expected);
    expect(explained(caddy(order), { path: "/ws" })[0]!.sure).toBe(true);
  });

  it("that names what is not known is said not to be followed", () => {
    const [found] = explained(caddy("order webdav before respond"), { path: "/ws" });
    expect(found).toMatchObject({
      sure: false,
      note: expect.stringMatching(/^Not here, or not followed: order webdav/),
    });
  });
});

describe("a configuration of Varnish", () => {
  const PIPED = `  if (req.http.Upgrade ~ "(?i)websocket") { return (pipe); }\n}\nsub vcl_pipe {\n  set bereq.http.upgrade = req.http.upgrade;\n  set bereq.http.connection = req.http.connection;\n}\n`;

  it("is read past inline C, and says that it is not followed", () => {
    const text = `vcl 4.1;\nbackend a { .host = "a"; }\nC{\n  #include <stdio.h>\n}C\nsub vcl_recv {\n  C{ if (x) { y(); } }C\n${PIPED}`;
    const [found] = explained(text, { path: "/ws" });
    expect(found).toMatchObject({ causes: [], sure: false, what: expect.stringMatching(/the upgrade passes/) });
    expect(found!.note).toMatch(/Inline C \(line 3\) is not followed\./);
  });

  it("that is understood in part only says from where on", () => {
    const text = `vcl 4.1;\nbackend a { .host = "a"; }\nsub vcl_miss { set req.http.x = @; }\nsub vcl_recv {\n${PIPED}`;
    const [found] = explained(text, { path: "/ws" });
    expect(found).toMatchObject({ sure: false, note: expect.stringMatching(/It is not understood from line \d on\./) });
  });
});

describe("a configuration of Vite", () => {
  const vite = (proxy: string) =>
    `export default defineConfig({\n  server: {\n    proxy: {\n${proxy}\n    },\n  },\n});\n`;

  it.each([
    "      [base]: { target: api, ws: true },",
    "      ...proxies,",
    '      "/chat": options,',
    '      "/chat": { target: "http://a", ws: isDev },',
    '      "/chat": { ...shared, target: "http://a" },',
    '      "/chat": { target },',
  ])("that code makes is not known: %s", (proxy) => {
    const { explanations, unknownSources } = reported([{ name: "vite.config.ts", content: vite(proxy) }]);
    expect(explanations).toEqual([]);
    expect(unknownSources).toEqual(["vite.config.ts"]);
  });

  it("is told as far as it is written down", () => {
    const text = vite(
      '      "/api": { target: api },\n      "/chat": { target: api, ws: true },\n      "/x": { target: "http://a" },',
    );
    const found = explained(text);
    expect(found.map(({ input }) => input)).toEqual(['proxy "/chat" → (api)']);
    expect(found[0]!.what).toMatch(/: the upgrade passes, and silence ends nothing\.$/);
    expect(found[0]!.note).toBe('Upgrades do not pass in proxy "/x": ask with --for /path if that has sockets, too.');
    expect(explained(text, { path: "/api" })).toEqual([]);
    expect(codes(vite('      ["/ws"]: { target: "http://a" },'), "/ws")).toEqual(["RESPONSE_TIMEOUT"]);
    expect(codes(vite('      "/x": { target: "http://a" },\n      ...more,'), "/chat")).toEqual([]);
  });

  it("that changes Host by code says no word of pages", () => {
    expect(codes(vite('      "/chat": { target: "http://a", ws: true, changeOrigin: isDev },'))).toEqual([]);
    expect(codes(vite('      "/chat": { target: "http://a", ws: true, changeOrigin: true },'))).toEqual([
      "ORIGIN_REJECTED",
    ]);
  });
});
