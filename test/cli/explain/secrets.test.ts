import { describe, expect, it } from "vitest";
import { SYMPTOMS } from "../../../src/cli/explain/line/symptoms.ts";
import { meaningOf } from "../../../src/cli/explain/meaning.ts";
import { Secrets } from "../../../src/cli/explain/secrets.ts";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";
import { DIAGNOSES } from "../../../src/core/contract/diagnoses.ts";
import { encodeClosePayload } from "../../../src/core/protocol/close.ts";
import { encodeFrame, encodeTextFrame } from "../../../src/core/protocol/frame.ts";
import { connectionOf, fileOf } from "./captures/packets.ts";
import { printedForms } from "./reported.ts";

/** What may never be printed. */
const PLANTED = "pl4ntedSecret";

/** Lines that hold it, of which something is known. */
const LINES: readonly string[] = [
  `WebSocket connection to 'wss://host/chat?token=${PLANTED}&room=1' failed: Unexpected response code: 403`,
  `WebSocket connection to 'wss://ada:${PLANTED}@host/chat' failed: Unexpected response code: 403`,
  `Unexpected server response: 401 { headers: { authorization: 'Bearer ${PLANTED}' } }`,
  `Unexpected server response: 401 {"cookie":"session=${PLANTED}"} and once more ${PLANTED}`,
  `Unexpected server response: 401 [(b'host', b'a'), (b'cookie', b'session=${PLANTED}')]`,
  `socket hang up, headers.set("Cookie", "session=${PLANTED}")`,
  `socket hang up, Cookie: a=b; session=${PLANTED}`,
  `socket hang up {"name":"Set-Cookie","value":"session=${PLANTED}; Path=/"}`,
  `socket hang up apiKey=${PLANTED}`,
  `socket hang up, x-api-key: ${PLANTED}`,
  `socket hang up for eyJhbGciOiJub25lIn0.eyJzdWIiOiJ${PLANTED}.c2ln`,
  `onesocket-failure: DRAINING password: ${PLANTED}`,
  `socket hang up: curl -i -u ada:${PLANTED} http://host/chat`,
  `socket hang up: curl --user 'ada:${PLANTED}' http://host/chat`,
  `socket hang up: curl -b "theme=dark; id=${PLANTED}" http://host/chat`,
  `socket hang up: curl --cookie id=${PLANTED} http://host/chat`,
  `socket hang up: wscat --auth ada:${PLANTED} -c ws://host/chat`,
  `socket hang up: websocat --basic-auth=ada:${PLANTED} ws://host/chat`,
  `socket hang up, %{"_csrf_token" => "${PLANTED}"}`,
  `socket hang up, ['headers' => ['Cookie' => 'id=${PLANTED}']]`,
];

/** The same of other clients, servers and proxies. */
const OTHERS: readonly string[] = [
  `aiohttp.client_exceptions.WSServerHandshakeError: 403, message='Invalid response status', url=URL('wss://host/chat?token=${PLANTED}')`,
  `websocket._exceptions.WebSocketBadStatusException: Handshake status 403 Forbidden -+-+- {'set-cookie': 'session=${PLANTED}; Path=/'} -+-+- b'no'`,
  `Error: Http(Response { status: 403, version: HTTP/1.1, headers: {"set-cookie": "session=${PLANTED}"} })`,
  `Starscream.HTTPUpgradeError.notAnUpgrade(401, ["Set-Cookie": "session=${PLANTED}"])`,
  `WebSocketException: Connection to 'https://host/chat?access_token=${PLANTED}#' was not upgraded to websocket, HTTP status code: 403`,
  `failed to WebSocket dial: failed to send handshake request: Get "https://host/chat?api_key=${PLANTED}": EOF`,
  `127.0.0.1:55542 [27/Nov/2026:17:53:43.423] fe ws/s1 0/0/0/7/1008 101 294 - - cD-- 1/1/0/0/0 0/0 {session=${PLANTED}} "GET /chat?token=${PLANTED} HTTP/1.1"`,
  `[2026-11-27T10:00:00.123Z] "GET /chat?ticket=${PLANTED} HTTP/1.1" 503 UF 0 91 2 - "-" "x" "id" "a" "b"`,
  `INFO:     127.0.0.1:51234 - "WebSocket /ws?token=${PLANTED}" 403`,
  `Failed to start the transport 'WebSockets': Error: There was an error with the transport. wss://host/hub?id=1&access_token=${PLANTED}`,
];

const KEY = "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\nSec-WebSocket-Version: 13";

/** Heads that hold it, and answers that repeat it. */
const HEADS: readonly string[] = [
  `GET /chat?token=${PLANTED} HTTP/1.1\nHost: a\n${KEY}\n\nHTTP/1.1 302 Found\nLocation: /in?token=${PLANTED}\n`,
  `GET /chat HTTP/1.1\nHost: a\nCookie: theme=dark; id=${PLANTED}\n${KEY}\n\nHTTP/1.1 400 Bad Request\nContent-Length: 99\n\nno Upgrade for ${PLANTED}`,
  `> GET /chat HTTP/1.1\n> Host: a\n> Authorization: Bearer ${PLANTED}\n> Connection: Upgrade\n> Upgrade: websocket\n> ${KEY.replace("\n", "\n> ")}\n> \n< HTTP/1.1 403 Forbidden\n< Content-Length: 50\n< \norigin of ${PLANTED}\n`,
  `GET /chat HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Protocol: access_token, ${PLANTED}\n${KEY}\n\nHTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: abc`,
  `{ host: 'a', cookie: 'id=${PLANTED}', connection: 'close', 'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==' }`,
  `curl -H 'Authorization: Bearer ${PLANTED}' -H 'Upgrade: websocket' 'http://a/chat?key=${PLANTED}'`,
  `10.0.0.1 - ada [21/Nov/2026:10:00:00 +0000] "GET /chat?ticket=${PLANTED} HTTP/1.1" 426 157`,
];

const REQUEST = Buffer.from(
  `GET /chat?token=${PLANTED} HTTP/1.1\r\nHost: a\r\nCookie: id=${PLANTED}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${KEY.replace("\n", "\r\n")}\r\n\r\n`,
);
const FRAME = Buffer.from(encodeTextFrame(JSON.stringify({ type: "auth", password: PLANTED }), 0x37fa213d));

/** Bytes in which it is not to be seen as it is. */
const BYTES: readonly string[] = [REQUEST, FRAME, Buffer.concat([REQUEST, FRAME])].flatMap((bytes) => [
  bytes.toString("hex"),
  bytes.toString("base64"),
  JSON.stringify(bytes),
  `recv data before handshake. Buffer:${bytes.toString("hex")}`,
  `b'${bytes.toString("latin1").replace(/[^ -&(-[\]-~]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`)}'`,
]);

/** Configurations that hold it. */
const CONFIGURATIONS: readonly string[] = [
  `server {\n  proxy_set_header X-Api-Key ${PLANTED};\n  location / {\n    proxy_pass http://127.0.0.1:3000;\n  }\n}\n`,
  `server {\n  location /chat {\n    proxy_pass http://ada:${PLANTED}@127.0.0.1:3000;\n    proxy_set_header Authorization "Basic ${PLANTED}";\n  }\n}\n`,
  `server {\n  location / {\n    if ($http_x_token = ${PLANTED}) { return 403; }\n    proxy_set_header X-Api-Key ${PLANTED};\n    proxy_pass http://127.0.0.1:3000/?token=${PLANTED};\n  }\n}\n`,
];

/** The other programs' configurations. */
const OTHER_CONFIGURATIONS: readonly string[] = [
  `<VirtualHost *:80>\n  RequestHeader set X-Api-Key "${PLANTED}"\n  RequestHeader set Authorization "Bearer ${PLANTED}"\n  ProxyPass "/" "http://ada:${PLANTED}@127.0.0.1:3000/?token=${PLANTED}"\n</VirtualHost>\n`,
  `frontend fe\n  bind :80\n  default_backend be\nbackend be\n  http-request set-header Authorization "Bearer ${PLANTED}"\n  http-request set-header X-Api-Key ${PLANTED}\n  server a 127.0.0.1:3000\n`,
  `example.com {\n\treverse_proxy 127.0.0.1:3000 {\n\t\theader_up Authorization "Bearer ${PLANTED}"\n\t\theader_up X-Api-Key "${PLANTED}"\n\t}\n}\n`,
  `server.modules = ( "mod_proxy" )\nproxy.server = ( "/chat" => (( "host" => "127.0.0.1", "port" => 3000 )) )\nsetenv.add-request-header = ( "Authorization" => "Bearer ${PLANTED}", "X-Api-Key" => "${PLANTED}" )\n`,
  `vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "3000"; }\nsub vcl_recv {\n  if (req.url ~ "token=${PLANTED}") { return (synth(403)); }\n  set req.http.Authorization = "Bearer ${PLANTED}";\n  return (pass);\n}\n`,
  `http:\n  routers:\n    a:\n      rule: "Query(\`token=${PLANTED}\`)"\n      service: s\n      middlewares: [h]\n  middlewares:\n    h:\n      headers:\n        customRequestHeaders:\n          Authorization: "Bearer ${PLANTED}"\n  services:\n    s:\n      loadBalancer:\n        servers:\n          - url: "http://ada:${PLANTED}@127.0.0.1:3000"\n`,
  `services:\n  app:\n    environment:\n      - API_TOKEN=${PLANTED}\n    labels:\n      - "traefik.http.routers.app.rule=Query(\`token=${PLANTED}\`)"\n      - "traefik.http.services.app.loadbalancer.server.port=3000"\n`,
  `kind: Ingress\nmetadata:\n  annotations:\n    kubernetes.io/ingress.class: nginx\n    nginx.ingress.kubernetes.io/configuration-snippet: |\n      proxy_set_header X-Api-Key "${PLANTED}";\n      proxy_set_header Authorization "Bearer ${PLANTED}";\nspec:\n  rules:\n    - http:\n        paths:\n          - path: /chat?token=${PLANTED}\n            backend:\n              service:\n                name: app\n`,
  `export default {\n  server: {\n    proxy: {\n      "/chat": { target: "http://ada:${PLANTED}@127.0.0.1:3000?token=${PLANTED}", headers: { authorization: "Bearer ${PLANTED}" } },\n    },\n  },\n};\n`,
];

/** Code that holds it. */
const SOURCES: readonly string[] = [
  `const socket = new WebSocket("http://host/chat?token=${PLANTED}");`,
  `const socket = new WebSocket("websocket://ada:${PLANTED}@host/chat", [], { headers: { Authorization: "Bearer ${PLANTED}" } });`,
];

const CONNECTION = fileOf(
  connectionOf([
    ["client", REQUEST],
    [
      "server",
      Buffer.from(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: abc\r\nSet-Cookie: id=${PLANTED}; Path=/\r\n\r\n`,
      ),
    ],
    ["client", FRAME],
    ["server", encodeTextFrame(`hello ${PLANTED}`)],
    ["server", encodeFrame(8, encodeClosePayload(4001, `token=${PLANTED}`))],
  ]),
);

describe("secrets", () => {
  it.each(CONFIGURATIONS)("are in nothing that is printed of the configuration %s", (text) => {
    for (const form of printedForms([{ content: text }])) {
      expect(form).toMatch(/proxy_pass|location/);
      expect(form).not.toContain(PLANTED);
    }
  });

  it.each(OTHER_CONFIGURATIONS)("are in nothing that is printed of another program's configuration %s", (text) => {
    for (const form of printedForms([{ content: text }])) {
      expect(form).not.toMatch(/Nothing is known|"explanations": \[\]/);
      expect(form).not.toContain(PLANTED);
    }
  });

  it.each(SOURCES)("are in nothing that is printed of the code %s", (text) => {
    for (const form of printedForms([{ content: text }])) {
      expect(form).toMatch(/hidden/);
      expect(form).not.toContain(PLANTED);
    }
  });

  it("are no word of our own texts", () => {
    const secrets = new Secrets();
    const ours = [
      ...SYMPTOMS.flatMap(({ what, note = "" }) => [what, note]),
      ...[...Object.keys(FAILURES), ...Object.keys(DIAGNOSES)].flatMap((code) => {
        const { cause, fix, snippet = "" } = meaningOf(code)!;
        return [cause, fix, snippet];
      }),
    ];
    expect(ours.filter((text) => secrets.hide(text) !== text)).toEqual([]);
  });

  it("that were hidden by one rule are not hidden by half again", () => {
    const jwt = `eyJhbGciOiJub25lIn0.eyJzdWIiOiJ${PLANTED}.c2ln`;
    expect(new Secrets().hide(`wss://host/chat?apikey=${jwt}&v=1`)).toBe("wss://host/chat?apikey=[hidden]&v=1");
  });

  it("are in nothing that is printed of a capture", () => {
    for (const form of printedForms([{ content: CONNECTION }])) {
      expect(form).not.toContain(PLANTED);
      expect(form).toMatch(/hello \[hidden/);
    }
  });

  it.each(BYTES)("are in nothing that is printed of the bytes %s", (text) => {
    for (const form of printedForms([{ content: text }])) {
      for (const hidden of [
        PLANTED,
        Buffer.from(PLANTED).toString("hex"),
        Buffer.from(PLANTED).toString("base64").slice(2, -4),
      ]) {
        expect(form).not.toContain(hidden);
      }
      expect(form).toMatch(/HTTP|password/);
    }
  });

  it.each(HEADS)("are in nothing that is printed of the head %s", (text) => {
    for (const form of printedForms([{ content: text }])) {
      expect(form).toMatch(/HTTP|hidden/);
      expect(form).not.toContain(PLANTED);
    }
  });

  it.each(LINES)("are in nothing that is printed of %s", (line) => {
    for (const form of printedForms([{ content: line }])) {
      expect(form).toMatch(/hidden/);
      expect(form).not.toContain(PLANTED);
    }
  });

  it.each(OTHERS)("are in nothing that is printed of another program's %s", (line) => {
    for (const form of printedForms([{ content: line }])) {
      expect(form).toMatch(/hidden/);
      expect(form).not.toContain(PLANTED);
      expect(form).not.toMatch(/Nothing is known/);
    }
  });

  it.each(LINES)("are hidden in a line of which nothing is known: %s", (line) => {
    const unknown = line.replace(
      /Unexpected server response|Unexpected response code|socket hang up|onesocket-failure: DRAINING/,
      "x",
    );
    for (const form of printedForms([{ content: `1006\n${unknown}` }])) expect(form).not.toContain(PLANTED);
  });

  it.each([
    "Authorization required",
    "Basic authentication failed for user ada",
    "WebSocket closed: code=1006 reason=''",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "proxy_set_header Authorization $http_authorization;",
    "SyntaxError: Unexpected token < in JSON at position 0",
    "GET /chat/lobby?room=1&name=ada HTTP/1.1",
    "CSRF token missing or incorrect.",
    "Unauthorized: no token was sent",
  ])("are none: %s", (line) => {
    expect(new Secrets().hide(line)).toBe(line);
  });

  it("that a header names are hidden before it as well, and what goes with a cookie is shown", () => {
    const secrets = new Secrets();
    const { said } = secrets.hideIn(
      { said: [`${PLANTED} for example.com`, `Set-Cookie: id=${PLANTED}; Domain=example.com; HttpOnly`] },
      new Set(),
    );
    expect(said).toEqual(["[hidden] for example.com", "Set-Cookie: [hidden]"]);
  });
});
