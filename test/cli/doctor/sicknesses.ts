import { answer, frame, type Habit, switching, wellBehaved } from "./lab.ts";

const HTML = "Content-Type: text/html\r\n";

/** A 101 with these headers changed, and then a server that is well. */
function changed(headers: Readonly<Record<string, string | null>>): Habit {
  return (socket, ask) => void socket.write(switching(ask, headers));
}

/** A right 101, and these bytes behind it. */
function then(...bytes: (Buffer | string)[]): Habit {
  return (socket, ask) =>
    void socket.write(Buffer.concat([switching(ask), ...bytes].map((one) => Buffer.from(one as string))));
}

function says(status: string, body = "", headers = ""): Habit {
  return (socket) => void socket.end(answer(status, body, headers));
}

/** Spoils the echo of a text. */
function echoing(spoil: (frame: Buffer) => Buffer): Habit {
  return wellBehaved((bytes, opcode) => (opcode === 1 ? spoil(bytes) : bytes));
}

/** Ends a server's first connection that sends a text, so long after its echo: the others came at another time. */
function tickingOnce(ms: number): Habit {
  const ticked = new WeakSet<object>();
  return (socket, ask, behind) =>
    wellBehaved((bytes, opcode) => {
      const { server } = socket as typeof socket & { readonly server: object };
      if (opcode === 1 && !ticked.has(server)) {
        ticked.add(server);
        setTimeout(() => socket.end(), ms);
      }
      return bytes;
    })(socket, ask, behind);
}

const ACCEPT_OF_THE_RFC = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** Each with the code of its sickness, how it behaves and what the doctor is told besides its URL. */
export const SICK: readonly (readonly [code: string, what: string, habit: Habit, ...args: string[]])[] = [
  ["CLOSED_BEFORE_RESPONSE", "ends without a word", (socket) => socket.end()],
  ["CLOSED_BEFORE_RESPONSE", "resets", (socket) => socket.resetAndDestroy()],
  [
    "CLOSED_BEFORE_RESPONSE",
    "ends within the head",
    (socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\nUpgr"),
  ],
  ["RESPONSE_TIMEOUT", "never answers", () => {}, "--timeout", "300ms"],
  ["RESPONSE_TIMEOUT", "stops within the head", (socket) => socket.write("HTTP/1.1 101 Sw"), "--timeout", "300ms"],
  ["NOT_HTTP", "speaks SSH", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
  ["NOT_HTTP", "says two letters", (socket) => socket.end("no")],
  ["NOT_HTTP", "speaks HTTP without a version", (socket) => socket.end("HTTP 101 OK\r\n\r\n")],
  ["NOT_HTTP", "ends its lines with LF", (socket, ask) => socket.write(switching(ask).replaceAll("\r", ""))],
  ["NOT_HTTP", "has a space before a colon", changed({ "Upgrade ": "websocket", Upgrade: null })],
  ["STATUS_NOT_101", "answers 500", says("500 Internal Server Error", "oops")],
  ["STATUS_NOT_101", "answers 200 in plain text", says("200 OK", "hello")],
  ["STATUS_NOT_101", "answers 400", says("400 Bad Request")],
  ["STATUS_NOT_101", "answers 502 as a gateway", says("502 Bad Gateway", "<html>Bad Gateway</html>", HTML)],
  ["HTML_FALLBACK", "answers with a page", says("200 OK", "<!doctype html><title>App</title>", HTML)],
  ["HTML_FALLBACK", "answers with a page and no type", says("200 OK", "\n<html><body>App</body></html>")],
  ["REDIRECTED", "redirects", says("301 Moved Permanently", "", "Location: /elsewhere\r\n")],
  ["AUTH_REQUIRED", "answers 401", says("401 Unauthorized", "", "WWW-Authenticate: Bearer\r\n")],
  ["FORBIDDEN", "answers 403", says("403 Forbidden")],
  ["NO_ROUTE", "answers 404", says("404 Not Found", "Cannot GET /")],
  ["UPGRADE_STRIPPED", "asks for Upgrade though it was sent", says("426 Upgrade Required", "Upgrade Required")],
  [
    "CONNECTION_NO_UPGRADE",
    "misses a token",
    says("400 Bad Request", "'upgrade' token not found in 'Connection' header"),
  ],
  ["VERSION_UNSUPPORTED", "wants another version", says("426 Upgrade Required", "", "Sec-WebSocket-Version: 8, 7\r\n")],
  ["SUBPROTOCOL_NO_MATCH", "says what it demands", says("400 Bad Request", "", "Sec-WebSocket-Protocol: mqtt\r\n")],
  [
    "ORIGIN_REJECTED",
    "names itself",
    says("403 Forbidden", "ORIGIN_REJECTED\n", "onesocket-failure: ORIGIN_REJECTED\r\n"),
  ],
  [
    "UPGRADE_STRIPPED",
    "names itself behind a page",
    says("426 Upgrade Required", "<html>", `${HTML}onesocket-failure: UPGRADE_STRIPPED\r\n`),
  ],
  ["ACCEPT_MISSING", "has no Accept", changed({ "Sec-WebSocket-Accept": null })],
  ["ACCEPT_MISMATCH", "has the Accept of the RFC's example", changed({ "Sec-WebSocket-Accept": ACCEPT_OF_THE_RFC })],
  ["RESPONSE_UPGRADE_BAD", "has no Upgrade", changed({ Upgrade: null })],
  ["RESPONSE_UPGRADE_BAD", "upgrades to h2c", changed({ Upgrade: "h2c" })],
  ["RESPONSE_UPGRADE_BAD", "upgrades to a list", changed({ Upgrade: "websocket, h2c" })],
  ["RESPONSE_CONNECTION_BAD", "has no Connection", changed({ Connection: null })],
  ["RESPONSE_CONNECTION_BAD", "closes", changed({ Connection: "close" })],
  ["SUBPROTOCOL_UNREQUESTED", "names a subprotocol", changed({ "Sec-WebSocket-Protocol": "chat" })],
  ["SUBPROTOCOL_UNANSWERED", "names none of those offered", changed({}), "--protocol", "a,b"],
  ["SUBPROTOCOL_MISMATCH", "names another", changed({ "Sec-WebSocket-Protocol": "c" }), "--protocol", "a,b"],
  [
    "SUBPROTOCOL_MISMATCH",
    "sends the whole offer back",
    changed({ "Sec-WebSocket-Protocol": "a, b" }),
    "--protocol",
    "a,b",
  ],
  ["SUBPROTOCOL_MISMATCH", "names it in another case", changed({ "Sec-WebSocket-Protocol": "A" }), "--protocol", "a"],
  ["EXTENSION_UNREQUESTED", "names an extension", changed({ "Sec-WebSocket-Extensions": "x-webkit-deflate-frame" })],
  [
    "EXTENSION_UNREQUESTED",
    "compresses unasked",
    (socket, ask, behind) => {
      const asked = ask.header("sec-websocket-extensions") !== "";
      if (asked) wellBehaved()(socket, ask, behind);
      else socket.write(switching(ask, { "Sec-WebSocket-Extensions": "permessage-deflate" }));
    },
  ],
  [
    "EXTENSION_PARAMS_BAD",
    "has a window of 16",
    changed({ "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=16" }),
  ],
  ["EXTENSION_PARAMS_BAD", "has half a parameter", changed({ "Sec-WebSocket-Extensions": "permessage-deflate; =15" })],
  ["SWITCH_THEN_FIN", "ends at once", (socket, ask) => socket.end(switching(ask))],
  ["SWITCH_THEN_FIN", "resets at once", (socket, ask) => socket.write(switching(ask), () => socket.resetAndDestroy())],
  [
    "SWITCH_THEN_FIN",
    "ends after 700 ms",
    (socket, ask) => {
      socket.write(switching(ask));
      setTimeout(() => socket.end(), 700);
    },
  ],
  ["HTTP_AFTER_101", "sends a page behind the 101", then("<!doctype html><html></html>")],
  ["HTTP_AFTER_101", "sends a chunk of a page behind it", then("1f\r\n<html><body>hello</body></html>\r\n")],
  [
    "HTTP_AFTER_101",
    "takes frames for requests",
    (socket, ask) => {
      socket.write(switching(ask));
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    },
  ],
  [
    "FRAME_MASKED",
    "masks",
    echoing((bytes) => Buffer.concat([Buffer.of(bytes[0]!, bytes[1]! | 128, 0, 0, 0, 0), bytes.subarray(2)])),
  ],
  ["RSV_UNEXPECTED", "sets RSV1", then(frame(0xc1, "hello"))],
  ["OPCODE_INVALID", "has opcode 3", then(frame(0x83, "hello"))],
  ["CONTROL_TOO_LONG", "pings with 126 bytes", then(Buffer.concat([Buffer.of(0x89, 126, 0, 126), Buffer.alloc(126)]))],
  ["CONTROL_FRAGMENTED", "fragments a Ping", then(frame(0x09, "he"))],
  ["CONTINUATION_UNEXPECTED", "goes on with nothing", then(frame(0x80, "hello"))],
  ["LENGTH_NOT_MINIMAL", "writes a length of 5 in two bytes", then(Buffer.from([0x81, 126, 0, 5]), "hello")],
  ["INVALID_UTF8", "sends Latin-1", then(frame(0x81, Buffer.from([0xe4])))],
  ["CLOSE_CODE_INVALID", "closes with 1005", then(frame(0x88, Buffer.from([3, 237])))],
  [
    "CLOSE_PAYLOAD_SHORT",
    "answers Close with one byte",
    wellBehaved((bytes, opcode) => (opcode === 8 ? frame(0x88, "x") : bytes)),
  ],
  ["POLICY", "closes with 1008", then(frame(0x88, Buffer.from([3, 240])))],
  ["CLOSED_BY_SERVER", "closes with 1011", then(frame(0x88, Buffer.from([3, 243])))],
  [
    "INTERNAL",
    "closes with 1011 and a name of ours",
    then(frame(0x88, Buffer.concat([Buffer.from([3, 243]), Buffer.from("INTERNAL")]))),
  ],
  ["GOING_AWAY", "closes with 1001", then(frame(0x88, Buffer.from([3, 233])))],
  [
    "SLOW_CONSUMER",
    "closes with 1013 and a name of ours",
    then(frame(0x88, Buffer.concat([Buffer.from([3, 245]), Buffer.from("SLOW_CONSUMER")]))),
  ],
  [
    "CLOSED_BY_SERVER",
    "closes with 4403",
    then(frame(0x88, Buffer.concat([Buffer.from([17, 51]), Buffer.from("banned")]))),
  ],
  [
    "IDLE_CUT",
    "ends after 1.5 s of silence",
    (socket, ask, behind) => {
      wellBehaved()(socket, ask, behind);
      socket.setTimeout(1500, () => socket.end());
    },
    "--idle",
    "3s",
  ],
  [
    "IDLE_CUT",
    "ends after half a second of silence",
    (socket, ask, behind) => {
      wellBehaved()(socket, ask, behind);
      socket.setTimeout(500, () => socket.end());
    },
  ],
  ["SWITCH_THEN_FIN", "ends by coarse ticks, once right after a good echo", tickingOnce(0)],
  ["SWITCH_THEN_FIN", "ends by coarse ticks, once half a second after a good echo", tickingOnce(500)],
  [
    "CONNECTION_LIST_REFUSED",
    "wants Connection: Upgrade and nothing more",
    (socket, ask, behind) =>
      (ask.header("connection") === "Upgrade" ? wellBehaved() : says("400 Bad Request"))(socket, ask, behind),
  ],
  [
    "ORIGIN_REJECTED",
    "wants an Origin",
    (socket, ask, behind) => (ask.header("origin") ? wellBehaved() : says("403 Forbidden"))(socket, ask, behind),
  ],
  [
    "ORIGIN_REJECTED",
    "does not want this Origin",
    (socket, ask, behind) => (ask.header("origin") ? says("403 Forbidden") : wellBehaved())(socket, ask, behind),
    "--origin",
    "https://app.example.com",
  ],
  [
    "SUBPROTOCOL_NO_MATCH",
    "wants MQTT",
    (socket, ask) =>
      void socket.write(
        ask.header("sec-websocket-protocol").includes("mqtt")
          ? switching(ask, { "Sec-WebSocket-Protocol": "mqtt" })
          : answer("400 Bad Request"),
      ),
  ],
  [
    "EXTENSION_MALFORMED",
    "stumbles over the offer of compression",
    (socket, ask, behind) =>
      (ask.header("sec-websocket-extensions") ? says("400 Bad Request") : wellBehaved())(socket, ask, behind),
  ],
];
