import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect as connectSecurely } from "node:tls";
import { defineSocket, type SocketEvent } from "onesocket";
import { attach, type NodeServer, serve } from "onesocket/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { brief } from "../../helpers/core/core.ts";

const echo = defineSocket({ name: "echo", message: (socket, data) => socket.send(data) });
const told: SocketEvent[] = [];
const observe = brief(told);

beforeEach(() => {
  told.length = 0;
});

/** What a port answers to these first bytes, until it hangs up. */
async function answerTo(port: number, bytes: Uint8Array | string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes);
  const answer = await text(socket);
  socket.destroy();
  return answer;
}

describe("what is no request, behind requests that wait for their answers", () => {
  /** Answers each request in two parts, when it has come whole and its turn of the loop is over. */
  const server = createServer(async (request, response) => {
    try {
      await text(request);
      response.write(`${request.url} begun;`);
      setImmediate(() => response.end("done"));
    } catch {
      response.end("cut short");
    }
  });
  let port = 0;

  beforeAll(async () => {
    attach(server, echo, { observe });
    await once(server.listen(0, "127.0.0.1"), "listening");
    port = (server.address() as AddressInfo).port;
  });

  afterAll(() => void server.close());

  const answers = (answer: string) => answer.match(/HTTP\/1\.1 \d+|\/\w+ begun;|done|^0\r$|DATA_BEFORE_HANDSHAKE:/gm);
  const whole = (path: string) => ["HTTP/1.1 200", `${path} begun;`, "done", "0\r"];
  const refused = ["HTTP/1.1 400", "DATA_BEFORE_HANDSHAKE:"];
  const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;

  it.each<[string, string, readonly string[]]>([
    ["one of them", `${get("/one")}no HTTP\r\n\r\n`, [...whole("/one"), ...refused]],
    ["two of them", `${get("/one")}${get("/two")}no HTTP\r\n\r\n`, [...whole("/one"), ...whole("/two"), ...refused]],
    ["the last one of a connection", get("/one", "Connection: close\r\n") + get("/two"), whole("/one")],
  ])("is answered in its turn: behind %s", async (_, bytes, expected) => {
    expect(answers(await answerTo(port, bytes))).toEqual(expected);
  });

  it("is answered in the place of the request that it is a part of", async () => {
    const chunked = "POST /two HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n";
    expect(answers(await answerTo(port, chunked))).toEqual(refused);
    expect(answers(await answerTo(port, get("/one") + chunked))).toEqual([...whole("/one"), ...refused]);
  });
});

describe("a plain port", () => {
  let server: NodeServer;

  beforeAll(async () => {
    server = await serve(echo, { port: 0, hostname: "127.0.0.1", observe });
  });

  afterAll(() => server.close());

  it.each<[string, Uint8Array | string, RegExp, boolean]>([
    [
      "a TLS hello",
      new Uint8Array([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]),
      /^a TLS ClientHello.*: 16 03 01 00 c8/,
      false,
    ],
    ["the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^an HTTP\/2 preface.*: PRI … HTTP\/2\.0$/, false],
    ["SSH", "SSH-2.0-OpenSSH_9.2\r\n", /^an SSH client: 53 53 48/, false],
    [
      "a bare frame",
      new Uint8Array([0x81, 0x82, 1, 2, 3, 4, 0x69, 0x6b]),
      /^a masked WebSocket frame.*: 81 82 01/,
      false,
    ],
    ["garbage", new Uint8Array([0, 1, 2, 3]), /^bytes that are no HTTP: 00 01 02 03/, true],
    ["other text", "hello there\r\n", /^text that is no HTTP: 68 65/, true],
  ])("says what %s looks like, and answers where the peer could read it", async (_, bytes, detail, readable) => {
    const answer = await answerTo(server.port, bytes);
    expect(told).toMatchObject([{ type: "refused", status: 400, failure: { code: "DATA_BEFORE_HANDSHAKE" } }]);
    expect(told[0]).toHaveProperty("failure.detail", expect.stringMatching(detail));
    expect(answer).toMatch(readable ? /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*DATA_BEFORE_HANDSHAKE: / : /^$/);
  });

  it("never tells the path of a request, which can hold a token", async () => {
    await answerTo(server.port, "GET /s3cret HTTP/1.1\r\nno colon here\r\n\r\n");
    expect(told[0]).toHaveProperty("failure.detail", "a malformed HTTP request: GET … HTTP/1.1");
  });

  it("answers 408 to a client that never finishes its headers, by its name", async () => {
    const hasty = await serve(defineSocket({ name: "hasty", limits: { handshakeMs: 100 } }), {
      port: 0,
      hostname: "127.0.0.1",
      observe,
    });
    const answer = await answerTo(hasty.port, "GET / HTTP/1.1\r\nHost: a\r\n");
    await hasty.close();
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*HANDSHAKE_TIMEOUT: /);
    expect(told).toMatchObject([{ status: 408, failure: { code: "HANDSHAKE_TIMEOUT" } }]);
  });

  it("answers 431 to more headers than Node reads, by its name", async () => {
    const answer = await answerTo(server.port, `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${"x".repeat(70_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*HEADERS_TOO_LARGE: /);
  });
});

describe("a port with TLS", () => {
  it("says that HTTP came to it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "onesocket-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const args = ["-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=localhost"];
    execFileSync("openssl", ["req", ...args], { stdio: "ignore" });
    const tls = { key: readFileSync(key), cert: readFileSync(cert) };
    const server = await serve(echo, { port: 0, hostname: "127.0.0.1", observe, tls });
    await answerTo(server.port, "GET / HTTP/1.1\r\n\r\n");
    await answerTo(server.port, "SSH-2.0-OpenSSH_9.2\r\n");
    expect(told.map((event) => event.type === "refused" && event.failure)).toEqual([
      { code: "DATA_BEFORE_HANDSHAKE", detail: expect.stringMatching(/^an HTTP request: ws:/) },
      { code: "DATA_BEFORE_HANDSHAKE", detail: expect.stringMatching(/^bytes that are no TLS/) },
    ]);
    const good = connectSecurely({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(good, "secureConnect");
    good.destroy();
    await server.close();
  });
});

describe("an existing server", () => {
  it("keeps its own clientError listener", async () => {
    const server = createServer();
    server.on("clientError", (_, socket) => socket.end("mine"));
    attach(server, echo, { observe });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    expect(await answerTo((server.address() as AddressInfo).port, "garbage\r\n\r\n")).toBe("mine");
    expect(told).toEqual([]);
    server.close();
  });
});
