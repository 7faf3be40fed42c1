import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { haproxy } from "../../../src/cli/explain/configuration/haproxy/index.ts";
import { PROGRAMS } from "../../helpers/foreground.ts";
import { HTTP_DEFAULTS, startHaproxy } from "../../helpers/haproxy.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { type Case, compared, mended, predicted, RIGHT } from "./compare.ts";

const defaults = (more = "") => HTTP_DEFAULTS + more;

const through = (front: string, back = "", more = "") =>
  `${defaults(more)}\nfrontend web\n  bind 127.0.0.1:PORT\n${front}\n  default_backend app\n\nbackend app\n${back}\n  server app1 UP\n`;

/** Two backends: what goes to the other one has another path. */
const chosen = (front: string) =>
  `${defaults()}
frontend web
  bind 127.0.0.1:PORT
${front}
  default_backend app
backend app
  server app1 UP
backend other
  http-request set-path /other%[path]
  server app1 UP
`;

/** Bytes to one of two backends, of which the other has no server. */
const raw = (front: string) =>
  `${defaults().replace("mode http", "mode tcp")}\nfrontend web\n  bind 127.0.0.1:PORT\n${front}\nbackend app\n  server app1 UP\nbackend empty\n  balance roundrobin\n`;

const CASES: Readonly<Record<string, Case>> = {
  "nothing but a server": { text: through(""), paths: ["/chat?a=1"] },
  "option http-server-close": { text: through("", "", "  option http-server-close\n"), paths: ["/chat"] },
  "option httpclose": { text: through("", "", "  option httpclose\n"), paths: ["/chat"] },
  "option http-buffer-request": { text: through("  option http-buffer-request"), paths: ["/chat"] },
  "option http-pretend-keepalive and httpclose": {
    text: through("", "  option httpclose\n  option http-pretend-keepalive"),
    paths: ["/chat"],
  },
  "a Connection that is set": { text: through("", "  http-request set-header Connection close"), paths: ["/chat"] },
  "option forwardfor and http-keep-alive": {
    text: through("", "", "  option forwardfor\n  option http-keep-alive\n"),
    paths: ["/chat"],
  },
  "an Upgrade that is taken out": { text: through("  http-request del-header Upgrade"), paths: ["/chat"] },
  "a Connection that is taken out": { text: through("", "  http-request del-header Connection"), paths: ["/chat"] },
  "a Host that is set": { text: through("", "  http-request set-header Host app.internal"), paths: ["/chat"] },
  "a Host that is set to what it is": {
    text: through("", "  http-request set-header Host %[req.hdr(host)]"),
    paths: ["/chat"],
  },
  "a Host that is set under a condition": {
    text: through("", "  http-request set-header Host app.internal if { path_beg /api }"),
    paths: ["/chat", "/api/x"],
  },
  "a path that is changed": {
    text: through("", "  http-request replace-path /chat(/)?(.*) /ws/\\2"),
    paths: ["/chat/room?x=1", "/x"],
  },
  "a path that is set": { text: through("  http-request set-path /v1%[path]"), paths: ["/chat?x=1"] },
  "use_backend by a path": {
    text: chosen("  acl is_ws path_beg /chat\n  use_backend other if is_ws"),
    paths: ["/chat/a", "/x"],
  },
  "use_backend by Upgrade": {
    text: chosen("  acl is_ws hdr(Upgrade) -i WebSocket\n  use_backend other if is_ws"),
    paths: ["/chat/a"],
  },
  "use_backend by an Upgrade of another case": {
    text: chosen("  acl is_ws hdr(Upgrade) WebSocket\n  use_backend other if is_ws"),
    paths: ["/chat/a"],
  },
  "use_backend by a host": {
    text: chosen("  use_backend other if { hdr(host),lower,field(1,:) b.example }"),
    paths: ["/a"],
    host: "B.example",
  },
  "use_backend by a host without its port": {
    text: chosen("  use_backend other if { hdr(host) -i b.example }"),
    paths: ["/a"],
    host: "b.example",
  },
  "use_backend by the beginning of a host": {
    text: chosen("  use_backend other if { hdr_beg(host) -i b.example }"),
    paths: ["/a"],
    host: "b.example",
  },
  "conditions beside one another, or with or": {
    text: chosen(
      "  acl a path_beg /a\n  acl b path_end .ws\n  acl c path_sub c\n  use_backend other if a !b or c { method GET }",
    ),
    paths: ["/a", "/a.ws", "/xcx", "/b.ws"],
  },
  "use_backend by Upgrade in mode tcp, which waits for a request": {
    text: raw(
      "  tcp-request inspect-delay 2s\n  tcp-request content accept if { req.ssl_hello_type 1 }\n  use_backend app if { hdr(Upgrade) -i websocket }\n  default_backend empty",
    ),
    paths: ["/chat"],
  },
  "use_backend by a path in mode tcp, which waits for HTTP": {
    text: raw(
      "  tcp-request inspect-delay 2s\n  tcp-request content accept if HTTP\n  use_backend app if { path_beg /chat }\n  default_backend empty",
    ),
    paths: ["/chat"],
  },
  "several lines of one name": {
    text: chosen("  acl a path /a\n  acl a path -m reg ^/b[0-9]+$\n  use_backend other unless a"),
    paths: ["/a", "/b12", "/b"],
  },
  "headers that are there": {
    text: chosen("  use_backend other if { hdr(sec-websocket-key) -m found } { hdr_cnt(sec-websocket-protocol) eq 0 }"),
    paths: ["/a"],
  },
  "a path by its parts": {
    text: chosen("  use_backend other if { path_dir chat }"),
    paths: ["/a/chat/b", "/a/chatter"],
  },
  "http-request deny": { text: through("  http-request deny if { path_beg /chat }"), paths: ["/chat", "/x"] },
  "http-request deny with a status": {
    text: through("  http-request deny deny_status 404 unless { path_beg /chat }"),
    paths: ["/chat", "/x"],
  },
  "http-request return": {
    text: through("  http-request return status 200 content-type text/plain string ok if { path /health }"),
    paths: ["/health", "/x"],
  },
  "redirect scheme": { text: through("  redirect scheme https code 301 if !{ ssl_fc }"), paths: ["/chat"] },
  "http-request redirect": {
    text: through("  http-request redirect prefix https://b.example if { path_beg /old }"),
    paths: ["/old", "/x"],
  },
  "no server": {
    text: `${defaults()}\nfrontend web\n  bind 127.0.0.1:PORT\n  default_backend app\nbackend app\n  balance roundrobin\n`,
    paths: ["/chat"],
  },
  "no backend": {
    text: `${defaults()}\nfrontend web\n  bind 127.0.0.1:PORT\n  use_backend app if { path /x }\nbackend app\n  server a UP\n`,
    paths: ["/chat", "/x"],
  },
  "a listen section": { text: `${defaults()}\nlisten web\n  bind 127.0.0.1:PORT\n  server a UP\n`, paths: ["/chat"] },
  "mode tcp": {
    text: "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\nlisten web\n  bind 127.0.0.1:PORT\n  server a UP\n",
    paths: ["/chat"],
  },
  "HTTP/2 to the server": {
    text: through("").replace("app1 UP", "app1 UP proto h2"),
    paths: ["/chat"],
    lost: "STATUS_NOT_101",
  },
  "HTTP/2 to the server, but not for WebSockets": {
    text: through("").replace("app1 UP", "app1 UP proto h2 ws h1"),
    paths: ["/chat"],
  },
  "quotes, backslashes and comments": {
    text: through(
      '  http-request set-header X-Note "a # b" # not this: http-request deny\n  http-request set-header X-Other a\\ b',
    ),
    paths: ["/chat"],
  },
};

/** These have no like: the server behind gets something else than a handshake. */
const MORE: Readonly<Record<string, Case>> = {
  "a key that is taken out": { text: through("", "  http-request del-header Sec-WebSocket-Key"), paths: ["/chat"] },
};

describeNeeding({ command: "haproxy", debianPackage: "haproxy" }, "behind HAProxy", () => {
  it.each(Object.entries(CASES))("does what is said of it: %s", async (_, one) => {
    const { real, said } = await compared(haproxy, startHaproxy, one);
    expect(real).toEqual(said);
  });

  it.each([
    "option forceclose",
    "option http-tunnel",
    "reqidel ^Upgrade:.*",
    "reqadd X-A:\\ b",
    "rspidel ^Via:",
    "clitimeout 30s",
    "block if FALSE",
    "redispatch",
  ])("does not start where that is said: %s", (line) => {
    const text = through("", "", `  ${line}\n`).replace("PORT", "8080").replace("UP", "127.0.0.1:3000");
    const { status } = spawnSync("haproxy", ["-c", "-f", "/dev/stdin"], { env: PROGRAMS, input: text });
    expect(status).toBe(1);
    expect(predicted(haproxy, text, "/chat", "a:8080").beside).toMatchObject([{ code: "CONFIG_INVALID" }]);
    expect(predicted(haproxy, text.replace(`  ${line}\n`, ""), "/chat", "a:8080").beside).toEqual([]);
  });

  it.each([
    "nothing but a server",
    "an Upgrade that is taken out",
    "a Connection that is taken out",
    "a Connection that is set",
    "a key that is taken out",
    "a Host that is set",
    "HTTP/2 to the server",
  ])("opens with the lines that are told to be pasted: %s", async (name) => {
    expect(await mended(haproxy, startHaproxy, (CASES[name] ?? MORE[name])!)).toEqual(RIGHT);
  });
});
