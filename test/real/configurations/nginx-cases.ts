const MAP = 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }';
const UPGRADE =
  "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;";

const UPGRADED = UPGRADE.replace("$connection_upgrade", "upgrade");

/** What is written inside of http: `listen` and the upstream's port are put in. */
export interface Case {
  readonly http: string;
  readonly paths: readonly string[];
  readonly host?: string;
}

const location = (inside: string, path = "/") => `server { listen LISTEN; location ${path} { ${inside} } }`;

/** What the real nginx and what is said of it have to agree about. */
export const CASES: Readonly<Record<string, Case>> = {
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
    http: `server { listen LISTEN; set $backend UP; location / { proxy_pass http://$backend; ${UPGRADED} } }`,
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
    http: `server { listen LISTEN; location / { if ($http_upgrade !~* websocket) { return 426; } proxy_pass http://UP; ${UPGRADED} } }`,
    paths: ["/chat"],
  },
  "try_files to a named location": {
    http: `server { listen LISTEN; location / { try_files $uri @app; } location @app { proxy_pass http://UP; ${UPGRADED} } }`,
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
  "try_files to a location that a map names": {
    http: `map $http_upgrade $kind { default web; websocket ws; } server { listen LISTEN; location / { try_files /none @$kind; } location @web { return 404; } location @ws { proxy_pass http://UP; ${UPGRADED} } }`,
    paths: ["/app/key"],
  },
  "error_page to a named location": {
    http: `server { listen LISTEN; location / { error_page 418 = @ws; if ($http_upgrade = websocket) { return 418; } return 404; } location @ws { proxy_pass http://UP; ${UPGRADED} } }`,
    paths: ["/chat"],
  },
  "error_page of the server": {
    http: `server { listen LISTEN; error_page 418 419 @ws; location / { return 419; } location /x { return 410; } location @ws { proxy_pass http://UP; ${UPGRADED} } }`,
    paths: ["/chat", "/x"],
  },
  "error_page that leads to another error": {
    http: "server { listen LISTEN; error_page 418 = @a; error_page 419 = @b; location / { return 418; } location @a { return 419; } location @b { return 410; } }",
    paths: ["/chat"],
  },
  "error_page for what is denied": {
    http: `server { listen LISTEN; location / { error_page 403 = @ws; deny all; } location @ws { allow all; proxy_pass http://UP; ${UPGRADED} } }`,
    paths: ["/chat"],
  },
  "error_page around an if of the server": {
    http: `server { listen LISTEN; error_page 418 = @ws; if ($http_upgrade = websocket) { return 418; } location / { return 404; } location @ws { proxy_pass http://UP; ${UPGRADED} } }`,
    paths: ["/chat"],
  },
  "error_page that another one replaces": {
    http: `server { listen LISTEN; error_page 418 = @ws; location / { error_page 404 /404.html; return 418; } location @ws { proxy_pass http://UP; } }`,
    paths: ["/chat"],
  },
  "limit_except of another method": {
    http: location(`limit_except GET { deny all; } proxy_pass http://UP; ${UPGRADED}`),
    paths: ["/chat"],
  },
  "limit_except that leaves GET out": {
    http: location(`limit_except POST { deny all; } proxy_pass http://UP; ${UPGRADED}`),
    paths: ["/chat"],
  },
  "an if with a proxy_pass of its own": {
    http: `server { listen LISTEN; location / { if ($http_upgrade = "websocket") { proxy_pass http://UP; } proxy_pass http://127.0.0.1:1; ${UPGRADED} } }`,
    paths: ["/chat"],
  },
  "a pattern with braces in quotes": {
    http: `server { listen LISTEN; location ~ "^/[a-z]{2,4}/ws$" { proxy_pass http://UP; ${UPGRADED} } location / { return 404; } }`,
    paths: ["/ab/ws", "/abcde/ws"],
  },
  "a variable of a group by name": {
    http: `server { listen LISTEN; location ~ ^/(?<room>\\w+)/ws$ { proxy_pass http://UP/rooms/$room; ${UPGRADED} } }`,
    paths: ["/ab/ws"],
  },
  "rewrite with last in the server": {
    http: `server { listen LISTEN; rewrite ^/old/(.*)$ /chat/$1 last; location /chat/ { proxy_pass http://UP; ${UPGRADED} } location / { return 404; } }`,
    paths: ["/old/a?b=1"],
  },
  "quotes and comments": {
    http: `server { listen LISTEN; # a { b\n location "/chat" { proxy_pass "http://UP"; proxy_set_header Upgrade "$http_upgrade"; # c;\n proxy_set_header Connection 'Up\\grade'; } }`,
    paths: ["/chat"],
  },
};

/** nginx does not start with these. */
export const BROKEN: Readonly<Record<string, string>> = {
  "ws:// in proxy_pass": location("proxy_pass ws://UP;"),
  "websocket:// in proxy_pass": location("proxy_pass websocket://UP;"),
  "a path in a pattern's proxy_pass": location("proxy_pass http://UP/x;", "~ ^/chat"),
};
