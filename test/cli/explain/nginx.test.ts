import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configurations } from "../../proxies/blocks.ts";
import { reported } from "./reported.ts";

const MAP = 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }';
const UPGRADE =
  "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;";

function explained(content: string, path?: string) {
  return reported([{ name: "nginx.conf", content }], path === undefined ? {} : { path }).explanations;
}

describe("a configuration of nginx", () => {
  const right = () => configurations("nginx").find(({ mark }) => mark === "")!.text;

  it("that is right is said to be right", () => {
    const found = explained(right());
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ kind: "configuration", by: ["nginx"], sure: true, causes: [] });
    expect(found[0]!.what).toMatch(/the upgrade passes, and a silence of 60 min is endured\.$/);
  });

  it.each([
    ["bare", ["UPGRADE_STRIPPED"]],
    ["half", ["CONNECTION_NO_UPGRADE"]],
    ["http-1.0", ["HTTP_1_0", "IDLE_CUT"]],
    ["host", ["ORIGIN_REJECTED", "IDLE_CUT"]],
  ])("of docs/proxies.md that is wrong (%s) has the codes that its server gives", (mark, codes) => {
    const [found] = explained(configurations("nginx").find((block) => block.mark === mark)!.text);
    expect(found!.causes.map(({ code }) => code)).toEqual(codes);
    expect(found!.causes[0]!.where).toBe("nginx.conf:5");
  });

  it("is asked about one path, and about one host", () => {
    const two = `${MAP}\nserver { listen 80; server_name a.example; return 301 https://$host$request_uri; }\nserver {\n  listen 443 ssl;\n  server_name a.example;\n  location /chat { proxy_pass http://app; ${UPGRADE} proxy_set_header Host $host; }\n  location / { try_files $uri /index.html; }\n}\n`;
    const codes = (question: object) =>
      reported([{ content: two }], question).explanations.flatMap(({ causes }) => causes.map(({ code }) => code));
    expect(codes({ path: "/chat" })).toEqual(["IDLE_CUT"]);
    expect(codes({ path: "/other" })).toEqual(["HTML_FALLBACK"]);
    expect(codes({ path: "/chat", host: "a.example", secure: false })).toEqual(["REDIRECTED"]);
    expect(codes({ path: "/chat", host: "a.example", secure: true })).toEqual(["IDLE_CUT"]);
  });

  it("that answers by itself is not taken for a server that does", () => {
    const code = (inside: string) => explained(`server {\n location / { ${inside} } }`, "/chat")[0]!.causes[0]!.code;
    expect(
      ["deny all;", "return 404;", "return 503;", "return 301 https://a/;"].map((one) =>
        code(`${one} proxy_pass http://a;`),
      ),
    ).toEqual(["FORBIDDEN", "NO_ROUTE", "STATUS_NOT_101", "REDIRECTED"]);
  });

  it.each([
    ["uwsgi_pass 127.0.0.1:3031;", /by uwsgi_pass: the upgrade goes along, and opens if the server behind answers 101/],
    ["passenger_enabled on;", /by passenger_enabled: Passenger gives upgrades to apps that speak WebSocket/],
    ["content_by_lua_block { serve() }", /by content_by_lua_block: what this program in nginx answers counts/],
    ["js_content main.serve;", /by js_content: what this program in nginx answers counts/],
    ["nchan_pubsub;", /by nchan_pubsub: Nchan answers upgrades by itself/],
  ])("leaves it to the application behind another protocol: %s", (inside, what) => {
    const [found] = explained(`server {\n location /cable { ${inside} } }`);
    expect(found).toMatchObject({ causes: [], what: expect.stringMatching(what) });
    expect(explained("server {\n location / { fastcgi_pass 127.0.0.1:9000; } }")[0]!.causes).toMatchObject([
      { code: "UPGRADE_STRIPPED" },
    ]);
  });

  it("with a location that no path begins with is told so", () => {
    const [found] = explained(`location ws { proxy_pass http://a; ${UPGRADE} }`);
    expect(found).toMatchObject({
      what: expect.stringMatching(/^No request reaches this location/),
      causes: [{ code: "NO_ROUTE", where: "nginx.conf:1", fix: "Write location /ws." }],
    });
  });

  it("is read past Lua, whatever quotes and braces its comments and strings have", () => {
    const lua = `access_by_lua_block {\n -- it's a } of a comment\n if x == "}" then y({ a = 1 }) end --[[ don't\n } ]] z([[ "} ]])\n}`;
    const found = explained(`server {\n location /ws {\n${lua}\n proxy_pass http://a; ${UPGRADE} } }`, "/ws");
    expect(found).toHaveLength(1);
    expect(found[0]!.what).toMatch(/^A handshake for \/ws goes to http:\/\/a /);
    expect(found[0]!.causes[0]!.where).toBe("nginx.conf:8");
  });

  it("with a program in Lua that may refuse says that it may", () => {
    const [found] = explained(
      `server {\n access_by_lua_file a.lua;\n location / { proxy_pass http://a; ${UPGRADE} } }`,
    );
    expect(found!.note).toMatch(/may decide otherwise: access_by_lua_file a\.lua \(nginx\.conf:2\)/);
  });

  it.each([
    ["Upgrade", "RESPONSE_UPGRADE_BAD"],
    ["sec-websocket-accept", "ACCEPT_MISSING"],
    ["X-Powered-By", undefined],
  ])("that takes %s out of the 101 is told what clients say of that", (name, code) => {
    const [found] = explained(
      `${MAP}\nserver {\n proxy_hide_header ${name};\n location / { proxy_pass http://a; ${UPGRADE} proxy_set_header Host $http_host; proxy_read_timeout 1h; } }`,
    );
    expect(found!.causes.map((cause) => [cause.code, cause.where])).toEqual(
      code === undefined ? [] : [[code, "nginx.conf:3"]],
    );
  });

  it("in one line is read as in many", () => {
    const text = `server { listen 80; location / { error_page 418 = @ws; if ($http_upgrade ~* websocket) { return 418; } proxy_pass http://a; } location @ws { proxy_pass http://b; ${UPGRADE.replace("$connection_upgrade", "upgrade")} proxy_set_header Host $http_host; proxy_read_timeout 1h; } }`;
    for (const one of [text, text.replaceAll(/([;{}])/g, "$1\n")]) {
      const [found, ...more] = explained(one, "/ws");
      expect(more).toEqual([]);
      expect(found).toMatchObject({
        causes: [],
        what: expect.stringMatching(/^A handshake for \/ws goes to http:\/\/b /),
      });
    }
    expect(explained("server { listen 80; location /ws { grpc_pass grpc://a; } }")[0]!.causes).toMatchObject([
      { code: "UPGRADE_STRIPPED", where: "nginx.conf:1" },
    ]);
  });

  it("whose right lines are replaced by a block's own is told which, and why they count for nothing", () => {
    const text = `server {\n  ${UPGRADE.replaceAll("; ", ";\n  ")}\n  location /ws {\n    proxy_set_header Connection "";\n    proxy_pass http://a;\n  }\n  location /own { proxy_set_header X-A b; ${UPGRADE} proxy_pass http://a; }\n  location /none { proxy_set_header X-A b; proxy_pass http://a; }\n}`;
    const [cause] = explained(text, "/ws")[0]!.causes;
    expect(cause).toMatchObject({
      code: "UPGRADE_STRIPPED",
      detail:
        "proxy_set_header in nginx.conf:6 takes the place of all those around it: nginx.conf:3 and nginx.conf:4 count for nothing here",
    });
    expect(explained(text, "/own")[0]!.causes.map(({ code }) => code)).not.toContain("UPGRADE_STRIPPED");
    const bare = text.replace(/ {2}proxy_set_header (?:Upgrade|Connection) \$.*\n/g, "");
    expect(explained(bare, "/none")[0]!.causes[0]).toMatchObject({ code: "UPGRADE_STRIPPED", detail: "" });
  });

  it("whose error_page keeps its status is told so, since a 101 becomes that status", () => {
    const text = `server {\n error_page 418 @ws;\n location / { return 418; }\n location @ws { proxy_pass http://b; ${UPGRADE} }\n}`;
    expect(explained(text, "/ws")[0]!.causes).toMatchObject([
      {
        code: "STATUS_NOT_101",
        where: "nginx.conf:2",
        snippet: "# in the place of line 2 of nginx.conf:\nerror_page 418 = @ws;",
      },
    ]);
  });

  it("to a Unix socket has the path behind its second colon, and localhost for Host", () => {
    const what = (target: string) =>
      explained(`server {\n location /ws { proxy_pass http://unix:/run/app.sock${target}; ${UPGRADE} } }`, "/ws/a")[0]!
        .what;
    expect(what(":/chat")).toMatch(/goes to http:\/\/unix:\/run\/app\.sock:\/chat as GET \/chat\/a .*Host: localhost:/);
    expect(what("")).toMatch(/as GET \/ws\/a .*Host: localhost:/);
  });

  it("whose error_page leads to another error is answered by that: nginx follows no second one", () => {
    const text = "server {\n error_page 418 = @a;\n location / { return 418; }\n location @a { return 418; }\n}";
    const [found] = explained(text, "/ws");
    expect(found).toMatchObject({
      what: "A handshake for /ws is answered 418 by nginx itself.",
      causes: [{ detail: "" }],
    });
  });

  it("whose try_files depends on a map is followed, and on what is not known is said to", () => {
    const text = (variable: string) =>
      `map $http_upgrade $type { default "web"; websocket "ws"; }\nserver {\n location / { try_files /none @${variable}; }\n location @web { try_files $uri /index.php; }\n location @ws { proxy_pass http://a; ${UPGRADE.replace("$connection_upgrade", "upgrade")} proxy_set_header Host $http_host; proxy_read_timeout 1h; }\n}`;
    for (const path of ["/app/key", undefined]) {
      const [found] = explained(text("$type"), path);
      expect(found).toMatchObject({
        causes: [],
        what: expect.stringMatching(/goes to http:\/\/a .*the upgrade passes/),
      });
    }
    expect(explained(text("$cookie_type"), "/app")[0]).toMatchObject({
      causes: [],
      what: "A handshake for /app goes where @$cookie_type says, which is not known.",
    });
  });

  it("that is a template is read past what it leaves open", () => {
    const text = `${MAP}\nserver {\n  listen 80;\n  {{ssl_certificate}}\n  {% if x %}\n  server_name {{ domain }};\n  {{root}}\n  location /ws/ { proxy_pass http://{{ upstream }}; ${UPGRADE} proxy_set_header Host $http_host; proxy_read_timeout 1h; }\n}\n`;
    const found = explained(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      causes: [],
      what: expect.stringMatching(/goes to http:\/\/\{\{ upstream \}\} as GET \/ws\/ .*the upgrade passes/),
    });
    const erb = `location /cable {\n  proxy_pass http://puma_<%= fetch(:name) %>;\n  ${UPGRADE.replace("$connection_upgrade", "upgrade")}\n  proxy_read_timeout 1h;\n}\n`;
    for (const one of [
      erb,
      erb.replace("<%= fetch(:name) %>", "$PUMA"),
      erb.replace("puma_<%= fetch(:name) %>", "{{a}}"),
    ])
      expect(explained(one).map(({ causes }) => causes)).toEqual([[]]);
  });

  it("where one location is right tells the others beside it", () => {
    const [found, ...more] = explained(
      `${MAP}\nserver { location /ws { proxy_pass http://a; ${UPGRADE} proxy_set_header Host $http_host; proxy_read_timeout 1h; } location /api { proxy_pass http://a; } }`,
    );
    expect(more).toEqual([]);
    expect(found!.causes).toEqual([]);
    expect(found!.note).toMatch(/Upgrades do not pass in location \/api/);
  });

  it("is read with what it includes, and says what is not there", () => {
    const folder = mkdtempSync(join(tmpdir(), "onesocket-nginx-"));
    mkdirSync(join(folder, "conf.d"));
    writeFileSync(
      join(folder, "conf.d/app.conf"),
      "server {\n  location / {\n    proxy_pass http://app;\n    include upgrade.conf;\n  }\n}\n",
    );
    writeFileSync(join(folder, "nginx.conf"), `events {}\nhttp {\n  ${MAP}\n  include conf.d/*.conf;\n}\n`);
    const read = () => {
      const { explanations } = reported([
        {
          name: join(folder, "nginx.conf"),
          content: `events {}\nhttp {\n  ${MAP}\n  include conf.d/*.conf;\n}\n`,
          isFile: true,
        },
      ]);
      return explanations[0]!;
    };
    expect(read()).toMatchObject({
      sure: false,
      note: expect.stringMatching(/Not here, and not looked at: upgrade\.conf \(conf\.d\/app\.conf:4\)/),
    });
    expect(read().causes[0]).toMatchObject({ code: "UPGRADE_STRIPPED", where: "conf.d/app.conf:3" });
    writeFileSync(join(folder, "upgrade.conf"), UPGRADE);
    expect(read().causes.map(({ code }) => code)).toEqual(["ORIGIN_REJECTED", "IDLE_CUT"]);
    rmSync(folder, { recursive: true });
  });

  it("of which only a piece was given is read, too", () => {
    expect(explained("location /chat {\n  proxy_pass http://127.0.0.1:3000;\n}\n")[0]!.causes[0]).toMatchObject({
      code: "UPGRADE_STRIPPED",
      where: "nginx.conf:2",
    });
    expect(explained("proxy_pass http://127.0.0.1:3000;\nproxy_set_header Host $host;\n")[0]!.causes[0]).toMatchObject({
      code: "UPGRADE_STRIPPED",
    });
  });

  it("in the middle of a text is found, and what stands around it is read as well", () => {
    const kinds = explained(
      `I have this:\n\nserver {\n  location / {\n    proxy_pass http://a;\n  }\n}\n\nand get\nUnexpected server response: 426\n`,
    ).map(({ kind, lines }) => [kind, lines]);
    expect(kinds).toEqual([
      ["configuration", [3, 7]],
      ["message", [10, 10]],
    ]);
  });

  it("does not swallow what is none", () => {
    for (const text of [
      "server {\n  port: 80\n}\n",
      "location / is where it is\n",
      "map a b\n",
      "http {\n",
      "http://example.com {\n  reverse_proxy a;\n}\n",
    ]) {
      expect(explained(text).filter(({ by }) => by.includes("nginx"))).toEqual([]);
    }
  });
});
