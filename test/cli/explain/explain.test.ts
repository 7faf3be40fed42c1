import process from "node:process";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYMPTOMS } from "../../../src/cli/explain/line/symptoms.ts";
import { explainText } from "../../../src/cli/explain/recognise.ts";
import { SNIPPETS } from "../../../src/cli/explain/snippets.ts";
import { FAILURES } from "../../../src/core/contract/all-failures.ts";
import { DIAGNOSES } from "../../../src/core/contract/diagnoses.ts";
import { isSendableCode } from "../../../src/core/protocol/close.ts";
import { FAILURE_CLOSE, PROTOCOL_FAILURES } from "../../../src/core/protocol/protocol-failures.ts";
import { describeInBrowser } from "../../helpers/browser.ts";
import { describeNeeding } from "../../helpers/needs.ts";
import { configurations } from "../../proxies/blocks.ts";
import { askChrome, askCurl, askRuntime, askWs, type Printed } from "./clients.ts";
import { type ClientName, MISCHIEFS, misbehave, type Target } from "./misbehaving.ts";

function codesOf(line: string): readonly string[] {
  return explainText(line).flatMap(({ causes }) => causes.map(({ code }) => code));
}

describe("a message", () => {
  it.each([
    ["STATUS_NOT_101", "Unexpected response code: 418"],
    ["STATUS_NOT_101", "Unexpected server response: 418"],
    ["STATUS_NOT_101", "Expected 101 status code: 418"],
    ["STATUS_NOT_101", "Invalid status code: 418"],
    ["ACCEPT_MISMATCH", "Incorrect 'Sec-WebSocket-Accept' header value"],
    ["ACCEPT_MISMATCH", "Invalid Sec-WebSocket-Accept header"],
    ["ACCEPT_MISMATCH", "Mismatch websocket accept header"],
    ["RESPONSE_UPGRADE_BAD", "'Upgrade' header is missing"],
    ["RESPONSE_UPGRADE_BAD", "Unexpected server response: 101"],
    ["RESPONSE_UPGRADE_BAD", "Missing upgrade header"],
    ["RESPONSE_UPGRADE_BAD", "Invalid upgrade header"],
    ["RESPONSE_CONNECTION_BAD", "'Connection' header value must contain 'Upgrade'"],
    ["RESPONSE_CONNECTION_BAD", "Unexpected server response: 101"],
    ["RESPONSE_CONNECTION_BAD", "Invalid connection header"],
    [
      "SUBPROTOCOL_UNREQUESTED",
      "Response must not include 'Sec-WebSocket-Protocol' header if not present in request: X",
    ],
    ["SUBPROTOCOL_UNREQUESTED", "Server sent a subprotocol but none was requested"],
    ["SUBPROTOCOL_UNREQUESTED", "Mismatch client protocol"],
    ["SUBPROTOCOL_UNANSWERED", "Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received"],
    ["SUBPROTOCOL_UNANSWERED", "Server sent no subprotocol"],
    ["SUBPROTOCOL_UNANSWERED", "Missing client protocol"],
    ["EXTENSION_UNREQUESTED", "Found an unsupported extension 'x'"],
    ["EXTENSION_UNREQUESTED", "Server indicated an extension that was not requested"],
    ["EXTENSION_UNREQUESTED", "Unsupported websocket extension"],
    ["CLOSED_BEFORE_RESPONSE", "Connection closed before receiving a handshake response"],
    ["CLOSED_BEFORE_RESPONSE", "socket hang up"],
    ["CLOSED_BEFORE_RESPONSE", "Connection ended"],
    ["CLOSED_BEFORE_RESPONSE", "connection closed before message completed"],
    ["NOT_HTTP", "Invalid status line"],
    ["NOT_HTTP", "Parse Error: Expected HTTP/"],
    ["NOT_HTTP", "Invalid response"],
    ["NOT_HTTP", "invalid HTTP version parsed"],
    ["TLS_TO_PLAIN_PORT", "net::ERR_SSL_PROTOCOL_ERROR"],
    ["TLS_TO_PLAIN_PORT", "write EPROTO 40BDACF11A7F0000:error:0A00010B:SSL routines::wrong version number"],
    ["TLS_TO_PLAIN_PORT", "WRONG_VERSION_NUMBER"],
    ["TLS_TO_PLAIN_PORT", "InvalidContentType"],
    ["RSV_UNEXPECTED", "One or more reserved bits are on"],
    ["RSV_UNEXPECTED", "RSV1 must be clear"],
    ["RSV_UNEXPECTED", "Reserved bits are not zero"],
    ["FRAME_MASKED", "A server must not mask any frames"],
    ["FRAME_MASKED", "MASK must be clear"],
    ["FRAME_MASKED", "unexpected mask from server"],
    ["STATUS_NOT_101", "There was a bad response from the server."],
    ["STATUS_NOT_101", "Firefox can’t establish a connection to the server at ws://localhost:8080/."],
    ["CLOSED_BEFORE_RESPONSE", "curl: (52) Empty reply from server"],
    ["CLOSED_BEFORE_RESPONSE", "curl: (56) Recv failure: Connection reset by peer"],
    ["NOT_HTTP", "curl: (1) Received HTTP/0.9 when not allowed"],
    ["ORIGIN_REJECTED", "curl: (22) Refused WebSocket upgrade: 403"],
    ["IDLE_CUT", "upstream timed out (110: Connection timed out) while proxying upgraded connection, client: 10.0.0.1"],
    ["CLOSED_BEFORE_RESPONSE", "upstream prematurely closed connection while reading response header from upstream"],
    ["TCP_REFUSED", "connect() failed (111: Connection refused) while connecting to upstream"],
    [
      "UPGRADE_STRIPPED",
      "AH01146: Ignoring parameter 'upgrade=websocket' for worker 'http://b/' because of worker sharing",
    ],
    [
      "UPGRADE_NOT_FORWARDED",
      'Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".',
    ],
    ["DATA_BEFORE_HANDSHAKE", "recv data before handshake. Buffer:474554202f20485454502f312e31"],
    ["SWITCH_THEN_FIN", "SWOOLE_ERROR_WEBSOCKET_HANDSHAKE_FAILED"],
  ])("%s: %s", (code, line) => {
    expect(codesOf(line)).toContain(code);
  });

  it("of a refusal is explained by its status", () => {
    expect(codesOf("Unexpected server response: 426")).toContain("UPGRADE_STRIPPED");
    expect(codesOf("Unexpected server response: 302")).toEqual(["REDIRECTED"]);
  });

  it("that is the same for all failures is told to be", () => {
    for (const line of ["WebSocket connection to 'ws://a/' failed: ", "There was a bad response from the server."]) {
      expect(explainText(line)[0]?.note).toMatch(/same for every failure/);
    }
    expect(explainText("Received network error or non-101 status code.")[0]?.note).toMatch(/same for every failure/);
  });

  it("tells which URL to look at, quoted for a shell", () => {
    const line = (url: string) =>
      `WebSocket connection to '${url}' failed: Error during WebSocket handshake: 'Upgrade' header is missing`;
    expect(explainText(line("ws://localhost:8080/chat"))[0]?.next).toBe("onesocket doctor ws://localhost:8080/chat");
    expect(explainText(line("ws://a/?b=$(c)&d"))[0]?.next).toBe("onesocket doctor 'ws://a/?b=$(c)&d'");
  });

  it("is matched as a whole where it is only a few common words", () => {
    expect(codesOf("the message was: Invalid response format in job 7")).toEqual([]);
  });

  it("is matched by no more than one symptom for each program", () => {
    const messages = SYMPTOMS.flatMap(({ says }) => Object.values(says).flat());
    expect(messages.length).toBeGreaterThan(100);
    for (const symptom of SYMPTOMS) {
      for (const template of Object.values(symptom.says).flat()) {
        const line = template.replace(/^=/, "").replace("{n}", "418").replaceAll("{}", "x");
        const [first] = explainText(line);
        expect(`${line}: ${first?.what}`).toBe(
          `${line}: ${symptom.what.replace("{n}", template.includes("{n}") ? "418" : "something else")}`,
        );
      }
    }
  });
});

let targets: Readonly<Record<string, Target>>;
let stop: () => void;

beforeAll(async () => {
  ({ targets, stop } = await misbehave());
});

afterAll(() => stop());

/** Every mischief that a client tells of has to be explained, from what it really prints. */
function itIsExplained(client: ClientName, ask: () => Promise<Printed>): void {
  let printed: Printed;

  beforeAll(async () => {
    printed = await ask();
  });

  const spoken = Object.entries(MISCHIEFS).filter(([, { silent }]) => !silent?.includes(client));
  it.each(spoken.map(([name, { code }]) => [name, code]))("a server that %s is %s", (name, code) => {
    const lines = printed[name]!.filter((line) => !line.startsWith("close"));
    expect(lines.flatMap(codesOf), lines.join("\n")).toContain(code);
  });

  it("a port where nothing listens is TCP_REFUSED", () => {
    expect(printed["listens nowhere"]!.flatMap(codesOf)).toContain("TCP_REFUSED");
  });
}

describe("what ws prints is explained", () => {
  itIsExplained("ws", () => askWs(targets));
});

describe("what Bun's own client prints is explained", () => {
  itIsExplained("Bun", () => askRuntime(targets, "bun"));
});

describe("what Deno's own client prints is explained", () => {
  itIsExplained("Deno", () =>
    askRuntime(targets, "deno", "run", "--allow-net", "--unsafely-ignore-certificate-errors=localhost"),
  );
});

describeInBrowser("what Chrome prints is explained", () => {
  itIsExplained("Chrome", () => askChrome(targets));
});

describe("Node's own client", () => {
  it("tells nothing but 1006, which is told to be so", async () => {
    const printed = await askRuntime(targets, process.execPath);
    const lines = new Set(Object.values(printed).flat());
    lines.delete("close 1004");
    expect([...lines].sort()).toEqual(["", "close 1006"]);
    expect(explainText("close 1006")[0]?.note).toMatch(/Node's own client .* 1006/);
  });
});

describeNeeding({ command: "curl", debianPackage: "curl" }, "what curl prints is explained", () => {
  itIsExplained("curl", () => askCurl(targets));
});

describe("bytes", () => {
  const HELLO = "818537fa213d7f9f4d5158";

  it.each([
    ["16030100f8010000f4", /^TLS \(a ClientHello/, ["TLS_TO_PLAIN_PORT", "DATA_BEFORE_HANDSHAKE"]],
    ["16 03 03 00 7a 02 00 00", /^A TLS ServerHello/, ["PLAIN_TO_TLS_PORT"]],
    ["15030100020246", /^A TLS alert \(70\)/, ["PLAIN_TO_TLS_PORT", "CERT_INVALID"]],
    [
      "recv data before handshake. Buffer:474554202f20485454502f312e310d0a0d0a",
      /"GET \/ HTTP\/1.1"/,
      ["NOT_A_HANDSHAKE"],
    ],
    ["505249202a20485454502f322e300d0a0d0a534d0d0a0d0a", /^The preface of HTTP\/2/, ["DATA_BEFORE_HANDSHAKE"]],
    ["000012040000000000", /^An HTTP\/2 SETTINGS/, ["HTTP2_ONLY"]],
    ["5353482d322e302d4f70656e5353485f392e320d0a", /SSH.*"SSH-2.0-OpenSSH_9.2"/, ["NOT_HTTP", "DATA_BEFORE_HANDSHAKE"]],
    ["50524f5859205443503420312e322e332e342035", /PROXY protocol, for the client 1\.2\.3\.4/, ["PROXY_PROTOCOL"]],
    ["0d0a0d0a000d0a515549540a21110000010203040506070800500051", /PROXY protocol/, ["PROXY_PROTOCOL"]],
    ["0d0a0d0a000d0a515549540a2111000c010203040506070800500051", /for the client 1\.2\.3\.4/, ["PROXY_PROTOCOL"]],
    [HELLO, /^A WebSocket frame: text, masked, so from a client, 5 bytes: "Hello"/, []],
    ["0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f", /not masked, so from a server, 5 bytes: "Hello"/, []],
    ["<Buffer 88 05 03 e9 62 79 65>", /Close, not masked.*: 1001 "bye": Going away/, []],
    ["880203ec", /Close.* 2 bytes: 1004\.$/, ["CLOSE_CODE_INVALID"]],
    // What Deno 2.9.5 sends for close(undefined, "why").
    ["88830000000077 6879", /Close.* 3 bytes: "why" where the code belongs\.$/, ["CLOSE_CODE_INVALID"]],
    ["8105 48656c6c6f 8803776879", /; Close, 3 bytes: "why" where the code belongs\.$/, ["CLOSE_CODE_INVALID"]],
    ["0905 68656c6c6f", /Ping, not the last/, ["CONTROL_FRAGMENTED"]],
    ["827f0000000100000000", /binary, not masked, so from a server, 4294967296 bytes/, []],
    ["485454502f312e3120323030204f4b0d0a", /HTTP answer: "HTTP\/1.1 200 OK"/, []],
    ["3c21444f43545950452068746d6c3e", /^HTML/, ["HTTP_AFTER_101", "HTML_FALLBACK"]],
    [
      '10.0.0.1 - - [21/Nov/2026] "\\x16\\x03\\x01\\x02\\x00\\x01" 400 157',
      /^TLS/,
      ["TLS_TO_PLAIN_PORT", "DATA_BEFORE_HANDSHAKE"],
    ],
    [
      "00000000: 4745 5420 2f20 4854 5450 2f31 2e31 0d0a  GET / HTTP/1.1..\n00000010: 0d0a                                     ..",
      /not a valid handshake/,
      ["NOT_A_HANDSHAKE"],
    ],
    [
      "00000000  16 03 01 00 f8 01 00 00  f4 03 03 2f 2f 2f 2f 2f  |...........|",
      /^TLS/,
      ["TLS_TO_PLAIN_PORT", "DATA_BEFORE_HANDSHAKE"],
    ],
  ])("%s", (line, what, codes) => {
    const found = explainText(line).find(({ kind }) => kind === "bytes");
    expect(found?.what).toMatch(what);
    expect(found?.causes.map(({ code }) => code)).toEqual(codes);
  });

  it("of a whole request are judged as the server would", () => {
    const head = (extra: string) =>
      `GET /chat HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${extra}\r\n`;
    const judged = (extra: string) => codesOf(Buffer.from(head(extra)).toString("hex"));
    expect(judged("")).toEqual(["UPGRADE_STRIPPED"]);
    expect(judged("Upgrade: websocket\r\nConnection: keep-alive\r\n")).toEqual(["CONNECTION_NO_UPGRADE"]);
    expect(
      explainText(Buffer.from(head("Upgrade: websocket\r\nConnection: Upgrade\r\n")).toString("hex"))[0]?.what,
    ).toMatch(/a valid handshake\.$/);
  });

  it("that nothing is known about are not guessed at", () => {
    expect(explainText("deadbeef")).toEqual([]);
    expect(explainText("facade")).toEqual([]);
  });
});

describe("a number", () => {
  it.each(
    Array.from({ length: 4000 }, (_, i) => i + 1000)
      .filter(isSendableCode)
      .filter((code) => code < 1015 || code % 500 === 0),
  )("%i is a close code with a meaning", (code) => {
    expect(explainText(`${code}`)[0]).toMatchObject({ kind: "close", what: expect.stringMatching(`^${code}: .`) });
  });

  it.each([
    "1006",
    "code=1006",
    "code: 1006",
    '{"code":1006,"reason":""}',
    "closed with 1006",
    "WebSocket closed (code 1006)",
    "websocket: close 1006 (abnormal closure): unexpected EOF",
  ])("%s is 1006", (line) => {
    expect(codesOf(line)).toContain("IDLE_CUT");
  });

  it("is a close code with every code of ours that closes with it", () => {
    const ours = Object.entries(FAILURE_CLOSE).filter(([, close]) => close === 1002);
    expect(codesOf("1002")).toEqual(ours.map(([code]) => code));
  });

  it("is an HTTP status below 600, and otherwise nothing", () => {
    expect(codesOf("403")).toEqual(["ORIGIN_REJECTED", "FORBIDDEN", "STATUS_NOT_101"]);
    expect(explainText("999")).toEqual([]);
    expect(explainText("5000")).toEqual([]);
  });
});

describe("a code of ours", () => {
  it.each(Object.keys({ ...FAILURES, ...PROTOCOL_FAILURES, ...DIAGNOSES }))("%s has a cause and a fix", (code) => {
    const [found] = explainText(code);
    expect(found).toMatchObject({
      kind: "code",
      causes: [{ code, cause: expect.any(String), fix: expect.any(String) }],
    });
  });

  it("is found in an answer, in a header and in a log, and common words are not", () => {
    expect(codesOf('onesocket: chat: ORIGIN_REJECTED: Origin "http://a" is not allowed')).toEqual(["ORIGIN_REJECTED"]);
    expect(codesOf("onesocket-failure: DRAINING")).toEqual(["DRAINING"]);
    expect(codesOf("INTERNAL: A handler threw.")).toEqual(["INTERNAL"]);
    expect(codesOf("GET /INTERNAL/POLICY 200")).toEqual([]);
  });
});

describe("lines to paste", () => {
  it("are in the right configuration of docs/proxies.md", () => {
    const right = configurations("nginx").find(({ mark }) => mark === "")!.text;
    const pasted = Object.values(SNIPPETS).flatMap((snippet) => snippet.split("\n"));
    expect(pasted.filter((line) => !line.startsWith("#") && !right.includes(line.trim()))).toEqual([]);
  });
});

describe("hostile lines", () => {
  it("never throw, and print no control characters", () => {
    const words = fc.constantFrom(
      "\u001b[31m",
      "\u202e",
      "\u0007",
      "Buffer:16",
      "81",
      "code=1006",
      '"\\x16',
      "ws://a/'",
      " ",
      "\n",
      "0000: ",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string({ unit: "binary" }))), (parts) => {
        for (const { input } of explainText(parts.join(""))) expect(input).not.toMatch(/[^\P{Cc}\n\t]|\u202e/u);
      }),
    );
  });

  it("of any length are looked at as far as 64 Ki characters", () => {
    expect(explainText(`${"a ".repeat(1 << 20)}socket hang up`)).toEqual([]);
    expect(explainText("ff".repeat(1 << 20))).toEqual([]);
  });
});
