import { expect, it } from "vitest";
import { apache } from "../../../src/cli/explain/configuration/apache/index.ts";
import { startApache } from "../../helpers/apache.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { type Case, compared, mended, RIGHT } from "./compare.ts";

const load = (...names: readonly string[]) =>
  names.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`).join("");

const host = (inside: string, before = "") => `${before}<VirtualHost *:PORT>\n${inside}\n</VirtualHost>\n`;

const CASES: Readonly<Record<string, Case>> = {
  "ProxyPass alone": { text: host('ProxyPass "/" "http://UP/"'), paths: ["/chat"] },
  "upgrade=websocket": { text: host('ProxyPass "/" "http://UP/" upgrade=websocket'), paths: ["/chat?a=1"] },
  "upgrade=ANY": { text: host("ProxyPreserveHost On\nProxyPass / http://UP/ upgrade=ANY"), paths: ["/chat"] },
  "upgrade=NONE": { text: host("ProxyPreserveHost On\nProxyPass / http://UP/ upgrade=NONE"), paths: ["/chat"] },
  "a path that is changed": {
    text: host('ProxyPass "/chat/" "http://UP/ws/" upgrade=websocket'),
    paths: ["/chat/room", "/chat"],
    lost: "NO_ROUTE",
  },
  "a prefix without a slash": {
    text: host('ProxyPass "/chat" "http://UP/ws" upgrade=websocket'),
    paths: ["/chat/room", "/chat", "/chatter"],
    lost: "NO_ROUTE",
  },
  "a worker that another ProxyPass made": {
    text: host('ProxyPass "/api/" "http://UP/"\nProxyPass "/" "http://UP/" upgrade=websocket'),
    paths: ["/chat", "/api/x"],
  },
  "a worker that has the upgrade, used by another ProxyPass": {
    text: host('ProxyPass "/chat" "http://UP/chat" upgrade=websocket\nProxyPass "/" "http://UP/"'),
    paths: ["/chat", "/other"],
  },
  "a slash that only the path has": {
    text: host('ProxyPass "/" "http://UP" upgrade=websocket'),
    paths: ["/chat"],
    lost: "STATUS_NOT_101",
  },
  "an exception": {
    text: host('ProxyPass "/chat/static" "!"\nProxyPass "/chat" "http://UP/chat" upgrade=websocket'),
    paths: ["/chat/static", "/chat/x"],
    lost: "NO_ROUTE",
  },
  ProxyPassMatch: {
    text: host('ProxyPassMatch "^/rooms/(\\w+)$" "http://UP/ws/$1" upgrade=websocket'),
    paths: ["/rooms/lobby", "/rooms/a/b"],
    lost: "NO_ROUTE",
  },
  "a pattern that is none": {
    text: host(
      'ProxyPass "/ws/(.*)" "ws://UP/a/$1"\nProxyPass "/x" "http://UP/b/$1" upgrade=websocket\nProxyPass "/c$1" "http://UP/c" upgrade=websocket',
    ),
    paths: ["/ws/abc", "/x/y", "/x", "/c$1/d", "/c"],
    lost: "NO_ROUTE",
  },
  "a Location": {
    text: host('<Location "/chat">\nProxyPass "http://UP/chat" upgrade=websocket\nProxyPreserveHost On\n</Location>'),
    paths: ["/chat/a", "/other"],
    lost: "NO_ROUTE",
  },
  "a Location before ProxyPass": {
    text: host(
      'ProxyPass "/" "http://UP/all/" upgrade=websocket\n<Location "/chat">\nProxyPass "http://UP/loc"\n</Location>',
    ),
    paths: ["/chat/a", "/b"],
  },
  "a denied Location": {
    text: host('ProxyPass "/" "http://UP/" upgrade=websocket\n<Location "/chat">\nRequire all denied\n</Location>'),
    paths: ["/chat", "/other"],
  },
  "ws:// with wstunnel": {
    text: load("proxy_wstunnel") + host('ProxyPass "/chat" "ws://UP/chat"'),
    paths: ["/chat"],
  },
  "ws:// without wstunnel": { text: host('ProxyPass "/chat" "ws://UP/chat"'), paths: ["/chat"] },
  "ws:// before http://": {
    text:
      load("proxy_wstunnel") +
      host('ProxyPass "/chat" "ws://UP/chat"\nProxyPass "/" "http://UP/"\nProxyPreserveHost On'),
    paths: ["/chat/a", "/x"],
  },
  "RewriteRule to ws://": {
    text:
      load("rewrite", "proxy_wstunnel") +
      host(
        'RewriteEngine On\nRewriteCond %{HTTP:Upgrade} websocket [NC]\nRewriteCond %{HTTP:Connection} upgrade [NC]\nRewriteRule ^/?(.*) "ws://UP/$1" [P,L]\nProxyPass "/" "http://UP/"',
      ),
    paths: ["/chat/a?x=1"],
  },
  "RewriteRule to http://": {
    text:
      load("rewrite") +
      host("RewriteEngine On\nRewriteCond %{HTTP:Upgrade} =websocket [NC]\nRewriteRule /(.*) http://UP/$1 [P,L]"),
    paths: ["/chat/a"],
  },
  "RewriteRule by an Upgrade of another case": {
    text:
      load("rewrite", "proxy_wstunnel") +
      host(
        "RewriteEngine On\nRewriteCond %{HTTP:Upgrade} WebSocket\nRewriteRule /(.*) ws://UP/$1 [P,L]\nProxyPass / http://UP/",
      ),
    paths: ["/chat/a"],
  },
  "RewriteEngine that is not on": {
    text: load("rewrite") + host("RewriteRule /(.*) ws://UP/$1 [P,L]\nProxyPass / http://UP/"),
    paths: ["/chat/a"],
  },
  "a rule that is skipped, and one that ends": {
    text:
      load("rewrite") +
      host(
        "RewriteEngine On\nRewriteCond %{REQUEST_METHOD} POST\nRewriteRule .* - [F]\nRewriteRule ^/old/(.*)$ /new/$1 [PT]\nRewriteRule .* - [G]\nProxyPass /new http://UP/new upgrade=websocket",
      ),
    paths: ["/old/a", "/else"],
  },
  "RewriteRule that redirects": {
    text: load("rewrite") + host("RewriteEngine On\nRewriteRule ^/(.*)$ https://other.example/$1 [R=301,L]"),
    paths: ["/chat"],
  },
  "conditions with OR": {
    text:
      load("rewrite") +
      host(
        "RewriteEngine On\nRewriteCond %{HTTP_HOST} ^a\\. [OR]\nRewriteCond %{HTTP_HOST} ^app\\.\nRewriteCond %{REQUEST_URI} ^/chat\nRewriteRule .* - [F]\nProxyPass / http://UP/ upgrade=websocket",
      ),
    paths: ["/chat", "/x"],
  },
  "Redirect and ProxyPass": {
    text: load("alias") + host('Redirect permanent "/old" "https://other.example/new"\nProxyPass "/" "http://UP/"'),
    paths: ["/old/a", "/x"],
  },
  "Redirect alone": { text: load("alias") + host("Redirect / https://other.example/"), paths: ["/chat"] },
  "headers that are taken away": {
    text:
      load("headers") +
      host(
        "RequestHeader unset Origin\nRequestHeader set Host a.example\nProxyPreserveHost On\nProxyPass / http://UP/ upgrade=websocket",
      ),
    paths: ["/chat"],
  },
  "an Upgrade that is taken away": {
    text: load("headers") + host("RequestHeader unset Upgrade\nProxyPass / http://UP/ upgrade=websocket"),
    paths: ["/chat"],
  },
  "an Upgrade that is set": {
    text:
      load("headers") +
      host("RequestHeader set Upgrade websocket\nRequestHeader set Connection Upgrade\nProxyPass / http://UP/"),
    paths: ["/chat"],
  },
  "HTTP/1.0": {
    text: load("env") + host("SetEnv force-proxy-request-1.0 1\nProxyPass / http://UP/ upgrade=websocket"),
    paths: ["/chat"],
  },
  "HTTP/1.0 set to 0, and taken back": {
    text:
      load("env") +
      host(
        "SetEnv force-proxy-request-1.0 0\n<Location /chat>\nUnsetEnv force-proxy-request-1.0\n</Location>\nProxyPass / http://UP/ upgrade=websocket",
      ),
    paths: ["/chat", "/x"],
  },
  "HTTP/1.0 for a path": {
    text:
      load("env") +
      host("<Location /chat>\nSetEnv force-proxy-request-1.0 1\n</Location>\nProxyPass / http://UP/ upgrade=websocket"),
    paths: ["/chat", "/x"],
  },
  "HTTP/1.0 by a browser's name": {
    text:
      load("setenvif") +
      host('SetEnvIf User-Agent ".*" force-proxy-request-1.0\nProxyPass / http://UP/ upgrade=websocket'),
    paths: ["/chat"],
  },
  "a Connection that is set": {
    text: load("headers") + host("RequestHeader set Connection close\nProxyPass / http://UP/ upgrade=websocket"),
    paths: ["/chat"],
  },
  "an early Upgrade that is taken away": {
    text: load("headers") + host("RequestHeader unset Upgrade early\nProxyPass / http://UP/ upgrade=websocket"),
    paths: ["/chat"],
  },
  "proxy-nokeepalive": {
    text: load("env") + host("SetEnv proxy-nokeepalive 1\nProxyPass / http://UP/ upgrade=websocket"),
    paths: ["/chat"],
  },
  "a balancer": {
    text:
      load("proxy_balancer", "lbmethod_byrequests", "slotmem_shm") +
      host(
        '<Proxy "balancer://app">\nBalancerMember "http://UP" upgrade=websocket\n</Proxy>\nProxyPass "/" "balancer://app/"\nProxyPreserveHost On',
      ),
    paths: ["/chat"],
  },
  "a balancer without": {
    text:
      load("proxy_balancer", "lbmethod_byrequests", "slotmem_shm") +
      host('<Proxy "balancer://app">\nBalancerMember "http://UP"\n</Proxy>\nProxyPass "/" "balancer://app/"'),
    paths: ["/chat"],
  },
  "a virtual host by its name": {
    text: `${host("ServerName a.example\nRedirect / https://x.example/", load("alias"))}${host("ServerName b.example\nServerAlias *.c.example\nProxyPass / http://UP/ upgrade=websocket")}`,
    paths: ["/chat"],
    host: "x.c.example",
  },
  "the first virtual host": {
    text: `${host("ServerName a.example\nRedirect / https://x.example/", load("alias"))}${host("ServerName b.example\nProxyPass / http://UP/ upgrade=websocket")}`,
    paths: ["/chat"],
    host: "z.example",
  },
  "the server's own ProxyPass behind the host's": {
    text: `ProxyPass /all http://UP/all upgrade=websocket\n${host("ProxyPass /chat http://UP/chat upgrade=websocket")}`,
    paths: ["/chat", "/all"],
  },
  "continued lines, variables and comments": {
    text: `Define backend UP\n${host("# ProxyPass / http://nowhere/\n  ProxyPass /chat \\\n  http://$" + "{backend}/chat \\\n  upgrade=websocket")}`,
    paths: ["/chat"],
  },
  "a setting of <Proxy>": {
    text: host('<Proxy "http://UP">\nProxySet upgrade=websocket\n</Proxy>\nProxyPass "/" "http://UP/"'),
    paths: ["/chat"],
  },
  "TLS that is not switched on": {
    text: host('ProxyPass "/" "https://UP/" upgrade=websocket'),
    paths: ["/chat"],
    lost: "STATUS_NOT_101",
  },
};

describeNeeding({ command: "apache2", debianPackage: "apache2-bin" }, "behind Apache", () => {
  it.each(Object.entries(CASES))("does what is said of it: %s", async (_, one) => {
    const { real, said } = await compared(apache, startApache, one);
    expect(real).toEqual(said);
  });

  it.each([
    "ProxyPass alone",
    "upgrade=websocket",
    "upgrade=NONE",
    "a worker that another ProxyPass made",
    "a Location before ProxyPass",
    "RewriteRule to http://",
    "RewriteRule to ws://",
    "a balancer without",
    "HTTP/1.0",
    "HTTP/1.0 for a path",
    "an Upgrade that is taken away",
    "a Connection that is set",
    "headers that are taken away",
  ])("opens with the lines that are told to be pasted: %s", async (name) => {
    expect(await mended(apache, startApache, CASES[name]!)).toEqual(RIGHT);
  });
});
