import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../../src/cli/explain/explanation.ts";
import { explainText } from "../../../src/cli/explain/recognise.ts";
import { acceptKey } from "../../../src/core/upgrade/accept-key.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { MISCHIEFS, misbehave, type Target } from "./misbehaving.ts";

const KEY = "AQIDBAUGBwgJCgsMDQ4PEA==";

const REQUEST: Readonly<Record<string, string | null>> = {
  Host: "app.example.com",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": KEY,
  "Sec-WebSocket-Version": "13",
};

const ANSWER: Readonly<Record<string, string | null>> = {
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Accept": acceptKey(KEY),
};

type Changes = Readonly<Record<string, string | null>>;

function lines(first: string, fields: Changes): string {
  const all = Object.entries(fields).filter(([, value]) => value !== null);
  return [first, ...all.map(([name, value]) => `${name}: ${value}`)].join("\n");
}

function request(changes: Changes = {}, first = "GET /chat HTTP/1.1"): string {
  return lines(first, { ...REQUEST, ...changes });
}

function answer(changes: Changes = {}, first = "HTTP/1.1 101 Switching Protocols"): string {
  return lines(first, { ...ANSWER, ...changes });
}

function only(text: string): Explanation {
  const found = explainText(text);
  expect(found).toHaveLength(1);
  return found[0]!;
}

function codes({ causes }: Explanation): readonly string[] {
  return causes.map(({ code }) => code);
}

describe("a request's head", () => {
  it("that is right is said to be right", () => {
    expect(only(request())).toMatchObject({
      kind: "head",
      sure: true,
      causes: [],
      next: "onesocket doctor ws://app.example.com/chat",
    });
    expect(only(request()).what).toBe("The client sent a valid handshake, GET /chat.");
  });

  it.each<[string, Changes, string?]>([
    ["UPGRADE_STRIPPED", { Upgrade: null, Connection: "close" }],
    ["CONNECTION_NO_UPGRADE", { Connection: "close" }],
    ["CONNECTION_NO_UPGRADE", { Connection: "keep-alive" }],
    ["UPGRADE_NOT_WEBSOCKET", { Upgrade: "h2c" }],
    ["KEY_INVALID", { "Sec-WebSocket-Key": "abc" }],
    ["KEY_MISSING", { "Sec-WebSocket-Key": null }],
    ["VERSION_UNSUPPORTED", { "Sec-WebSocket-Version": "8" }],
    ["HOST_MISSING", { Host: null }],
    ["SUBPROTOCOL_MALFORMED", { "Sec-WebSocket-Protocol": "a b" }],
    ["EXTENSION_MALFORMED", { "Sec-WebSocket-Extensions": "x;=" }],
    ["BODY_PRESENT", { "Content-Length": "5" }],
    ["METHOD_NOT_GET", {}, "POST /chat HTTP/1.1"],
    ["HTTP_1_0", {}, "GET /chat HTTP/1.0"],
    ["NOT_A_HANDSHAKE", {}, "GET /chat HTTP/2"],
  ])("%s is found in one with %o %s", (code, changes, first) => {
    expect(codes(only(request(changes, first)))).toEqual([code]);
  });

  it("without anything of a WebSocket in it is called an ordinary one", () => {
    expect(only("GET /index.html HTTP/1.1\nHost: a").what).toMatch(/is an ordinary request, not a handshake/);
  });

  it("with Connection: close too, or of another origin, has a note about it", () => {
    expect(only(request({ Connection: "close, Upgrade" })).note).toMatch(/Swoole answers 101/);
    expect(only(request({ Origin: "https://app.example.com" })).note).toBeNull();
    expect(only(request({ Origin: "https://other.example" })).note).toMatch(/not of the Host "app\.example\.com"/);
  });

  it("of an extended CONNECT is judged by RFC 8441", () => {
    const connect = "CONNECT /chat HTTP/2\n:protocol: websocket\n:authority: a\nsec-websocket-version: 13";
    expect(only(connect).causes).toEqual([]);
    expect(codes(only(connect.replace("13", "8")))).toEqual(["VERSION_UNSUPPORTED"]);
  });
});

describe("a request and its answer", () => {
  const exchange = (asked: Changes, told: Changes, first?: string) =>
    only(`${request(asked)}\n\n${answer(told, first)}\n`);

  it("that are right are said to be right, and drawn as two steps", () => {
    const found = exchange({}, {});
    expect(found).toMatchObject({ sure: true, causes: [], what: expect.stringMatching(/all is right with it/) });
    expect(found.steps.map(({ by, what }) => [by, what])).toEqual([
      ["client", "GET /chat HTTP/1.1"],
      ["server", "HTTP/1.1 101 Switching Protocols"],
    ]);
  });

  it.each<[string, Changes, Changes]>([
    ["ACCEPT_MISSING", {}, { "Sec-WebSocket-Accept": null }],
    ["ACCEPT_MISMATCH", {}, { "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" }],
    ["RESPONSE_UPGRADE_BAD", {}, { Upgrade: null }],
    ["RESPONSE_CONNECTION_BAD", {}, { Connection: "close" }],
    ["CONNECTION_LIST_WARN", {}, { Connection: "keep-alive, Upgrade" }],
    ["TRANSFER_ENCODING_WARN", {}, { "Transfer-Encoding": "chunked" }],
    ["SUBPROTOCOL_UNREQUESTED", {}, { "Sec-WebSocket-Protocol": "mqtt" }],
    ["SUBPROTOCOL_UNANSWERED", { "Sec-WebSocket-Protocol": "mqtt" }, {}],
    ["SUBPROTOCOL_MISMATCH", { "Sec-WebSocket-Protocol": "mqtt" }, { "Sec-WebSocket-Protocol": "MQTT" }],
    ["EXTENSION_UNREQUESTED", {}, { "Sec-WebSocket-Extensions": "permessage-deflate" }],
    [
      "EXTENSION_UNREQUESTED",
      { "Sec-WebSocket-Extensions": "permessage-deflate" },
      { "Sec-WebSocket-Extensions": "x-foo" },
    ],
    [
      "EXTENSION_PARAMS_BAD",
      { "Sec-WebSocket-Extensions": "permessage-deflate" },
      { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits=12" },
    ],
    [
      "EXTENSION_PARAMS_BAD",
      { "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=10" },
      { "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=12" },
    ],
    [
      "EXTENSION_PARAMS_BAD",
      { "Sec-WebSocket-Extensions": "permessage-deflate; server_no_context_takeover" },
      { "Sec-WebSocket-Extensions": "permessage-deflate" },
    ],
  ])("%s is found of %o answered with %o", (code, asked, told) => {
    expect(codes(exchange(asked, told))).toEqual([code]);
  });

  it.each<[string, string]>([
    ["permessage-deflate", "permessage-deflate"],
    ["permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=9"],
    ["permessage-deflate", "permessage-deflate; server_max_window_bits=9; client_no_context_takeover"],
    ["permessage-deflate; server_no_context_takeover, permessage-deflate", "permessage-deflate"],
    ["x-foo, permessage-deflate; client_max_window_bits=10", 'permessage-deflate; client_max_window_bits="10"'],
  ])("the offer %s is well answered with %s", (offer, told) => {
    expect(exchange({ "Sec-WebSocket-Extensions": offer }, { "Sec-WebSocket-Extensions": told }).causes).toEqual([]);
  });

  it("an answer of HTTP/1.0 101 is a warning, and HTML behind the 101 a failure", () => {
    expect(exchange({}, {}, "HTTP/1.0 101 Switching Protocols").causes).toMatchObject([
      { code: "HTTP_1_0", level: "warn" },
    ]);
    expect(codes(only(`${request()}\n\n${answer()}\n\n<html><body>hello</body></html>\n`))).toEqual(["HTTP_AFTER_101"]);
  });

  it.each<[string, Changes, string]>([
    ["ORIGIN_REJECTED", { "onesocket-failure": "ORIGIN_REJECTED" }, "403 Forbidden"],
    ["AUTH_REQUIRED", {}, "401 Unauthorized"],
    ["REDIRECTED", { Location: "https://app.example.com/chat" }, "301 Moved Permanently"],
    ["HTML_FALLBACK", { "Content-Type": "text/html" }, "200 OK"],
    ["UPGRADE_STRIPPED", { Upgrade: "websocket" }, "426 Upgrade Required"],
    ["STATUS_NOT_101", {}, "502 Bad Gateway"],
  ])("a valid handshake that was refused is %s for %o of %s", (code, told, status) => {
    const found = only(`${request()}\n\n${lines(`HTTP/1.1 ${status}`, told)}`);
    expect(codes(found)[0]).toBe(code);
    expect(found.sure).toBe(codes(found).length === 1);
  });

  it("a refused request that is no valid handshake is explained by what is wrong with it", () => {
    expect(codes(only(`${request({ Upgrade: null })}\n\nHTTP/1.1 404 Not Found\nContent-Length: 0`))).toEqual([
      "UPGRADE_STRIPPED",
    ]);
  });

  it("nginx's own page tells that it was nginx, and its lines come with the code", () => {
    const page = "<html>\n<center><h1>404 Not Found</h1></center>\n<hr><center>nginx/1.22.1</center>\n</html>";
    const found = only(
      `${request()}\n\nHTTP/1.1 404 Not Found\nContent-Type: text/html\nContent-Length: ${page.length}\n\n${page}`,
    );
    expect(found.by).toEqual(["nginx"]);
    expect(found.causes[0]?.snippet).toContain("proxy_set_header Upgrade $http_upgrade;");
  });

  it("what follows is explained by itself", () => {
    const text = `${request()}\n\n${answer()}\n\nUnexpected server response: 403\n`;
    expect(explainText(text).map(({ kind, lines }) => [kind, lines])).toEqual([
      ["head", [1, 11]],
      ["message", [13, 13]],
    ]);
  });

  it("several of them are each judged by themselves, and interim answers are passed over", () => {
    const redirected = `${request()}\n\nHTTP/1.1 301 Moved\nLocation: /b\nContent-Length: 0\n\n`;
    const text = `${redirected}${request({}, "GET /b HTTP/1.1")}\n\nHTTP/1.1 103 Early Hints\n\n${answer()}`;
    expect(explainText(text).map(codes)).toEqual([["REDIRECTED"], []]);
  });
});

describe("what somebody took out of a head", () => {
  const head = (host: string, key: string, accept: string) =>
    `GET /ws HTTP/1.1\nHost: ${host}\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: ${key}\n\nHTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: ${accept}\n`;
  const RIGHT = ["dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="] as const;
  const found = (...parts: Parameters<typeof head>) => explainText(head(...parts));

  it.each(["***", "<redacted>", "[hidden]", "xxxxx", "REDACTED==", "(removed)", "$KEY", "......"])(
    "is taken for right, and said to be: %s",
    (word) => {
      const all: readonly Parameters<typeof head>[] = [
        ["a.example", word, word],
        ["a.example", word, RIGHT[1]],
        ["a.example", RIGHT[0], word],
        [word, ...RIGHT],
      ];
      for (const parts of all) {
        const [one, ...more] = found(...parts);
        expect(more).toEqual([]);
        expect(one).toMatchObject({
          causes: [],
          note: "What was taken out of it cannot be checked, and is taken for right.",
        });
      }
    },
  );

  it("is nothing that is only wrong", () => {
    const codes = (...parts: Parameters<typeof head>) =>
      found(...parts).flatMap(({ causes }) => causes.map(({ code }) => code));
    expect(codes("a.example", "short", "short")).toEqual(["KEY_INVALID", "ACCEPT_MISMATCH"]);
    expect(codes("a.example", RIGHT[0], "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")).toEqual(["ACCEPT_MISMATCH"]);
    expect(codes("a b", ...RIGHT)).toEqual(["HOST_INVALID"]);
    // A key as good as any.
    expect(codes("a.example", "xxxxxxxxxxxxxxxxxxxxxA==", RIGHT[1])).toEqual(["ACCEPT_MISMATCH"]);
  });
});

describe("an answer's head alone", () => {
  it("is not sure to be one thing where the request would tell", () => {
    const found = only("HTTP/1.1 426 Upgrade Required\nUpgrade: websocket\n");
    expect(found.sure).toBe(false);
    expect(codes(found)).toContain("UPGRADE_STRIPPED");
  });

  it("of a 101 is checked as far as that goes, and says what it leaves open", () => {
    expect(only(answer())).toMatchObject({ causes: [], note: expect.stringMatching(/Without the request/) });
    expect(codes(only(answer({ "Sec-WebSocket-Accept": "abc" })))).toEqual(["ACCEPT_MISMATCH"]);
  });

  it("that names a code of ours is sure", () => {
    expect(only("HTTP/1.1 503 Service Unavailable\nonesocket-failure: DRAINING")).toMatchObject({
      sure: true,
      causes: [{ code: "DRAINING" }],
    });
  });
});

describe("headers that a program printed", () => {
  it.each([
    [
      "Node",
      `{\n  host: 'localhost:3000',\n  connection: 'close',\n  'sec-websocket-version': '13',\n  'sec-websocket-key': '${KEY}'\n}`,
    ],
    [
      "JSON in a log",
      `{"level":30,"method":"GET","headers":{"host":"a","connection":"close","sec-websocket-key":"${KEY}","sec-websocket-version":"13"}}`,
    ],
    [
      "PHP's $_SERVER",
      `array(4) {\n  ["HTTP_HOST"]=>\n  string(1) "a"\n  ["HTTP_CONNECTION"]=>\n  string(5) "close"\n  ["HTTP_SEC_WEBSOCKET_VERSION"]=>\n  string(2) "13"\n  ["HTTP_SEC_WEBSOCKET_KEY"]=>\n  string(24) "${KEY}"\n}`,
    ],
    [
      "Python",
      `Headers({'Host': 'a', 'Connection': 'close', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': '${KEY}'})`,
    ],
    [
      "ASGI",
      `{'headers': [(b'host', b'a'), (b'connection', b'close'), (b'sec-websocket-version', b'13'), (b'sec-websocket-key', b'${KEY}')]}`,
    ],
    ["Go", `map[Connection:[close] Host:[a] Sec-Websocket-Key:[${KEY}] Sec-Websocket-Version:[13]]`],
  ])("of %s show that Upgrade is missing", (_, text) => {
    expect(codes(only(text))).toEqual(["UPGRADE_STRIPPED"]);
  });

  it("are right when they are right", () => {
    expect(
      only(
        `{ host: 'a', upgrade: 'websocket', connection: 'keep-alive, Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': '${KEY}' }`,
      ).what,
    ).toMatch(/are a valid handshake/);
  });
});

describe("heads in a log", () => {
  const logged = (text: string, before: string) =>
    text
      .split("\n")
      .map((line) => before + line)
      .join("\n");

  it.each([
    ["DEBUG:websockets.server:< ", "DEBUG:websockets.server:> "],
    [
      "2024-12-03 09:43:17.514 DEBUG (MainThread) [websockets.server] < ",
      "2024-12-03 09:43:17.517 DEBUG (MainThread) [websockets.server] > ",
    ],
  ])("of Python's websockets are read behind %s", (asked, answered) => {
    const { what, causes } = only(`${logged(request(), asked)}\n${logged(answer(), answered)}`);
    expect(what).toMatch(/^The client sent a valid handshake, GET \/chat\. The server answered 101, and all is right/);
    expect(causes).toEqual([]);
    expect(
      codes(only(`${logged(request({ Upgrade: null }), asked)}\n${logged("HTTP/1.1 426 Upgrade Required", answered)}`)),
    ).toContain("UPGRADE_STRIPPED");
  });

  it("of arduinoWebSockets are read, whatever the serial monitor puts before a line", () => {
    const text = `18:14:18.5 > [WS-Client][sendHeader] handshake ${request()}\n\n${logged(answer(), "18:14:18.6 > [WS-Client][handleHeader] RX: ")}`;
    expect(only(text).what).toMatch(/^The client sent a valid handshake.*all is right with it\.$/);
  });

  it("are none where a line only looks like it begins one", () => {
    expect(explainText("[nginx] > see GET /chat for more\n[nginx] > HTTP/1.1 is what it speaks")).toEqual([]);
  });
});

describe("a command for curl", () => {
  const HEADERS = `-H "Connection: Upgrade" -H "Upgrade: websocket" -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: ${KEY}'`;

  it.each([
    [[], `curl -i -N ${HEADERS} http://a:3000/chat`],
    [["NOT_A_HANDSHAKE"], `curl -i -N ${HEADERS} https://a/chat`],
    [[], `curl --http1.1 -i ${HEADERS} https://a/chat`],
    [["KEY_MISSING"], `curl -H "Connection: Upgrade" -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" http://a/`],
    [["METHOD_NOT_GET"], `curl -X POST ${HEADERS} http://a/`],
    [[], `curl 'ws://localhost:3000/chat' \\\n  -H 'Upgrade: websocket' \\\n  -H 'Origin: http://localhost:3000'`],
  ])("gives %o for %s", (expected, command) => {
    expect(codes(only(command))).toEqual(expected);
  });

  it("that is for something else is not looked at", () => {
    expect(explainText("curl -X POST https://api.example.com/v1/things -d '{}'")).toEqual([]);
  });
});

describe("a line of an access log", () => {
  const line = (request: string, status: number) =>
    `10.0.0.1 - - [21/Nov/2026:10:00:00 +0000] "${request}" ${status} 157 "-" "Mozilla/5.0"`;

  it.each([
    [[], line("GET /chat HTTP/1.1", 101)],
    [["HTTP_1_0"], line("GET /chat HTTP/1.0", 101)],
    [["UPGRADE_STRIPPED"], line("GET /chat HTTP/1.1", 426)],
    [["NOT_A_HANDSHAKE"], line("GET /chat HTTP/2.0", 426)],
    [["CLIENT_GONE", "RESPONSE_TIMEOUT"], line("GET /chat HTTP/1.1", 499)],
    [["AUTH_REQUIRED"], 'INFO:     127.0.0.1:51234 - "GET /chat HTTP/1.1" 401 Unauthorized'],
    [
      ["RESPONSE_TIMEOUT"],
      'wss 2026-11-21T10:00:00.186641Z app/lb/50dc6c 10.0.0.140:40914 10.0.1.192:8010 0.001 0.003 0.000 504 - 218 587 "GET wss://app.example.com:443/chat HTTP/1.1" "-" - -',
    ],
  ])("gives %o for %s", (expected, text) => {
    const found = only(text);
    expect(codes(found)).toEqual(expected.length > 0 ? expect.arrayContaining(expected) : []);
    expect(found.kind).toBe("access");
  });

  it("that need not be about a WebSocket is explained only when it is asked about alone", () => {
    const plain = line("GET /index.html HTTP/1.1", 404);
    expect(only(plain).what).toMatch(/^If this was a handshake, it failed/);
    expect(explainText(`${plain}\n${line("GET /chat HTTP/1.1", 101)}`)).toMatchObject([
      { what: expect.stringMatching(/\/chat/) },
    ]);
  });
});

describeNeeding({ command: "curl", debianPackage: "curl" }, "what curl -v prints", () => {
  let targets: Readonly<Record<string, Target>>;
  let stop: () => void;

  beforeAll(async () => {
    ({ targets, stop } = await misbehave());
  });

  afterAll(() => stop());

  // Whatever else goes wrong shows before or after the heads.
  const told = Object.entries(MISCHIEFS).filter(
    ([, { answer, tls, scheme }]) => !tls && !scheme && /^HTTP\/1.1 /.test(String(answer(KEY))),
  );

  it.each(
    told.filter(([, { code }]) =>
      /^(?:STATUS|AUTH|UPGRADE|REDIR|ACCEPT|RESPONSE|CONNECTION|SUBPROTOCOL|EXTENSION|HTTP_AFTER)/.test(code),
    ),
  )("of a server that %s is %o", async (name, { code }) => {
    const { url, protocols } = targets[name]!;
    const offer = protocols.length > 0 ? { "Sec-WebSocket-Protocol": protocols.join(", ") } : {};
    const fields = Object.entries({ ...REQUEST, ...offer }).filter(([field]) => field !== "Host");
    const args = fields.flatMap(([field, value]) => ["-H", `${field}: ${value}`]);
    const { stdout, stderr } = await promisify(execFile)("curl", [
      "-v",
      "--max-time",
      "5",
      ...args,
      url.replace("ws", "http"),
    ]).catch((error) => error);
    const found = explainText(stderr + stdout).filter(({ kind }) => kind === "head");
    expect(found.flatMap(codes), stderr + stdout).toContain(code === "STATUS_NOT_101" ? "NO_ROUTE" : code);
  });
});
