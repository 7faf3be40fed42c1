import { describe, expect, it } from "vitest";
import type { Explanation } from "../../../src/cli/explain/explanation.ts";
import { explainText } from "../../../src/cli/explain/recognise.ts";

function codesOf(line: string): readonly string[] {
  return explainText(line).flatMap(({ causes }) => causes.map(({ code }) => code));
}

function only(line: string): Explanation {
  const [found, ...more] = explainText(line);
  expect(more).toEqual([]);
  return found!;
}

/** What looks like another line, or was once taken for one: the codes that it may have, and those that it must not. */
const LIKE: readonly (readonly [line: string, may: readonly string[]])[] = [
  // Go: what timed out is a read, a write, a lookup or a connection.
  ["read tcp 10.0.0.2:8080->10.0.0.9:50312: i/o timeout", ["PING_TIMEOUT", "RESPONSE_TIMEOUT"]],
  ["write tcp 10.0.0.2:8080->10.0.0.9:50312: i/o timeout", ["SLOW_CONSUMER"]],
  ["dial tcp 10.0.0.9:8080: i/o timeout", ["TCP_TIMEOUT"]],
  ["dial tcp 10.0.0.9:8080: connect: connection timed out", ["TCP_TIMEOUT"]],
  ["dial tcp: lookup chat on 127.0.0.11:53: read udp 172.17.0.2:53476->127.0.0.11:53: i/o timeout", ["DNS_FAILED"]],
  // Go: who began TLS, or did not.
  ["tls: first record does not look like a TLS handshake", ["TLS_TO_PLAIN_PORT"]],
  [
    "http: TLS handshake error from 10.0.0.9:50312: tls: first record does not look like a TLS handshake",
    ["PLAIN_TO_TLS_PORT"],
  ],
  ["http: TLS handshake error from 10.0.0.9:50312: EOF", []],
  ['malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02\\x16"', ["PLAIN_TO_TLS_PORT", "CERT_INVALID"]],
  ['malformed HTTP response "\\x00\\x00\\x12\\x04\\x00\\x00\\x00\\x00\\x00\\x00"', ["HTTP2_ONLY"]],
  // gorilla's client says this of a status, of a header and of Accept alike.
  [
    "websocket: bad handshake",
    ["STATUS_NOT_101", "RESPONSE_UPGRADE_BAD", "RESPONSE_CONNECTION_BAD", "ACCEPT_MISMATCH"],
  ],
  // gorilla's server asks for Connection first, so that this is also a plain GET, and a proxy that dropped both.
  [
    "websocket: the client is not using the websocket protocol: 'upgrade' token not found in 'Connection' header",
    ["CONNECTION_NO_UPGRADE", "UPGRADE_STRIPPED", "NOT_A_HANDSHAKE"],
  ],
  ["websocket: bad MASK", ["FRAME_UNMASKED", "FRAME_MASKED"]],
  ["ifconfig: bad mask", []],
  // nginx: whom it waited for, and at which time.
  ["upstream timed out (110: Connection timed out) while proxying upgraded connection, client: 10.0.0.1", ["IDLE_CUT"]],
  ["upstream timed out (110: Connection timed out) while reading upstream, client: 10.0.0.1", []],
  [
    "upstream timed out (110: Connection timed out) while reading response header from upstream, client: 10.0.0.1",
    ["RESPONSE_TIMEOUT"],
  ],
  ["upstream timed out (110: Connection timed out) while connecting to upstream, client: 10.0.0.1", ["TCP_TIMEOUT"]],
  [
    "upstream timed out (110: Connection timed out) while SSL handshaking to upstream, client: 10.0.0.1",
    ["TLS_FAILED"],
  ],
  [
    "recv() failed (104: Connection reset by peer) while reading response header from upstream, client: 10.0.0.1",
    ["CLOSED_BEFORE_RESPONSE"],
  ],
  [
    "recv() failed (104: Connection reset by peer) while proxying upgraded connection, client: 10.0.0.1",
    ["ENDED_WITHOUT_CLOSE"],
  ],
  ['upstream sent invalid header: "X Y: 1\\x0d..." while reading response header from upstream', ["NOT_HTTP"]],
  ["upstream sent no valid HTTP/1.0 header while reading response header from upstream", ["NOT_HTTP", "HTTP2_ONLY"]],
  ["upstream sent too big header while reading response header from upstream, client: 10.0.0.1", []],
  // nginx: in which of its two connections TLS failed.
  [
    "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream",
    ["TLS_TO_PLAIN_PORT"],
  ],
  [
    "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking, client: 10.0.0.1",
    ["PLAIN_TO_TLS_PORT"],
  ],
  [
    "upstream SSL certificate verify error: (20:unable to get local issuer certificate) while SSL handshaking to upstream",
    ["CERT_INVALID"],
  ],
  [
    "client SSL certificate verify error: (21:unable to verify the first certificate) while reading client request headers",
    [],
  ],
  // Apache: the same number, for what is refused and for what is not answered.
  [
    "(111)Connection refused: AH00957: HTTP: attempt to connect to 127.0.0.1:3000 (127.0.0.1:3000) failed",
    ["TCP_REFUSED"],
  ],
  [
    "(110)Connection timed out: AH00957: HTTP: attempt to connect to 10.0.0.9:3000 (10.0.0.9:3000) failed",
    ["TCP_TIMEOUT"],
  ],
  // A reset does not tell when.
  ["read ECONNRESET", ["CLOSED_BEFORE_RESPONSE", "ENDED_WITHOUT_CLOSE", "IDLE_CUT"]],
  ["curl: (56) Recv failure: Connection reset by peer", ["CLOSED_BEFORE_RESPONSE", "ENDED_WITHOUT_CLOSE", "IDLE_CUT"]],
  [
    "WebSocket connection to 'ws://a/' failed: Error in connection establishment: net::ERR_CONNECTION_RESET",
    ["CLOSED_BEFORE_RESPONSE"],
  ],
  // Python's websockets says this whatever came in the place of a head.
  ["did not receive a valid HTTP response", ["CLOSED_BEFORE_RESPONSE", "NOT_HTTP", "PLAIN_TO_TLS_PORT"]],
  ["did not receive a valid HTTP request", ["DATA_BEFORE_HANDSHAKE", "CLIENT_GONE"]],
  // curl's -m ends a healthy socket with these words too.
  ["curl: (28) Operation timed out after 5001 milliseconds with 0 bytes received", ["RESPONSE_TIMEOUT"]],
  ["curl: (28) Connection timed out after 5001 milliseconds", ["TCP_TIMEOUT"]],
  // TCP gives up on what stood as well as on what never came about.
  ["TimeoutError: [Errno 110] Connection timed out", ["PING_TIMEOUT", "TCP_TIMEOUT"]],
  ["TimeoutError: [Errno 110] Connect call failed ('10.0.0.9', 80)", ["TCP_TIMEOUT"]],
  ["Error: read ETIMEDOUT", ["PING_TIMEOUT"]],
  ["Error: connect ETIMEDOUT 10.0.0.9:80", ["TCP_TIMEOUT"]],
  [
    "wsarecv: A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond.",
    ["PING_TIMEOUT", "TCP_TIMEOUT"],
  ],
  [
    "dial tcp 10.0.0.9:80: connectex: A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond.",
    ["TCP_TIMEOUT"],
  ],
  [
    "System.IO.IOException: Unable to read data from the transport connection: Connection timed out.",
    ["PING_TIMEOUT", "TCP_TIMEOUT"],
  ],
  // Who closed it, and whether it was open, these do not say.
  ["accept tcp [::]:8080: use of closed network connection", []],
  ["read tcp 10.0.0.2:8080->10.0.0.9:50312: use of closed network connection", []],
  ["Cannot send data if the connection is not in the 'Connected' State.", ["CLOSED_BY_SERVER", "IDLE_CUT"]],
  [
    "The WebSocket is in an invalid state ('None') for this operation. Valid states are: 'Open, CloseReceived'",
    ["CLOSED_BY_SERVER", "IDLE_CUT"],
  ],
  // A few common words are a socket's only as the whole message.
  ["config.port: Invalid value", []],
  ["JSON Parse error: Unexpected EOF", []],
  ["SyntaxError: JSON Parse error: Unexpected EOF", []],
  ["gzip: stdin: unexpected end of file", []],
  ["kafka: Failed to connect", []],
  ["upload: Message too big", []],
  ["video: Frame too large", []],
  ["loader: invalid opcode", []],
  ["traps: node[12] trap invalid opcode ip:7f0", []],
  // Numbers that are no close codes.
  ["error code: 1015", []],
  ["ERROR 1006 (HY000): Can't create database", []],
  ["process exited with code 1001", []],
  ["MySQL error code 1009", []],
  ["HTTP status code: 1000", []],
  ["took 1006 ms, code 1006 lines", []],
];

describe("a line of another meaning", () => {
  it.each(LIKE)("is not taken for one that looks like it: %s", (line, may) => {
    const codes = codesOf(line);
    expect(codes.filter((code) => !may.includes(code))).toEqual([]);
    if (may.length > 0) expect(codes.length).toBeGreaterThan(0);
  });

  it("that leaves something open says so", () => {
    expect(only("read ECONNRESET").note).toMatch(/does not say when/);
    expect(only("read tcp a->b: i/o timeout").note).toMatch(/deadline/);
    expect(only("websocket: bad handshake").note).toMatch(/same/);
    expect(only("curl: (28) Operation timed out after 5001 milliseconds with 0 bytes received").note).toMatch(/-m/);
    expect(only("Cannot send data if the connection is not in the 'Connected' State.").what).toMatch(/not yet, or not/);
    expect(only("accept tcp [::]:8080: use of closed network connection").what).toMatch(/itself had closed/);
    expect(
      only("Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: Upgrade, HTTP_UPGRADE: websocket)")
        .what,
    ).toMatch(/usually/);
    expect(only("Unexpected EOF").note).toMatch(/whole message of a WebSocket/);
  });
});
