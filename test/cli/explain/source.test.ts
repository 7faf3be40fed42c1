import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import WsClient from "ws";
import type { Explanation } from "../../../src/cli/explain/explanation.ts";
import { explainText } from "../../../src/cli/explain/recognise.ts";
import { describeInBrowser, launch } from "../../helpers/browser.ts";
import { ROOT } from "../command.ts";

function only(text: string): Explanation {
  const found = explainText(text);
  expect(found).toHaveLength(1);
  return found[0]!;
}

function codes({ causes }: Explanation): readonly string[] {
  return causes.map(({ code }) => code);
}

describe("a server of Workerman", () => {
  it.each([
    "$worker = new Worker('ws://0.0.0.0:8080');",
    '$ws_worker = new \\Workerman\\Worker("ws://0.0.0.0:2346");',
    "$gateway = new Gateway('ws://0.0.0.0:8282');",
    "new Worker('wss://0.0.0.0:443', $context);",
  ])("that listens with the client's protocol is told to listen on websocket://: %s", (line) => {
    const found = only(line);
    expect(found).toMatchObject({ kind: "source", by: ["Workerman"], sure: true });
    expect(codes(found)).toEqual(["DATA_BEFORE_HANDSHAKE"]);
    expect(found.causes[0]!.snippet).toMatch(/^new (?:Worker|Gateway)\("websocket:\/\/0\.0\.0\.0:\d+"\);$/);
  });

  it("that is right is said to be right", () => {
    expect(only("$worker = new Worker('websocket://0.0.0.0:8080');")).toMatchObject({
      causes: [],
      what: "Worker listens for WebSockets at 0.0.0.0:8080.",
    });
    expect(only('$con = new AsyncTcpConnection("ws://echo.example:80");').what).toMatch(/as a client of WebSockets/);
  });

  it("as a client has ws:// alone", () => {
    expect(only("$con = new AsyncTcpConnection('websocket://echo.example:80');").note).toBe(
      'Write new AsyncTcpConnection("ws://echo.example:80").',
    );
    expect(only("$con = new AsyncTcpConnection('wss://echo.example/chat');").note).toMatch(
      /new AsyncTcpConnection\("ws:\/\/echo\.example:443\/chat"\), and set its transport to ssl/,
    );
  });

  it.each([
    "const worker = new Worker('./worker.js');",
    "$worker = new Worker('tcp://0.0.0.0:8080');",
    "$worker = new Worker('http://0.0.0.0:80');",
    "new Worker(new URL('ws.js', import.meta.url));",
  ])("is not taken for another worker: %s", (line) => {
    expect(explainText(line)).toEqual([]);
  });
});

describe("a server or client of Swoole", () => {
  it("that is given a URL for its address is told what it takes", () => {
    expect(only('$server = new Swoole\\WebSocket\\Server("ws://0.0.0.0", 9502);')).toMatchObject({
      by: ["Swoole"],
      note: expect.stringMatching(/Write "0\.0\.0\.0"/),
    });
    expect(only("$client = new Swoole\\Coroutine\\Http\\Client('ws://echo.example', 80);").what).toMatch(
      /takes a host's name there, and no URL/,
    );
    expect(explainText('$server = new Swoole\\WebSocket\\Server("0.0.0.0", 9502);')).toEqual([]);
  });
});

/** What is given to new WebSocket, and whether it throws: where the standard of 2023 is known, and in what is no page. */
const URLS: Readonly<Record<string, readonly [inPages: boolean, elsewhere: boolean]>> = {
  "websocket://localhost:29999/": [true, true],
  "tcp://localhost:29999/": [true, true],
  "localhost:29999/chat": [true, true],
  "ws://localhost:29999/#top": [true, true],
  "http://localhost:29999/": [false, false],
  "/chat": [false, true],
  "ws://localhost:29999/": [false, false],
};

const said = (url: string) => explainText(`const socket = new WebSocket("${url}");`)[0];

describe("new WebSocket", () => {
  it.each(Object.entries(URLS))("of %s is said to throw where it does", (url, [inPages]) => {
    const found = said(url);
    if (inPages) expect(found!.what).toMatch(/throws a SyntaxError/);
    else expect(found?.what ?? "").not.toMatch(/\) throws a SyntaxError/);
  });

  it.each([
    ["http://app.example.com/chat", 'Write "ws://app.example.com/chat", or wss:// where the page is https.'],
    ["https://app.example.com/chat", 'Write "wss://app.example.com/chat".'],
    ["websocket://localhost:8080", 'Write "ws://localhost:8080", or wss:// where the page is https.'],
    ["localhost:8080/chat", 'Write "ws://localhost:8080/chat", or wss:// where the page is https.'],
  ])("of %s is told what to write", (url, note) => {
    expect(said(url)!.note).toBe(note);
  });

  it.each([
    [["PLAIN_TO_TLS_PORT"], "ws://app.example.com:443/chat"],
    [["TLS_TO_PLAIN_PORT"], "wss://app.example.com:80/chat"],
  ])("of a port of the other kind may be %j: %s", (expected, url) => {
    expect(codes(said(url)!)).toEqual(expected);
    expect(said(url)!.sure).toBe(false);
  });

  it.each(["wss://app.example.com/chat", "ws://localhost:8080", `\${base}/chat`, `wss://\${host}/chat`])(
    "of %s is nothing to speak of",
    (url) => {
      expect(said(url)).toBeUndefined();
    },
  );

  it("with headers is told that browsers have none", () => {
    expect(only('const socket = new WebSocket("wss://a/chat", { headers: { authorization: token } });').what).toMatch(
      /takes no headers/,
    );
  });

  it.each([
    ["Node", process.execPath, []],
    ["Bun", `${ROOT}/node_modules/.bin/bun`, []],
    ["Deno", `${ROOT}/node_modules/.bin/deno`, ["run", "--allow-net"]],
  ])("really throws on %s for what has a wrong scheme or a fragment", async (name, command, flags) => {
    const program = `const told = {}; for (const url of ${JSON.stringify(Object.keys(URLS))}) { try { new WebSocket(url).onerror = () => {}; told[url] = false; } catch { told[url] = true; } } console.log(JSON.stringify(told));`;
    const run = flags.length > 0 ? ["eval", program] : ["-e", program];
    const { stdout } = await promisify(execFile)(command, run, { env: { ...process.env, NO_COLOR: "1" } });
    const told = JSON.parse(stdout) as Record<string, boolean>;
    // Bun takes a fragment for nothing, and no URL of http: (1.4.5).
    const own = name === "Bun" ? ["ws://localhost:29999/#top", "http://localhost:29999/"] : [];
    const expected = Object.fromEntries(Object.entries(URLS).map(([url, [, elsewhere]]) => [url, elsewhere]));
    for (const url of own) delete expected[url];
    expect(told).toMatchObject(expected);
  });

  it("really throws in ws for the same", () => {
    for (const [url, [, throws]] of Object.entries(URLS)) {
      const make = () => new WsClient(url).on("error", () => {}).terminate();
      if (throws) expect(make, url).toThrow(SyntaxError);
      else expect(make, url).not.toThrow();
    }
  });
});

describeInBrowser("new WebSocket of Chromium", () => {
  let told: Record<string, boolean>;

  beforeAll(async () => {
    const browser = await launch();
    const page = await browser.newPage();
    await page.route("http://localhost/", (route) => route.fulfill({ contentType: "text/html", body: "" }));
    await page.goto("http://localhost/");
    told = await page.evaluate((urls) => {
      const throws = (url: string) => {
        try {
          new WebSocket(url).close();
          return false;
        } catch {
          return true;
        }
      };
      return Object.fromEntries(urls.map((url) => [url, throws(url)]));
    }, Object.keys(URLS));
    await browser.close();
  });

  it("throws where that is said", () => {
    expect(told).toEqual(Object.fromEntries(Object.entries(URLS).map(([url, [inPages]]) => [url, inPages])));
  });
});

describe("a client of another language", () => {
  it.each([
    ["Python (websocket-client)", 'ws = websocket.WebSocketApp("http://localhost:8080/chat")'],
    ["Python (websockets)", 'async with websockets.connect("https://app.example.com/chat") as ws:'],
    ["Go (gorilla/websocket)", 'c, _, err := websocket.DefaultDialer.Dial("http://localhost:8080/chat", nil)'],
    ["Dart", "final socket = await WebSocket.connect('http://localhost:8080/chat');"],
    [".NET", 'await client.ConnectAsync(new Uri("https://localhost:8080/chat"), CancellationToken.None);'],
  ])("of %s that is given http:// is told to take ws://: %s", (by, line) => {
    expect(only(line)).toMatchObject({ by: [by], note: expect.stringMatching(/^Write "wss?:\/\//) });
  });

  it.each([
    'ws = websocket.WebSocketApp("ws://localhost:8080/chat")',
    'r = requests.get("http://localhost:8080/chat")',
    'await client.ConnectAsync(new Uri("wss://localhost/chat"), token);',
    'db.connect("http://localhost:8080")',
  ])("is not looked at where it is right, or something else: %s", (line) => {
    expect(explainText(line)).toEqual([]);
  });

  it("that is fetch takes http: alone", () => {
    expect(codes(only('return env.ROOM.get(id).fetch("ws://room/chat", request);'))).toEqual(["UPGRADE_NOT_FORWARDED"]);
    expect(codes(only('return fetch("wss://app.example.com/chat", { headers: { Upgrade: "websocket" } });'))).toEqual([
      "UPGRADE_NOT_FORWARDED",
    ]);
  });
});

describe("a list of origins", () => {
  it.each([
    'origins: ["wss://app.example.com"],',
    'check_origin: ["wss://app.example.com"]',
    "config.action_cable.allowed_request_origins = ['wss://app.example.com']",
    'registry.addHandler(handler, "/ws").setAllowedOrigins("wss://app.example.com");',
    'cors: { origin: "ws://localhost:3000" }',
  ])("with the scheme of sockets is a warning: %s", (line) => {
    const found = only(line);
    expect(found.causes).toMatchObject([
      {
        code: "ORIGIN_REJECTED",
        level: "warn",
        fix: expect.stringMatching(/^List the page that connects: https?:\/\//),
      },
    ]);
  });

  it.each([
    'origins: ["https://app.example.com"],',
    'const socketUrl = "wss://app.example.com";',
    "original: 'wss://a'",
  ])("is none, or right: %s", (line) => {
    expect(explainText(line)).toEqual([]);
  });
});

describe("an Accept that is computed by hand", () => {
  const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  it.each([
    ["digits in hex", `$accept = base64_encode(sha1($key . "${GUID}"));`],
    ["not its digits in hex", `createHash("sha1").update(key + "${GUID}").digest("hex")`],
    ["not its digits in hex", `base64.b64encode(hashlib.sha1((key + "${GUID}").encode()).hexdigest().encode())`],
    ["in capitals", `createHash("sha1").update(key + "${GUID.toLowerCase()}").digest("base64")`],
    ["the GUID is 258EAFA5", `createHash("sha1").update(key + "258EAFA5-E914-47DA-95CA-5AB0DC85B11").digest("base64")`],
    ["not before it", `createHash("sha1").update("${GUID}" + key).digest("base64")`],
    ["not MD5", `createHash("md5").update(key + "${GUID}").digest("base64")`],
    ["another SHA", `createHash("sha256").update(key + "${GUID}").digest("base64")`],
  ])("%s: %s", (slip, line) => {
    const found = only(line);
    expect(codes(found)).toEqual(["ACCEPT_MISMATCH"]);
    expect(found.what).toContain(slip);
  });

  it.each([
    `$accept = base64_encode(sha1($key . "${GUID}", true));`,
    `$accept = base64_encode(sha1($key . '${GUID}', TRUE));`,
    `const accept = createHash("sha1").update(key + "${GUID}").digest("base64");`,
    `accept = base64.b64encode(hashlib.sha1((key + "${GUID}").encode()).digest())`,
  ])("in the right way is said to be right: %s", (line) => {
    expect(only(line)).toMatchObject({ causes: [], what: expect.stringMatching(/in the right way/) });
  });

  it.each([`const GUID = "${GUID}";`, 'const id = "0192e0d4-7c3f-7aa1-9d3b-0c6d2f1a5b4e";', "sha1sum 258eaf"])(
    "is not seen in %s",
    (line) => {
      expect(explainText(line)).toEqual([]);
    },
  );
});
