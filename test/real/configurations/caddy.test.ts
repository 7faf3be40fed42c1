import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { caddy } from "../../../src/cli/explain/configuration/caddy/index.ts";
import { startCaddy } from "../../helpers/caddy.ts";
import { PROGRAMS } from "../../helpers/foreground.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { type Case, compared, mended, predicted, RIGHT } from "./compare.ts";

const site = (...lines: readonly string[]) => `http://:PORT {\n${lines.map((line) => `\t${line}\n`).join("")}}\n`;

const CASES: Readonly<Record<string, Case>> = {
  "reverse_proxy alone": { text: site("reverse_proxy UP"), paths: ["/chat?a=1"] },
  "a scheme": { text: site("reverse_proxy http://UP"), paths: ["/chat"] },
  "to in its block": { text: site("reverse_proxy {", "to UP", "}"), paths: ["/chat"] },
  "a Host that is the server's": {
    text: site("reverse_proxy UP {", "header_up Host {upstream_hostport}", "}"),
    paths: ["/chat"],
  },
  "a Host without its port": { text: site("reverse_proxy UP {", "header_up Host {host}", "}"), paths: ["/chat"] },
  "a Host that is kept": {
    text: site("reverse_proxy UP {", "header_up Host {http.request.hostport}", "}"),
    paths: ["/chat"],
  },
  "an Upgrade that is taken away": { text: site("reverse_proxy UP {", "header_up -Upgrade", "}"), paths: ["/chat"] },
  "a Connection that is taken away": {
    text: site("reverse_proxy UP {", "header_up -Connection", "}"),
    paths: ["/chat"],
  },
  "an Upgrade that is taken away before": {
    text: site("request_header -Upgrade", "reverse_proxy UP"),
    paths: ["/chat"],
  },
  "a Connection that is set": {
    text: site("reverse_proxy UP {", "header_up Connection keep-alive", "}"),
    paths: ["/chat"],
  },
  "a Connection that is set before": {
    text: site("request_header Connection close", "reverse_proxy UP"),
    paths: ["/chat"],
  },
  "an Upgrade and a Connection that are taken away": {
    text: site("reverse_proxy UP {", "header_up -Upgrade", "header_up -Connection", "}"),
    paths: ["/chat"],
  },
  "all that is taken away": { text: site("reverse_proxy UP {", "header_up -Sec-WebSocket-*", "}"), paths: ["/chat"] },
  "lines from nginx": {
    text: site(
      "reverse_proxy UP {",
      "header_up Upgrade {http.request.header.Upgrade}",
      "header_up Connection upgrade",
      "header_up X-Real-IP {remote_host}",
      "}",
    ),
    paths: ["/chat"],
  },
  "an Origin that is replaced": {
    text: site("reverse_proxy UP {", "header_up Origin http://app http://web", "}"),
    paths: ["/chat"],
  },
  "HTTP/2 to the server": { text: site("reverse_proxy h2c://UP"), paths: ["/chat"], lost: "STATUS_NOT_101" },
  "HTTP/2 by its transport": {
    text: site("reverse_proxy UP {", "transport http {", "versions h2c 2", "}", "}"),
    paths: ["/chat"],
    lost: "STATUS_NOT_101",
  },
  "a matcher": { text: site("reverse_proxy /chat* UP", "respond 404"), paths: ["/chat/a", "/other"] },
  "respond before reverse_proxy": { text: site('respond "hi" 200', "reverse_proxy UP"), paths: ["/chat"] },
  "the longest path first": {
    text: site("respond /chat/* 403", "respond /chat/room* 410", "reverse_proxy UP"),
    paths: ["/chat/a", "/chat/room/1", "/x"],
  },
  "a matcher with a name": {
    text: site(
      "@ws {",
      "header Connection *Upgrade*",
      "header Upgrade websocket",
      "}",
      "reverse_proxy @ws UP",
      "respond 404",
    ),
    paths: ["/chat"],
  },
  "a matcher whose case does not fit": {
    text: site("@ws header Upgrade WebSocket", "reverse_proxy @ws UP", "respond 404"),
    paths: ["/chat"],
  },
  "matchers of other kinds": {
    text: site(
      "@a {",
      "path /a /b*",
      "not path /b/x",
      "method GET",
      "}",
      "@c path_regexp ^/c[0-9]+$",
      "reverse_proxy @a UP",
      "reverse_proxy @c UP",
      "respond 404",
    ),
    paths: ["/a", "/b/x", "/b/y", "/c12", "/c"],
  },
  "handle in its order": {
    text: site(
      "handle /api/* {",
      "respond 410",
      "}",
      "handle {",
      "reverse_proxy UP",
      "}",
      "handle /chat* {",
      "respond 403",
      "}",
    ),
    paths: ["/api/x", "/chat", "/x"],
  },
  "a handle that answers nothing": {
    text: site("handle /chat* {", "header X-A b", "}", "reverse_proxy UP"),
    paths: ["/chat"],
  },
  handle_path: {
    text: site("handle_path /chat/* {", "reverse_proxy UP", "}", "respond 404"),
    paths: ["/chat/room?x=1", "/chat", "/x"],
  },
  "handle and handle_path": {
    text: site(
      "handle /a/* {",
      "respond 410",
      "}",
      "handle_path /a/b/* {",
      "reverse_proxy UP",
      "}",
      "handle {",
      "respond 404",
      "}",
    ),
    paths: ["/a/b/c", "/a/x", "/x"],
  },
  "route keeps its order": {
    text: site("route {", "reverse_proxy /chat* UP", "respond 404", "}"),
    paths: ["/chat", "/x"],
  },
  rewrite: {
    text: site("rewrite /old/* /new{uri}", "rewrite /old/x /never", "reverse_proxy UP"),
    paths: ["/old/a?x=1", "/x"],
  },
  "uri strip_prefix": { text: site("uri strip_prefix /api", "reverse_proxy UP"), paths: ["/api/chat?x=1", "/chat"] },
  "uri replace": { text: site("uri replace /a/ /b/", "reverse_proxy UP"), paths: ["/a/chat"] },
  redir: { text: site("redir /old https://b.example{uri} permanent", "reverse_proxy UP"), paths: ["/old", "/x"] },
  basicauth: {
    text: site(
      "basicauth /chat* {",
      "bob $2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG",
      "}",
      "reverse_proxy UP",
    ),
    paths: ["/chat", "/x"],
  },
  file_server: { text: site("root * /var/empty", "file_server"), paths: ["/chat"], lost: "NO_ROUTE" },
  "file_server behind reverse_proxy": { text: site("file_server", "reverse_proxy /chat UP"), paths: ["/chat"] },
  nothing: { text: site("header X-A b", "respond /x 403"), paths: ["/chat"] },
  "another host": { text: "http://b.example:PORT {\n\treverse_proxy UP\n}\n", paths: ["/chat"] },
  "a host, and any": {
    text: "http://:PORT {\n\trespond 410\n}\nhttp://app.example.com:PORT {\n\treverse_proxy UP\n}\n",
    paths: ["/chat"],
  },
  "a host by a star": {
    text: "http://*.example.com:PORT, http://b.example:PORT {\n\treverse_proxy UP\n}\n",
    paths: ["/chat"],
  },
  "a snippet": {
    text: "(up) {\n\treverse_proxy {args.0} UP {\n\t\theader_up Host {host}\n\t}\n}\nhttp://:PORT {\n\timport up /chat\n\trespond 404\n}\n",
    paths: ["/chat", "/x"],
  },
  abort: { text: site("handle /api* {", "abort", "}", "reverse_proxy UP"), paths: ["/x"] },
};

/** Caddy does not start with these. */
const BROKEN = [
  "reverse_proxy ws://UP",
  "reverse_proxy wss://UP",
  "reverse_proxy http://UP/chat",
  "reverse_proxy websocket://UP",
];

describeNeeding({ command: "caddy", debianPackage: "caddy" }, "behind Caddy", () => {
  it.each(Object.entries(CASES))("does what is said of it: %s", async (_, one) => {
    const { real, said } = await compared(caddy, startCaddy, one);
    expect(real).toEqual(said);
  });

  it.each(BROKEN)("does not start where that is said: %s", (line) => {
    const text = site(line).replace("PORT", "8080").replace("UP", "127.0.0.1:3000");
    const { status } = spawnSync("caddy", ["adapt", "--adapter", "caddyfile", "--config", "/dev/stdin"], {
      env: PROGRAMS,
      input: text,
    });
    expect(status).not.toBe(0);
    expect(predicted(caddy, text, "/chat", "a:8080").fate.kind).toBe("broken");
  });

  it.each([
    "a Host that is the server's",
    "a Host without its port",
    "an Upgrade that is taken away",
    "a Connection that is taken away",
    "an Upgrade that is taken away before",
    "a Connection that is set",
    "a Connection that is set before",
    "an Upgrade and a Connection that are taken away",
    "HTTP/2 to the server",
    "HTTP/2 by its transport",
    "another host",
  ])("opens with the lines that are told to be pasted: %s", async (name) => {
    expect(await mended(caddy, startCaddy, CASES[name]!)).toEqual(RIGHT);
  });

  it("opens with the lines that are told for a scheme that is none", async () => {
    expect(await mended(caddy, startCaddy, { text: site("reverse_proxy ws://UP"), paths: ["/chat"] })).toEqual(RIGHT);
  });
});
