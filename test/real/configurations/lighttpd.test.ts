import { expect, it } from "vitest";
import { lighttpd } from "../../../src/cli/explain/configuration/lighttpd/index.ts";
import { startLighttpd } from "../../helpers/lighttpd.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { type Case, compared, mended, RIGHT } from "./compare.ts";

/** `host:port` as a list of lighttpd's. */
const UP = '(( "host" => "127.0.0.1", "port" => UPPORT ))';
const server = (key = "") => `proxy.server = ( "${key}" => ${UP} )`;
const UPGRADE = 'proxy.header = ( "upgrade" => "enable" )';
const modules = (...names: readonly string[]) =>
  `server.modules += ( ${names.map((name) => `"${name}"`).join(", ")} )\n`;

const CASES: Readonly<Record<string, Case>> = {
  "proxy.server alone": { text: server(), paths: ["/chat?a=1"] },
  "the upgrade switched on": { text: `${server()}\n${UPGRADE}`, paths: ["/chat?a=1"] },
  "the upgrade switched on before": { text: `${UPGRADE}\n${server()}`, paths: ["/chat"] },
  "the upgrade as another word": { text: `${server()}\nproxy.header = ( "upgrade" => "true" )`, paths: ["/chat"] },
  "the upgrade switched off": { text: `${server()}\nproxy.header = ( "upgrade" => "disable" )`, paths: ["/chat"] },
  "a header of its own without the upgrade": {
    text: `${server()}\n${UPGRADE}\n$HTTP["url"] =~ "^/chat" {\n  proxy.header = ( "https-remap" => "enable" )\n}`,
    paths: ["/chat", "/x"],
  },
  "a path's beginning": { text: `${server("/chat")}\n${UPGRADE}`, paths: ["/chat/a", "/x"], lost: "NO_ROUTE" },
  "an ending": { text: `${server(".ws")}\n${UPGRADE}`, paths: ["/a.ws", "/x"], lost: "NO_ROUTE" },
  "conditions by the URL": {
    text: `$HTTP["url"] =~ "^/chat" {\n  ${server()}\n  ${UPGRADE}\n}\nelse $HTTP["url"] == "/x" {\n  ${server()}\n}`,
    paths: ["/chat/a", "/x", "/y"],
    lost: "NO_ROUTE",
  },
  "a condition by the host": {
    text: `$HTTP["host"] == "app.example.com" {\n  ${server()}\n  ${UPGRADE}\n}\n$HTTP["host"] != "app.example.com" {\n  ${server()}\n}`,
    paths: ["/chat"],
  },
  "another host": {
    text: `${server()}\n$HTTP["host"] == "a.example" {\n  ${UPGRADE}\n}\n$HTTP["host"] =~ "^a\\.example$" {\n  ${UPGRADE}\n}`,
    paths: ["/chat"],
    host: "b.example",
  },
  "a condition by a header": {
    text: `${server()}\n$REQUEST_HEADER["Upgrade"] == "websocket" {\n  ${UPGRADE}\n}`,
    paths: ["/chat"],
  },
  "conditions in one another, and else": {
    text: `${server()}\n$HTTP["url"] =^ "/a" {\n  $HTTP["url"] =$ ".ws" {\n    ${UPGRADE}\n  }\n} else {\n  ${UPGRADE}\n}`,
    paths: ["/a/b.ws", "/a/b", "/c"],
  },
  "a path that is mapped": {
    text: `${server()}\nproxy.header = ( "upgrade" => "enable", "map-urlpath" => ( "/chat/" => "/ws/" ) )`,
    paths: ["/chat/room?x=1", "/x"],
  },
  "a host that is mapped": {
    text: `${server()}\nproxy.header = ( "upgrade" => "enable", "map-host-request" => ( "-" => "app.internal" ) )`,
    paths: ["/chat"],
  },
  "HTTP/1.0": {
    text: `${server()}\nproxy.header = ( "upgrade" => "enable", "force-http10" => "enable" )`,
    paths: ["/chat"],
  },
  "a variable": {
    text: `var.up = ( "host" => "127.0.0.1", "port" => UPPORT )\n${UPGRADE}\n${server()}`,
    paths: ["/chat"],
  },
  "a redirection": {
    text: `${modules("mod_redirect")}url.redirect = ( "^/old/(.*)$" => "https://b.example/$1" )\n${server()}`,
    paths: ["/old/a", "/x"],
  },
  "a rewrite": {
    text: `${modules("mod_rewrite")}url.rewrite-once = ( "^/old/(.*)$" => "/new/$1" )\n${server()}\n${UPGRADE}`,
    paths: ["/old/a?x=1", "/x"],
  },
  "a path that is denied": {
    text: `${modules("mod_access")}url.access-deny = ( ".ws" )\n${server()}\n${UPGRADE}`,
    paths: ["/a.ws", "/x"],
  },
  "comments and several lines": {
    text: `proxy.server = ( # here\n  "/chat" => (\n    ( "host" => "127.0.0.1",\n      "port" => UPPORT ),\n  ),\n)\n${UPGRADE}`,
    paths: ["/chat"],
  },
};

describeNeeding({ command: "lighttpd", debianPackage: "lighttpd" }, "behind lighttpd", () => {
  it.each(Object.entries(CASES))("does what is said of it: %s", async (_, one) => {
    const { real, said } = await compared(lighttpd, startLighttpd, one);
    expect(real).toEqual(said);
  });

  it.each([
    "proxy.server alone",
    "the upgrade switched on",
    "the upgrade switched off",
    "a header of its own without the upgrade",
    "a host that is mapped",
    "HTTP/1.0",
    "comments and several lines",
  ])("opens with the lines that are told to be pasted: %s", async (name) => {
    expect(await mended(lighttpd, startLighttpd, CASES[name]!)).toEqual(RIGHT);
  });
});
