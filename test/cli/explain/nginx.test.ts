import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../../../src/cli/explain/configuration/nginx/evaluate.ts";
import { included } from "../../../src/cli/explain/configuration/nginx/include.ts";
import type { Outcome } from "../../../src/cli/explain/configuration/nginx/outcome.ts";
import { parseFrom } from "../../../src/cli/explain/configuration/nginx/parse.ts";
import { serversFor, serversOf } from "../../../src/cli/explain/configuration/nginx/servers.ts";
import { headerValue } from "../../../src/cli/explain/http/request-head.ts";
import { freePort, PROGRAMS, spawnForeground } from "../../helpers/foreground.ts";
import { RawClient } from "../../helpers/raw.ts";
import { configurations } from "../../proxies/blocks.ts";
import { describeBehind } from "../../proxies/proxy.ts";
import { reported } from "./reported.ts";

const MAP = 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }';
const UPGRADE =
  "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;";

/** What is written inside of http: `listen` and the upstream's port are put in. */
interface Case {
  readonly http: string;
  readonly paths: readonly string[];
  readonly host?: string;
}

const location = (inside: string, path = "/") => `server { listen LISTEN; location ${path} { ${inside} } }`;

const CASES: Readonly<Record<string, Case>> = {
  "nothing but proxy_pass": { http: location("proxy_pass http://UP;"), paths: ["/chat"] },
  "Upgrade alone": {
    http: location("proxy_pass http://UP; proxy_set_header Upgrade $http_upgrade;"),
    paths: ["/chat"],
  },
  "all of it": {
    http: `${MAP} ${location(`proxy_pass http://UP; ${UPGRADE} proxy_set_header Host $http_host;`)}`,
    paths: ["/chat", "/chat?a=1&b=%20"],
  },
  $host: { http: `${MAP} ${location(`proxy_pass http://UP; ${UPGRADE} proxy_set_header Host $host;`)}`, paths: ["/"] },
  $proxy_host: {
    http: `${MAP} ${location(`proxy_pass http://UP; ${UPGRADE} proxy_set_header Host $proxy_host;`)}`,
    paths: ["/"],
  },
  "a host that is written out": {
    http: `${MAP} ${location(`proxy_pass http://UP; ${UPGRADE} proxy_set_header Host app.example.com;`)}`,
    paths: ["/"],
  },
  "HTTP/1.0": {
    http: location(
      'proxy_pass http://UP; proxy_http_version 1.0; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
    ),
    paths: ["/"],
  },
  "Connection that is emptied": {
    http: location(
      'proxy_pass http://UP; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "";',
    ),
    paths: ["/"],
  },
  "the client's own Connection": {
    http: location(
      "proxy_pass http://UP; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;",
    ),
    paths: ["/"],
  },
  constants: {
    http: location(
      "proxy_pass http://UP; proxy_http_version 1.1; proxy_set_header Upgrade websocket; proxy_set_header Connection Upgrade;",
    ),
    paths: ["/"],
  },
  "a map the wrong way round": {
    http: `map $http_upgrade $connection_upgrade { default close; "" upgrade; } ${location(`proxy_pass http://UP; ${UPGRADE}`)}`,
    paths: ["/"],
  },
  "a map with patterns": {
    http: `map $http_upgrade $connection_upgrade { ~*^websocket$ Upgrade; default ""; } ${location(`proxy_pass http://UP; ${UPGRADE}`)}`,
    paths: ["/"],
  },
  "a map of a map": {
    http: `map $http_upgrade $a { websocket yes; default no; } map $a $connection_upgrade { yes upgrade; no close; } ${location(`proxy_pass http://UP; ${UPGRADE}`)}`,
    paths: ["/"],
  },
  "lines of the server": {
    http: `${MAP} server { listen LISTEN; ${UPGRADE} location / { proxy_pass http://UP; } }`,
    paths: ["/"],
  },
  "lines of http": { http: `${MAP} ${UPGRADE} ${location("proxy_pass http://UP;")}`, paths: ["/"] },
  "lines that another one replaces": {
    http: `${MAP} server { listen LISTEN; ${UPGRADE} location / { proxy_pass http://UP; proxy_set_header X-Real-IP $remote_addr; } }`,
    paths: ["/"],
  },
  "no headers passed on": {
    http: location(
      "proxy_pass http://UP; proxy_pass_request_headers off; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;",
    ),
    paths: ["/"],
  },
  "another method": { http: location("proxy_pass http://UP; proxy_method POST;"), paths: ["/"] },
  "a path in proxy_pass": {
    http: location("proxy_pass http://UP/;", "/chat/"),
    paths: ["/chat/", "/chat/lobby?x=1", "/chat"],
  },
  "a path that is changed": { http: location("proxy_pass http://UP/ws/;", "/chat/"), paths: ["/chat/lobby"] },
  "two slashes": { http: location("proxy_pass http://UP/;", "/chat"), paths: ["/chat", "/chat/lobby", "/chatter"] },
  "no slash": { http: location("proxy_pass http://UP/ws;", "/chat/"), paths: ["/chat/lobby"] },
  "a variable in proxy_pass": {
    http: `server { listen LISTEN; set $backend UP; location / { proxy_pass http://$backend; ${UPGRADE.replace("$connection_upgrade", "upgrade")} } }`,
    paths: ["/chat"],
  },
  "a variable and a path": {
    http: "server { listen LISTEN; set $backend UP; location / { proxy_pass http://$backend/fixed; } }",
    paths: ["/chat"],
  },
  "an upstream": { http: `upstream app { server UP; } ${location("proxy_pass http://app;")}`, paths: ["/"] },
  "the longest prefix": {
    http: "server { listen LISTEN; location / { return 404; } location /chat { proxy_pass http://UP/a; } location /chat/room { proxy_pass http://UP/b; } }",
    paths: ["/", "/chat", "/chat/room/1", "/other"],
  },
  "an exact location": {
    http: "server { listen LISTEN; location = /chat { proxy_pass http://UP/exact; } location /chat { return 410; } }",
    paths: ["/chat", "/chat/", "/chatter"],
  },
  "a pattern before a prefix": {
    http: "server { listen LISTEN; location /chat { return 410; } location ~ ^/chat/(?<room>\\w+)$ { proxy_pass http://UP; proxy_set_header X-Room $room; } }",
    paths: ["/chat/lobby", "/chat"],
  },
  "a prefix that forbids patterns": {
    http: "server { listen LISTEN; location ^~ /chat { proxy_pass http://UP; } location ~ chat { return 410; } }",
    paths: ["/chat/lobby", "/a/chat"],
  },
  "patterns in their order": {
    http: "server { listen LISTEN; location ~* \\.WS$ { return 410; } location ~ ^/a { proxy_pass http://UP; } }",
    paths: ["/a.ws", "/a"],
  },
  "locations in locations": {
    http: "server { listen LISTEN; location /chat { return 410; location /chat/room { proxy_pass http://UP; } location ~ lobby$ { proxy_pass http://UP/lobby$1; } } }",
    paths: ["/chat", "/chat/room", "/chat/lobby"],
  },
  "a redirection": { http: "server { listen LISTEN; return 301 https://$host$request_uri; }", paths: ["/chat?a=1"] },
  "return in a location": {
    http: `server { listen LISTEN; location /chat { return 403; } location / { proxy_pass http://UP; } }`,
    paths: ["/chat", "/x"],
  },
  "rewrite … last": {
    http: "server { listen LISTEN; rewrite ^/old/(.*)$ /new/$1 last; location /new { proxy_pass http://UP; } location / { return 404; } }",
    paths: ["/old/room", "/new/room"],
  },
  "rewrite … break": {
    http: "server { listen LISTEN; location /chat { rewrite ^/chat/(.*)$ /ws/$1 break; proxy_pass http://UP; } }",
    paths: ["/chat/room?x=1"],
  },
  "rewrite … permanent": {
    http: "server { listen LISTEN; location / { rewrite ^ https://other.example$uri permanent; } }",
    paths: ["/chat"],
  },
  "if by Upgrade": {
    http: `server { listen LISTEN; location / { if ($http_upgrade = "websocket") { proxy_pass http://UP; } return 404; } }`,
    paths: ["/chat"],
  },
  "if that does not hold": {
    http: `server { listen LISTEN; location / { if ($request_method = POST) { return 405; } proxy_pass http://UP; } }`,
    paths: ["/chat"],
  },
  "if not Upgrade": {
    http: `server { listen LISTEN; location / { if ($http_upgrade !~* websocket) { return 426; } proxy_pass http://UP; ${UPGRADE.replace("$connection_upgrade", "upgrade")} } }`,
    paths: ["/chat"],
  },
  "try_files to a named location": {
    http: `server { listen LISTEN; location / { try_files $uri @app; } location @app { proxy_pass http://UP; ${UPGRADE.replace("$connection_upgrade", "upgrade")} } }`,
    paths: ["/chat"],
  },
  "try_files to a status": { http: "server { listen LISTEN; location / { try_files $uri =404; } }", paths: ["/chat"] },
  "no location": { http: "server { listen LISTEN; location /other { proxy_pass http://UP; } }", paths: ["/chat"] },
  "deny all": { http: location("deny all; proxy_pass http://UP;"), paths: ["/chat"] },
  auth_basic: {
    http: location('auth_basic "members"; auth_basic_user_file none; proxy_pass http://UP;'),
    paths: ["/chat"],
  },
  "a server by its name": {
    http: `server { listen LISTEN; server_name a.example; return 410; } server { listen LISTEN; server_name b.example *.c.example; location / { proxy_pass http://UP; } }`,
    paths: ["/"],
    host: "b.example",
  },
  "a server by a wildcard": {
    http: `server { listen LISTEN; server_name a.example; return 410; } server { listen LISTEN; server_name b.example *.c.example; location / { proxy_pass http://UP; } }`,
    paths: ["/"],
    host: "x.c.example",
  },
  "the first server": {
    http: `server { listen LISTEN; server_name a.example; return 410; } server { listen LISTEN; server_name b.example; location / { proxy_pass http://UP; } }`,
    paths: ["/"],
    host: "z.example",
  },
  "the default server": {
    http: `server { listen LISTEN; server_name a.example; return 410; } server { listen LISTEN default_server; server_name b.example; location / { proxy_pass http://UP; } }`,
    paths: ["/"],
    host: "z.example",
  },
  "quotes and comments": {
    http: `server { listen LISTEN; # a { b\n location "/chat" { proxy_pass "http://UP"; proxy_set_header Upgrade "$http_upgrade"; # c;\n proxy_set_header Connection 'Up\\grade'; } }`,
    paths: ["/chat"],
  },
};

/** nginx does not start with these. */
const BROKEN: Readonly<Record<string, string>> = {
  "ws:// in proxy_pass": location("proxy_pass ws://UP;"),
  "websocket:// in proxy_pass": location("proxy_pass websocket://UP;"),
  "a path in a pattern's proxy_pass": location("proxy_pass http://UP/x;", "~ ^/chat"),
};

/** What really came of a request: what the server behind nginx got, or nginx's own answer. */
interface Real {
  readonly status: number;
  readonly location: string | undefined;
  readonly line: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
}

async function ask(port: number, path: string, host: string): Promise<Real> {
  const client = await RawClient.connect(`http://127.0.0.1:${port}`);
  client.handshake({ path, headers: { host, origin: `http://${host}` } });
  const { status, headers, body } = await client.response();
  const [line, ...fields] = status === 299 ? body.split("\r\n") : [];
  const got = fields.map(
    (field) => [field.slice(0, field.indexOf(":")).toLowerCase(), field.slice(field.indexOf(":") + 2)] as const,
  );
  return { status, location: headers.find(([name]) => name === "location")?.[1], line, headers: new Map(got) };
}

/** What is said of a request, in the same terms. */
function predicted(http: string, path: string, host: string): Outcome {
  const { directives } = included(parseFrom(http.split("\n"), 0, "nginx.conf").directives, undefined);
  const [served] = serversFor(serversOf(directives), host, false);
  return evaluate(served!.server, served!.outer, { path, host }, false);
}

/** Tells back the head of each request, with a status that nginx has not. */
async function mirror(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head) => {
      const text = head.toString("latin1").trimEnd();
      socket.end(`HTTP/1.1 299 Seen\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

const FOLDERS = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  .map((name) => `${name}_temp_path ${name};`)
  .join(" ");

function whole(http: string): string {
  return `daemon off; master_process off; pid nginx.pid; error_log stderr; events {}\nhttp { access_log off; ${FOLDERS}\n${http}\n}`;
}

describeBehind("nginx", () => {
  let backend: Server;
  let up: string;

  beforeAll(async () => {
    backend = await mirror();
    up = `127.0.0.1:${(backend.address() as AddressInfo).port}`;
  });

  afterAll(() => void backend.close());

  const filled = (http: string, port: number) => http.replaceAll("LISTEN", `127.0.0.1:${port}`).replaceAll("UP", up);

  it.each(Object.entries(CASES))("does what is said of it: %s", async (_, { http, paths, host }) => {
    const port = await freePort();
    const configuration = filled(http, port);
    const { stop } = await spawnForeground({
      command: "nginx",
      args: (folder) => ["-p", folder, "-c", "nginx.conf", "-e", "stderr"],
      file: "nginx.conf",
      configuration: whole(configuration),
      port,
    });
    try {
      for (const path of paths) {
        const asked = `${host ?? "app.example.com"}:${port}`;
        const [real, said] = [await ask(port, path, asked), predicted(configuration, path, asked)];
        const told = JSON.stringify({ path, real, said: { ...said, scope: undefined } });
        if (said.kind === "proxied") {
          expect(real.line, told).toBe(`${said.request.method} ${said.request.target} HTTP/${said.request.version}`);
          const names = ["upgrade", "connection", "host", "sec-websocket-key", "sec-websocket-version"] as const;
          const shown = (get: (name: string) => string | null | undefined) =>
            names.map((name) => (name === "sec-websocket-key" ? Boolean(get(name)) : (get(name) ?? null)));
          expect(
            shown((name) => real.headers.get(name)),
            told,
          ).toEqual(shown((name) => headerValue(said.request, name)));
        } else if (said.kind === "answered") {
          expect(real.status, told).toBe(said.status);
          if (said.status < 400 && said.status >= 300) expect(real.location, told).toContain(said.to);
        } else expect({ kind: said.kind, status: real.status }, told).toEqual({ kind: "static", status: 404 });
      }
    } finally {
      await stop();
    }
  });

  it.each(Object.entries(BROKEN))("refuses to start where that is said: %s", (_, http) => {
    const folder = mkdtempSync(join(tmpdir(), "onesocket-nginx-"));
    writeFileSync(join(folder, "nginx.conf"), whole(filled(http, 8080)));
    const { status } = spawnSync("nginx", ["-t", "-p", folder, "-c", "nginx.conf", "-e", "stderr"], { env: PROGRAMS });
    rmSync(folder, { recursive: true });
    expect(status).not.toBe(0);
    expect(predicted(filled(http, 8080), "/chat", "a:8080").kind).toBe("broken");
  });

  it.each(["bare", "half", "host", "http-1.0"])(
    "opens with the lines that are told for the wrong one of docs/proxies.md: %s",
    async (mark) => {
      const port = await freePort();
      const wrong = configurations("nginx")
        .find((block) => block.mark === mark)!
        .text.replace("listen 8080", `listen 127.0.0.1:${port}`)
        .replace("127.0.0.1:3000", up);
      const mended = pasted(wrong);
      expect(explained(mended).flatMap(({ causes }) => causes.filter(({ level }) => level !== "advice"))).toEqual([]);
      const { stop } = await spawnForeground({
        command: "nginx",
        args: (folder) => ["-p", folder, "-c", "nginx.conf", "-e", "stderr"],
        file: "nginx.conf",
        configuration: whole(mended),
        port,
      });
      const { line, headers } = await ask(port, "/chat", `127.0.0.1:${port}`);
      await stop();
      expect({
        line,
        upgrade: headers.get("upgrade"),
        connection: headers.get("connection"),
        host: headers.get("host"),
      }).toEqual({
        line: "GET /chat HTTP/1.1",
        upgrade: "websocket",
        connection: "upgrade",
        host: `127.0.0.1:${port}`,
      });
    },
  );
});

function explained(content: string, path?: string) {
  return reported([{ name: "nginx.conf", content }], path === undefined ? {} : { path }).explanations;
}

/** A configuration with the lines that are told where they are told to go. */
function pasted(wrong: string): string {
  const { snippet } = explained(wrong)[0]!.causes.find((cause) => cause.snippet?.includes("# "))!;
  const rows = wrong.split("\n");
  const top: string[] = [];
  let place = (line: string) => void top.push(line);
  for (const line of snippet!.split("\n")) {
    const [, how, number] = /^# (in the place of|beside proxy_pass, in) line (\d+) of nginx\.conf/.exec(line) ?? [];
    const at = Number(number) - 1;
    if (how === "in the place of") place = (text) => void rows.splice(at, 1, text);
    else if (how !== undefined) place = (text) => void rows.splice(at, 1, `${rows[at]}\n${text}`);
    else if (!line.startsWith("#")) place(line);
  }
  return [...top, ...rows].join("\n");
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
