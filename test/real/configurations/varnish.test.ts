import { expect, it } from "vitest";
import { varnish } from "../../../src/cli/explain/configuration/varnish/index.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { startVarnish } from "../../helpers/varnish.ts";
import { type Case, compared, mended, RIGHT } from "./compare.ts";

const BACKEND = 'vcl 4.1;\nimport std;\nbackend app { .host = "127.0.0.1"; .port = "UPPORT"; }\n';
const PIPE =
  "sub vcl_pipe {\n  set bereq.http.Upgrade = req.http.Upgrade;\n  set bereq.http.Connection = req.http.Connection;\n}\n";
const recv = (inside: string, more = PIPE) => `${BACKEND}sub vcl_recv {\n${inside}\n}\n${more}`;

const CASES: Readonly<Record<string, Case>> = {
  "a backend alone": { text: BACKEND, paths: ["/chat?a=1"] },
  "pipe without its headers": { text: recv("  return (pipe);", ""), paths: ["/chat"] },
  "pipe with its headers": {
    text: recv('  if (req.http.Upgrade ~ "(?i)websocket") {\n    return (pipe);\n  }'),
    paths: ["/chat?a=1"],
  },
  "pipe with Upgrade alone": {
    text: recv("  return (pipe);", "sub vcl_pipe {\n  set bereq.http.Upgrade = req.http.Upgrade;\n}\n"),
    paths: ["/chat"],
  },
  "an Upgrade of another case": {
    text: recv('  if (req.http.Upgrade ~ "WebSocket") { return (pipe); }'),
    paths: ["/chat"],
  },
  "an Upgrade in lower case": {
    text: recv('  if (std.tolower(req.http.upgrade) == "websocket") { return (pipe); }'),
    paths: ["/chat"],
  },
  "pass is no pipe": { text: recv("  return (pass);"), paths: ["/chat"] },
  "pass before pipe": {
    text: recv('  if (req.url ~ "^/api") { return (pass); }\n  if (req.http.Upgrade) { return (pipe); }'),
    paths: ["/api/x", "/chat"],
  },
  "else, and conditions beside one another": {
    text: recv(
      '  if (req.method != "GET" || req.url == "/a") { return (synth(405, "no")); }\n  elseif (req.http.Upgrade && !(req.url ~ "^/b" || req.http.None-Such)) { return (pipe); }\n  else { return (pass); }',
    ),
    paths: ["/a", "/b", "/c"],
  },
  synth: { text: recv('  if (req.url ~ "^/chat") { return (synth(403, "Forbidden")); }'), paths: ["/chat"] },
  "a URL that is changed": {
    text: recv(
      '  set req.url = regsub(req.url, "^/chat/(.*)", "/ws/\\1");\n  if (req.http.Upgrade) { return (pipe); }',
    ),
    paths: ["/chat/room?x=1"],
  },
  "a Host that is set": {
    text: recv(
      "  return (pipe);",
      `sub vcl_pipe {\n  set bereq.http.Upgrade = req.http.Upgrade;\n  set bereq.http.Connection = req.http.Connection;\n  set bereq.http.Host = "app.internal";\n}\n`,
    ),
    paths: ["/chat"],
  },
  "a Host that is set before": {
    text: recv('  set req.http.Host = "app" + ".internal";\n  return (pipe);'),
    paths: ["/chat"],
  },
  "a sub that is called": {
    text: `${BACKEND}sub sockets {\n  if (req.http.Upgrade) { return (pipe); }\n}\nsub vcl_recv {\n  call sockets;\n  return (pass);\n}\n${PIPE}`,
    paths: ["/chat"],
  },
  "vcl_recv twice": {
    text: `${BACKEND}sub vcl_recv {\n  if (req.http.Upgrade) { return (pipe); }\n}\nsub vcl_recv {\n  return (pass);\n}\n${PIPE}`,
    paths: ["/chat"],
  },
  "an Upgrade that is taken away": { text: recv("  unset req.http.Upgrade;\n  return (pipe);"), paths: ["/chat"] },
  "comments and long strings": {
    text: recv(
      '  /* return (pass); */ # return (pass);\n  // return (pass);\n  if (req.http.Upgrade ~ {"(?i)websocket"}) {\n    return (pipe);\n  }',
    ),
    paths: ["/chat"],
  },
};

describeNeeding({ command: "varnishd", debianPackage: "varnish" }, "behind Varnish", () => {
  it.each(Object.entries(CASES))("does what is said of it: %s", async (_, one) => {
    const { real, said } = await compared(varnish, startVarnish, one);
    expect(real).toEqual(said);
  });

  it.each([
    "a backend alone",
    "pipe without its headers",
    "pipe with Upgrade alone",
    "an Upgrade of another case",
    "pass is no pipe",
    "a Host that is set",
  ])("opens with the lines that are told to be pasted: %s", async (name) => {
    expect(await mended(varnish, startVarnish, CASES[name]!)).toEqual(RIGHT);
  });
});
