import type { Code } from "../meaning.ts";

/** Who prints messages. `Node` is Node's own client, undici. */
export type Printer =
  | "Chrome"
  | "Firefox"
  | "Safari"
  | "Node"
  | "ws"
  | "Bun"
  | "Deno"
  | "curl"
  | "Go"
  | "Python"
  | "workerd"
  | "Workerman"
  | "Swoole"
  | "nginx"
  | "Apache";

/** One thing that goes wrong, and what each program prints of it. */
export interface Symptom {
  /** What it stands for, the likeliest first. */
  readonly codes: readonly Code[];
  /** What happened, as a sentence. */
  readonly what: string;
  /** `{n}` stands for an HTTP status, `{}` for anything; `=` in front: for the end of a line that says just this. */
  readonly says: Readonly<Partial<Record<Printer, string | readonly string[]>>>;
  /** What the message leaves open. */
  readonly note?: string;
}

const AFTER_101 = "Behind this can be anything that ends a connection: the time since it opened tells most.";
const ALL_ALIKE = "This message is the same for every failure of a handshake: only a look at the wire tells which.";

/** What clients and servers print. The first that fits a line explains it. Measured 2026-11, where a client runs here. */
export const SYMPTOMS: readonly Symptom[] = [
  {
    codes: ["RESPONSE_UPGRADE_BAD", "RESPONSE_CONNECTION_BAD"],
    what: "The answer is a 101 whose headers do not confirm the upgrade.",
    says: { ws: "Unexpected server response: 101" },
    note: "ws says the same when Upgrade is missing and when Connection does not list Upgrade.",
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "The server answered {n}, not 101.",
    says: {
      Chrome: "Unexpected response code: {n}",
      ws: "Unexpected server response: {n}",
      Bun: "Expected 101 status code: {n}",
      Deno: "Invalid status code: {n}",
      curl: ["Refused WebSocket upgrade: {n}", "The requested URL returned error: {n}"],
      Go: ["expected handshake response status code 101 but got {n}", "websocket: bad handshake"],
      Python: "server rejected WebSocket connection: HTTP {n}",
      workerd: "received bad WebSocket handshake",
    },
  },
  {
    codes: ["AUTH_REQUIRED"],
    what: "The server answered 401, not 101.",
    says: { Chrome: "HTTP Authentication failed; no valid credentials available" },
    note: "A browser cannot send Authorization with new WebSocket(): use a cookie, a subprotocol or a ticket in the query.",
  },
  {
    codes: ["ACCEPT_MISMATCH"],
    what: "Sec-WebSocket-Accept in the 101 is not what follows from this connection's key.",
    says: {
      Chrome: "Incorrect 'Sec-WebSocket-Accept' header value",
      ws: "Invalid Sec-WebSocket-Accept header",
      Node: "Incorrect hash received in Sec-WebSocket-Accept header",
      Bun: "Mismatch websocket accept header",
      Python: "invalid Sec-WebSocket-Accept header",
    },
    note: "ws says the same when the header is missing. Deno does not look, and opens.",
  },
  {
    codes: ["ACCEPT_MISSING"],
    what: "The 101 has no Sec-WebSocket-Accept.",
    says: {
      Chrome: "'Sec-WebSocket-Accept' header is missing",
      Bun: "Missing websocket accept header",
      Python: "missing Sec-WebSocket-Accept header",
    },
  },
  {
    codes: ["RESPONSE_UPGRADE_BAD"],
    what: "The 101 does not say Upgrade: websocket.",
    says: {
      Chrome: ["'Upgrade' header is missing", "'Upgrade' header value is not 'WebSocket'"],
      ws: "=Invalid Upgrade header",
      Node: 'Server did not set Upgrade header to "websocket"',
      Bun: ["Missing upgrade header", "=Invalid upgrade header"],
      Deno: "=Invalid upgrade header",
      workerd: "Server failed WebSocket handshake: missing Upgrade header",
    },
  },
  {
    codes: ["RESPONSE_CONNECTION_BAD", "CONNECTION_LIST_WARN"],
    what: "The 101 does not say Connection: Upgrade.",
    says: {
      Chrome: ["'Connection' header value must contain 'Upgrade'", "'Connection' header is missing"],
      Node: 'Server did not set Connection header to "upgrade"',
      Bun: ["Missing connection header", "Invalid connection header"],
      Deno: "Invalid connection header",
    },
    note: "Deno and Node's own client also refuse a list such as `keep-alive, Upgrade`.",
  },
  {
    codes: ["SUBPROTOCOL_UNREQUESTED", "SUBPROTOCOL_MISMATCH"],
    what: "The server chose a subprotocol that the client had not offered.",
    says: {
      Chrome: "Response must not include 'Sec-WebSocket-Protocol' header if not present in request: {}",
      ws: "Server sent a subprotocol but none was requested",
      Node: "Protocol was not set in the opening handshake",
      Bun: "Mismatch client protocol",
    },
    note: "Bun says the same when it offered others. Deno does not look, and opens.",
  },
  {
    codes: ["SUBPROTOCOL_MISMATCH"],
    what: "The server chose a subprotocol that is none of those offered.",
    says: {
      Chrome: "'Sec-WebSocket-Protocol' header value '{}' in response does not match any of sent values",
      ws: "Server sent an invalid subprotocol",
      Python: "unsupported subprotocol: {}",
    },
  },
  {
    codes: ["SUBPROTOCOL_UNANSWERED"],
    what: "The client offered subprotocols, and the server chose none.",
    says: {
      Chrome: "Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received",
      ws: "Server sent no subprotocol",
      Node: "Server did not respond with sent protocols",
      Bun: "Missing client protocol",
    },
    note: "Deno does not look, and opens.",
  },
  {
    codes: ["EXTENSION_PARAMS_BAD"],
    what: "The server agreed to compression with parameters that the client did not offer.",
    says: { Chrome: "Error in permessage-deflate: {}", ws: "Invalid Sec-WebSocket-Extensions header" },
  },
  {
    codes: ["EXTENSION_UNREQUESTED"],
    what: "The server agreed to an extension that was not offered.",
    says: {
      Chrome: "Found an unsupported extension '{}'",
      ws: [
        "Server indicated an extension that was not requested",
        "Server sent a Sec-WebSocket-Extensions header but no extension was requested",
      ],
      Node: "Received different permessage-deflate than the one set",
      Bun: "Unsupported websocket extension",
    },
    note: "Deno does not look, and opens.",
  },
  {
    codes: ["CLOSED_BEFORE_RESPONSE"],
    what: "The connection ended before there was an answer.",
    says: {
      Chrome: ["Connection closed before receiving a handshake response", "net::ERR_EMPTY_RESPONSE"],
      ws: "socket hang up",
      Bun: "=Connection ended",
      Deno: "connection closed before message completed",
      curl: "(52) Empty reply",
      Python: "did not receive a valid HTTP response",
      nginx: "upstream prematurely closed connection while reading response header from upstream",
      Apache: "AH01102: error reading status line from remote server",
    },
    note: "A port that speaks TLS may end a connection like this too: try the other scheme. curl 7 says (52) after a 101 as well.",
  },
  {
    codes: ["CLOSED_BEFORE_RESPONSE"],
    what: "The connection was reset.",
    says: {
      Chrome: "net::ERR_CONNECTION_RESET",
      ws: "read ECONNRESET",
      curl: "(56) Recv failure",
      nginx: "Connection reset by peer) while reading response header from upstream",
    },
  },
  {
    codes: ["IDLE_CUT"],
    what: "A proxy ended an open connection, which was silent for longer than its time-out.",
    says: {
      nginx: ["timed out) while proxying upgraded connection", "timed out) while reading upstream"],
    },
  },
  {
    codes: ["IDLE_CUT", "PING_TIMEOUT"],
    what: "An open connection broke.",
    says: { nginx: "Connection reset by peer) while proxying upgraded connection" },
    note: "The server behind nginx went away, or it was restarted.",
  },
  {
    codes: ["RESPONSE_TIMEOUT"],
    what: "The answer to the handshake did not come in time.",
    says: {
      Chrome: ["WebSocket opening handshake timed out", "net::ERR_TIMED_OUT"],
      Safari: "The request timed out",
      ws: "Opening handshake has timed out",
      curl: "Operation timed out after",
      Python: "timed out during opening handshake",
      nginx: "timed out) while reading response header from upstream",
    },
  },
  {
    codes: ["TCP_TIMEOUT"],
    what: "No connection could be made in time.",
    says: {
      Chrome: "net::ERR_CONNECTION_TIMED_OUT",
      ws: "connect ETIMEDOUT",
      curl: "(28) Failed to connect",
      Go: "i/o timeout",
      nginx: "timed out) while connecting to upstream",
    },
  },
  {
    codes: ["NOT_HTTP", "HTTP2_ONLY"],
    what: "What came back is not HTTP/1.1.",
    says: {
      Chrome: ["net::ERR_INVALID_HTTP_RESPONSE", "Invalid status line"],
      ws: "Parse Error: Expected HTTP/",
      Bun: "=Invalid response",
      Deno: "invalid HTTP version parsed",
      curl: "(1) Received HTTP/0.9 when not allowed",
      Go: "malformed HTTP response",
      nginx: ["upstream sent invalid header", "upstream sent no valid HTTP/1.0 header"],
    },
    note: "Another service listens there, or it speaks HTTP/2 only.",
  },
  {
    codes: ["PLAIN_TO_TLS_PORT"],
    what: "A request without TLS reached a port that speaks TLS.",
    says: {
      nginx: ["client sent plain HTTP request to HTTPS port", "The plain HTTP request was sent to HTTPS port"],
      Apache: "You're speaking plain HTTP to an SSL-enabled server port",
      Go: "Client sent an HTTP request to an HTTPS server",
    },
  },
  {
    codes: ["TLS_TO_PLAIN_PORT"],
    what: "TLS was begun on a port that does not speak it.",
    says: {
      Chrome: "net::ERR_SSL_PROTOCOL_ERROR",
      Firefox: "SSL_ERROR_RX_RECORD_TOO_LONG",
      Bun: "WRONG_VERSION_NUMBER",
      ws: ["EPROTO {}wrong version number", "EPROTO {}packet length too long"],
      Deno: "InvalidContentType",
      curl: "(35) {}wrong version number",
      Go: "first record does not look like a TLS handshake",
      nginx: "wrong version number) while SSL handshaking",
    },
  },
  {
    codes: ["CERT_INVALID"],
    what: "The client does not trust the server's certificate.",
    says: {
      Chrome: "net::ERR_CERT_",
      Firefox: ["SEC_ERROR_UNKNOWN_ISSUER", "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"],
      Safari: "The certificate for this server is invalid",
      ws: [
        "unable to verify the first certificate",
        "self-signed certificate",
        "certificate has expired",
        "does not match certificate's altnames",
        "unable to get local issuer certificate",
      ],
      Bun: "self signed certificate",
      Deno: "invalid peer certificate",
      curl: "SSL certificate problem",
      Go: "x509: certificate",
      Python: "CERTIFICATE_VERIFY_FAILED",
    },
  },
  {
    codes: ["TCP_REFUSED"],
    what: "Nothing listens on the port.",
    says: {
      Chrome: "net::ERR_CONNECTION_REFUSED",
      Safari: "Could not connect to the server",
      ws: "connect ECONNREFUSED",
      Deno: "=tcp connect error",
      curl: "Couldn't connect to server",
      Go: "connect: connection refused",
      Python: "[Errno 111]",
      nginx: "Connection refused) while connecting to upstream",
      Apache: "AH00957: {}attempt to connect to",
    },
    note: "Deno says the same for every connection that cannot be made. From a container, 127.0.0.1 is the container.",
  },
  {
    codes: ["TCP_REFUSED", "DNS_FAILED"],
    what: "No connection could be made.",
    says: { Bun: "=Failed to connect" },
    note: "Bun says the same for a name that has no address and a port where nothing listens.",
  },
  {
    codes: ["DNS_FAILED"],
    what: "The host's name has no address.",
    says: {
      Chrome: "net::ERR_NAME_NOT_RESOLVED",
      Safari: "A server with the specified hostname could not be found",
      ws: ["getaddrinfo ENOTFOUND", "getaddrinfo EAI_AGAIN"],
      Deno: "=dns error",
      curl: "Could not resolve host",
      Go: "no such host",
      Python: "[Errno -2] Name or service not known",
      nginx: "host not found in upstream",
    },
  },
  {
    codes: ["FRAME_MASKED"],
    what: "The server masked a frame.",
    says: {
      Chrome: "A server must not mask any frames",
      ws: "MASK must be clear",
      Node: "Frame cannot be masked",
      Bun: "unexpected mask from server",
    },
    note: "Deno does not look. A server that sends frames as a client does uses a library for clients.",
  },
  {
    codes: ["FRAME_UNMASKED"],
    what: "The client sent a frame without a mask.",
    says: { ws: "Invalid WebSocket frame: MASK must be set", Go: "bad MASK", Python: "incorrect masking" },
  },
  {
    codes: ["RSV_UNEXPECTED", "HTTP_AFTER_101"],
    what: "A frame has a reserved bit set: it is compressed without an agreement, or it is no frame.",
    says: {
      Chrome: ["One or more reserved bits are on", "Received a compressed frame"],
      ws: ["RSV1 must be clear", "RSV2 and RSV3 must be clear"],
      Node: ["Expected RSV1 to be clear", "RSV1, RSV2, RSV3 must be clear"],
      Bun: ["RSV1 must be clear", "RSV2 and RSV3 must be clear"],
      Deno: "Reserved bits are not zero",
      Python: "reserved bits must be 0",
      workerd: "compression bit was set, but the compression extension was not negotiated",
    },
    note: "Text behind the 101, such as an error page, reads as a frame with reserved bits.",
  },
  {
    codes: ["OPCODE_INVALID", "CONTINUATION_UNEXPECTED"],
    what: "A frame has an opcode that may not come here.",
    says: {
      Chrome: ["Unrecognized frame opcode", "Received unexpected continuation frame"],
      ws: "Invalid WebSocket frame: invalid opcode",
      Node: ["Invalid opcode received", "Expected continuation frame", "Unexpected continuation frame"],
      Bun: ["unsupported control frame", "Protocol error - unexpected opcode"],
      Deno: ["=Invalid value", "Invalid continuation frame"],
      Python: "invalid opcode",
    },
  },
  {
    codes: ["CONTROL_TOO_LONG", "CONTROL_FRAGMENTED", "CLOSE_PAYLOAD_SHORT", "LENGTH_NOT_MINIMAL", "HTTP_AFTER_101"],
    what: "A frame's header breaks the protocol.",
    says: {
      Chrome: ["Invalid frame header", "Received a broken close frame"],
      ws: ["Invalid WebSocket frame: invalid payload length", "Invalid WebSocket frame: FIN must be set"],
      Node: ["Control frame either too large or fragmented", "Invalid frame type was fragmented", "with a 1-byte body"],
      Bun: ["Protocol error - invalid control frame", "control frame is fragmented"],
      Deno: ["Ping frame too large", "Control frame must not be fragmented", "Invalid close frame"],
      Python: ["control frame too long", "fragmented control frame"],
    },
    note: "Chrome says `Invalid frame header` for all of these, and for text behind the 101, such as an error page.",
  },
  {
    codes: ["CLOSE_CODE_INVALID"],
    what: "A Close frame carries a code that must not be sent.",
    says: {
      ws: "Invalid WebSocket frame: invalid status code",
      Bun: "Protocol error - invalid close code",
      Deno: "Invalid close code",
      Python: "invalid status code",
    },
  },
  {
    codes: ["INVALID_UTF8"],
    what: "A text is not UTF-8.",
    says: {
      Chrome: "Could not decode a text frame as UTF-8",
      ws: "Invalid WebSocket frame: invalid UTF-8 sequence",
      Node: "Received invalid UTF-8 in text frame",
      Bun: "Server sent invalid UTF8",
      Deno: "=Invalid UTF-8",
    },
  },
  {
    codes: ["MESSAGE_TOO_BIG"],
    what: "A message is over the receiver's limit.",
    says: {
      ws: ["Max payload size exceeded", "Unsupported WebSocket frame: payload length > 2^53 - 1"],
      Node: ["Payload size exceeds maximum allowed size", "Received payload length > 2^31 bytes"],
      Bun: "=Message too big",
      Deno: "Frame too large",
      Python: "over size limit",
      Go: "websocket: read limit exceeded",
    },
  },
  {
    codes: ["PING_TIMEOUT"],
    what: "Pings stayed unanswered.",
    says: { Python: "keepalive ping timeout" },
  },
  {
    codes: ["SWITCH_THEN_FIN", "IDLE_CUT"],
    what: "An open connection ended without a Close frame.",
    says: {
      Deno: "=Unexpected EOF",
      Go: "websocket: close 1006",
      Python: "no close frame received or sent",
      workerd: ["WebSocket disconnected without sending Close frame", "WebSocket disconnected between frames"],
    },
    note: AFTER_101,
  },
  {
    codes: ["WEBSOCKET_DROPPED", "RESPONSE_MUTATED"],
    what: "The response with the socket was copied, cloned or used twice.",
    says: {
      workerd: [
        "Cannot clone a response to a WebSocket handshake",
        "Can't return WebSocket that was already used in a response",
        "Responses may only be constructed with status codes in the range 200 to 599",
      ],
      Node: ['init["status"] must be in the range of 200 to 599'],
    },
    note: "A 101 is made by the runtime or its adapter, never with new Response().",
  },
  {
    codes: ["UPGRADE_NOT_FORWARDED", "NOT_A_HANDSHAKE"],
    what: "A Worker or a Durable Object answered 101 to a request without Upgrade: websocket.",
    says: { workerd: "WebSocket in a response to a request which did not contain the header" },
  },
  {
    codes: ["UPGRADE_NOT_FORWARDED"],
    what: "A Worker's fetch takes http: and https: only, with Upgrade: websocket among the headers.",
    says: { workerd: "Fetch API cannot load: ws" },
  },
  {
    codes: ["RUNTIME_REFUSED"],
    what: "The code sends on an end of a WebSocketPair that was not accepted, or returns the end that was.",
    says: {
      workerd: [
        "on this WebSocket before sending messages",
        "Can't return WebSocket in a Response after calling",
        "Can't accept() WebSocket",
      ],
    },
    note: "Accept the server's end of the pair, and return the client's.",
  },
  {
    codes: ["CONNECTION_NO_UPGRADE"],
    what: "The server found no `upgrade` in Connection.",
    says: { Go: "'upgrade' token not found in 'Connection' header" },
  },
  {
    codes: ["UPGRADE_STRIPPED", "NOT_A_HANDSHAKE"],
    what: "The server found no `websocket` in Upgrade.",
    says: {
      Go: "'websocket' token not found in 'Upgrade' header",
      Deno: "'upgrade' header must contain 'websocket'",
    },
  },
  {
    codes: ["ORIGIN_REJECTED"],
    what: "The server refuses pages of this origin.",
    says: { Go: "request origin not allowed by Upgrader.CheckOrigin", Python: "invalid Origin header" },
  },
  {
    codes: ["KEY_INVALID", "KEY_MISSING"],
    what: "The server found no valid Sec-WebSocket-Key.",
    says: { ws: "Missing or invalid Sec-WebSocket-Key header", workerd: "Missing Sec-WebSocket-Key" },
  },
  {
    codes: ["VERSION_UNSUPPORTED"],
    what: "The server does not speak the client's version.",
    says: {
      ws: "Missing or invalid Sec-WebSocket-Version header",
      Go: "unsupported version: 13 not found in 'Sec-Websocket-Version' header",
      workerd: "The requested WebSocket version is not supported",
    },
  },
  {
    codes: ["DATA_BEFORE_HANDSHAKE"],
    what: "Data came to a connection that has had no handshake.",
    says: { Workerman: "recv data before handshake" },
    note: "In Workerman ws:// is the client's protocol: a server listens on websocket://. The hex is what came.",
  },
  {
    codes: ["DATA_BEFORE_HANDSHAKE"],
    what: "The connection has had no handshake, or is closed already.",
    says: { Swoole: ["is not a websocket conn", "WEBSOCKET_UNCONNECTED"] },
    note: "The code pushes to a connection that is plain HTTP, or that has gone.",
  },
  {
    codes: ["SWITCH_THEN_FIN"],
    what: "The handshake failed.",
    says: { Swoole: "WEBSOCKET_HANDSHAKE_FAILED" },
    note: "Swoole's server answers 101 and ends when the request is HTTP/1.0 or has Connection: close.",
  },
  {
    codes: ["UPGRADE_STRIPPED"],
    what: "Apache does not forward the upgrade: another ProxyPass to the same backend has the worker already.",
    says: { Apache: "AH01146" },
    note: "Put upgrade=websocket on the first ProxyPass of that backend, or write its address in another way.",
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "Apache has no module for this backend's scheme.",
    says: { Apache: "AH01144" },
    note: "Load mod_proxy_http, and use http:// with upgrade=websocket (2.4.47 and later).",
  },
  {
    codes: ["CLIENT_GONE"],
    what: "The client's own code closed the socket before it was open.",
    says: {
      Chrome: "WebSocket is closed before the connection is established",
      ws: "WebSocket was closed before the connection was established",
    },
    note: "Usual where a component is mounted twice, as in React's StrictMode: close in its clean-up, and open once.",
  },
  {
    codes: [],
    what: "The client's own code sends before the socket is open.",
    says: {
      Chrome: "Still in CONNECTING state",
      Node: "Sent before connected",
      ws: "WebSocket is not open: readyState 0",
    },
    note: "Send in the open event, or keep messages until then.",
  },
  {
    codes: ["CLOSED_BY_SERVER", "IDLE_CUT"],
    what: "The client's own code sends on a socket that has closed.",
    says: {
      Chrome: "WebSocket is already in CLOSING or CLOSED state",
      ws: ["WebSocket is not open: readyState 2", "WebSocket is not open: readyState 3"],
    },
    note: "Log the close event: its code and reason tell why. Then onesocket explain <code>.",
  },
  {
    codes: [],
    what: "A page that came over https: may open wss: only.",
    says: {
      Chrome: ["connect to the insecure WebSocket endpoint", "An insecure WebSocket connection may not be initiated"],
      Firefox: "The operation is insecure",
    },
    note: "Serve the socket over TLS, and use wss: with it.",
  },
  {
    codes: [],
    what: "The page's Content-Security-Policy does not allow this connection.",
    says: {
      Chrome: ["to 'ws{}violates the following Content Security Policy directive"],
      Firefox: "blocked the loading of a resource (connect-src) at ws",
    },
    note: "Add the socket's origin, such as wss://example.com, to connect-src of the page's Content-Security-Policy header.",
  },
  {
    codes: ["STATUS_NOT_101", "TCP_REFUSED", "CLOSED_BEFORE_RESPONSE"],
    what: "The handshake failed.",
    says: {
      Chrome: "WebSocket connection to '{}' failed",
      Firefox: "can't establish a connection to the server at ws",
      Safari: "There was a bad response from the server",
      Node: "Received network error or non-101 status code",
    },
    note: ALL_ALIKE,
  },
  {
    codes: ["GOING_AWAY", "IDLE_CUT"],
    what: "The page was left, or the connection broke.",
    says: {
      Chrome: "net::ERR_NETWORK_CHANGED",
      Firefox: "was interrupted while the page was loading",
      Safari: "The network connection was lost",
      workerd: "Network connection lost",
    },
    note: AFTER_101,
  },
];
