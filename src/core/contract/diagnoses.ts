/**
 * What a client can tell from outside about a handshake or a connection that failed: each code's cause and fix. For
 * `onesocket doctor`; no adapter has them. A server of ours names its own refusals, with the codes of `FAILURES`, and what
 * breaks RFC 6455 after the handshake has the codes of `PROTOCOL_FAILURES`.
 */
export const DIAGNOSES = {
  DNS_FAILED: ["The host's name does not resolve.", "Correct the name in the URL, or its DNS record."],
  TCP_REFUSED: [
    "Nothing listens on this port.",
    "Start the server, correct the port, or let it listen on this address too (0.0.0.0 or :: is every one).",
  ],
  TCP_TIMEOUT: [
    "No TCP connection came about: the host or the way to it does not answer.",
    "Check the address, and the firewalls and security groups on the way.",
  ],
  PROXY_REFUSED: [
    "The forward proxy made no connection to the server.",
    "Let it allow CONNECT to this host and port (Squid: to 443 alone by default), or serve wss:// on port 443.",
  ],
  PROXY_AUTH_REQUIRED: [
    "The forward proxy wants to know who connects.",
    "Give clients the proxy's credentials; onesocket doctor takes them in --proxy http://user:password@host:port.",
  ],
  TLS_TO_PLAIN_PORT: [
    "wss:// met a port that speaks no TLS.",
    "Use ws:// for this port, or the port where TLS is served.",
  ],
  PLAIN_TO_TLS_PORT: ["ws:// met a port that speaks TLS.", "Use wss://."],
  TLS_FAILED: [
    "The server speaks TLS, and refused ours.",
    "Check the host name (SNI), the TLS versions that the server allows, and whether it wants a client certificate.",
  ],
  CERT_INVALID: [
    "The server's certificate cannot be trusted.",
    "Serve an unexpired certificate for this host name with its whole chain, from an authority that clients trust.",
  ],
  NOT_HTTP: [
    "What answers is not HTTP/1.1.",
    "Check the port: something else listens there. If it is your server, correct the head of its answer.",
  ],
  HTTP2_ONLY: [
    "The port speaks HTTP/2 only, which has no Upgrade.",
    "Let the server speak HTTP/1.1 too: in TLS offer http/1.1 by ALPN, without TLS allow HTTP/1.1 on the port.",
  ],
  HTML_FALLBACK: [
    "A web page was served in the place of a WebSocket.",
    "Route this path to the WebSocket server, before a static site or a single-page app's fallback takes it.",
  ],
  REDIRECTED: [
    "The handshake was redirected, and browsers do not follow.",
    "Connect to the target itself, or leave this path out of the redirection.",
  ],
  STATUS_NOT_101: [
    "The handshake got an ordinary HTTP answer, not 101.",
    "See the status and the body: they tell who answered and why. The log of that server tells more.",
  ],
  AUTH_REQUIRED: [
    "The server wants to know who connects.",
    "Send what it checks: a cookie, or a token where a client can't set headers; onesocket doctor takes --cookie and --header.",
  ],
  FORBIDDEN: [
    "The server or something before it forbids this client to connect.",
    "Check what it goes by: the Origin, the user's rights, a firewall's rules.",
  ],
  NO_ROUTE: [
    "Nothing is served at this path.",
    "Correct the path, its trailing slash too, or route it to the WebSocket server.",
  ],
  CLOSED_BEFORE_RESPONSE: [
    "The connection was closed before the handshake was answered.",
    "See the server's log: it crashed, took the request for another protocol, or a proxy could not reach it.",
  ],
  RESPONSE_TIMEOUT: [
    "The server took the handshake, and never answered it.",
    "Give upgrades of this path a listener; a development proxy needs WebSockets turned on (Vite: ws: true).",
  ],
  ACCEPT_MISSING: [
    "The 101 lacks Sec-WebSocket-Accept.",
    "Answer base64(SHA-1(Sec-WebSocket-Key + 258EAFA5-E914-47DA-95CA-C5AB0DC85B11)), and let every proxy pass it on (nginx: no proxy_hide_header Sec-WebSocket-Accept).",
  ],
  ACCEPT_MISMATCH: [
    "Sec-WebSocket-Accept does not answer the key that was sent.",
    "Compute base64(SHA-1(key + 258EAFA5-E914-47DA-95CA-C5AB0DC85B11)) anew for each request, of the key as it came.",
  ],
  RESPONSE_UPGRADE_BAD: [
    "The 101 does not say Upgrade: websocket.",
    "Send Upgrade: websocket, and nothing else in it, and let every proxy pass it on (nginx: no proxy_hide_header Upgrade).",
  ],
  RESPONSE_CONNECTION_BAD: ["The 101 does not say Connection: Upgrade.", "Send Connection: Upgrade with the 101."],
  CONNECTION_LIST_WARN: [
    "The 101 has more in Connection than Upgrade, at which some clients fail (those of Node and Deno, faye-websocket, websocket).",
    "Send Connection: Upgrade alone with the 101.",
  ],
  TRANSFER_ENCODING_WARN: [
    "The 101 says Transfer-Encoding, which it must not: some proxies take the frames behind it for chunks (lighttpd).",
    "Leave Transfer-Encoding out of the 101 (RFC 9112 §6.1).",
  ],
  CONNECTION_LIST_REFUSED: [
    "The server refuses Connection: keep-alive, Upgrade, which Firefox sends.",
    "Look for the token upgrade in the list, in whatever case, rather than compare the whole value.",
  ],
  SUBPROTOCOL_UNREQUESTED: [
    "The 101 names a subprotocol, and none was offered.",
    "Send Sec-WebSocket-Protocol only to clients that offer that name.",
  ],
  SUBPROTOCOL_UNANSWERED: [
    "Subprotocols were offered, and the 101 names none: Chromium and many others fail.",
    "Let the server choose one of them, or offer none.",
  ],
  SUBPROTOCOL_MISMATCH: [
    "The 101 names a subprotocol that was not offered.",
    "Answer with exactly one of the offered names, in the case in which it was offered.",
  ],
  EXTENSION_UNREQUESTED: [
    "The 101 names an extension that was not offered.",
    "Send Sec-WebSocket-Extensions only with what this client offered.",
  ],
  EXTENSION_PARAMS_BAD: [
    "The 101 answers the offer of permessage-deflate with parameters that do not go with it.",
    "Answer within the offer (RFC 7692 §7.1), or turn compression off.",
  ],
  SWITCH_THEN_FIN: [
    "The server said 101, and ended the connection within a second, without a Close.",
    "Keep it open: look for a proxy with keep-alive off or HTTP/1.0, a crash, or a socket that nobody keeps.",
  ],
  CONFIG_INVALID: [
    "The configuration is not valid: the program refuses to start with it.",
    "Correct the line; the program's own check says the same (nginx -t, apachectl -t, haproxy -c, caddy validate).",
  ],
  ENDED_WITHOUT_CLOSE: [
    "An open connection ended without a Close: both sides see 1006.",
    "See the log of the side that ended it: it crashed, was killed, or was a proxy that restarted.",
  ],
  HEAD_LOST: [
    "A frame that came in one packet with the handshake was lost.",
    "Read what the HTTP parser left over (Node: the upgrade event's head) before the socket's own bytes.",
  ],
  HEAD_HELD: [
    "A frame that came in one packet with the handshake was held back until the next one came.",
    "Let clients wait for the 101 before they send, or use a proxy that passes on what it has read (Apache: upgrade=websocket).",
  ],
  CLOSED_ON_TEXT: [
    "The connection ended when a valid text message came.",
    "See the log of the server and of the proxy before it: one of them can't read the frame, or crashed over it.",
  ],
  IDLE_CUT: [
    "The connection was cut while it was silent.",
    "Send a Ping more often than that, such as every 25 s, or raise the idle timeout of the proxy.",
  ],
  HTTP_AFTER_101: [
    "HTTP or a web page came behind the 101, where frames belong.",
    "Let nothing else answer a request once it was switched: detach the HTTP parser, and write no body.",
  ],
  CLOSED_BY_SERVER: [
    "The server opened the connection, and closed it with a Close of its own.",
    "Its code and reason say why; the server's log tells more.",
  ],
  CLOSE_UNANSWERED: [
    "The server did not answer our Close: clients wait, and then see 1006.",
    "Answer each Close with a Close, then end the connection.",
  ],
  ORIGIN_UNCHECKED: [
    "Pages of any site may connect, with their visitor's cookies.",
    "If cookies tell who connects, check Origin against a list (onesocket: the option origins).",
  ],
  // What onesocket/client finds, beside those above.
  NOT_TOLD: [
    "The handshake failed, and a browser tells no page why; what a plain request was answered is no more than likely to be it.",
    "See the server's log, the browser's console, or run onesocket doctor; let servers of other pages list the origin.",
  ],
  HTTP_FAILS_TOO: [
    "The handshake failed, and so did a plain HTTP request to the same URL.",
    "Check host, port, scheme and certificate, whether the server runs, and what in the browser may block requests.",
  ],
  OFFLINE: ["The browser says that there is no network.", "Wait: the client tries again as soon as there is one."],
  BLOCKED_BY_CSP: [
    "The page's Content-Security-Policy forbids the connection.",
    "Add the server with its scheme to connect-src, such as wss://chat.example.",
  ],
  BAD_URL: [
    "No WebSocket can be opened with this URL, or with these subprotocols, of which the token is one.",
    "Give a ws: or wss: URL (wss: on a page of https:), distinct tokens as protocols, and a token encoded as base64url.",
  ],
  OPTION_FAILED: [
    "One of url, token and protocols threw, rejected, or took longer than openMs.",
    "See error of the failure; make the function faster, or openMs longer.",
  ],
} as const;

/** The stable name of what a client found: to switch on, search for and chart. */
export type DiagnosisCode = keyof typeof DIAGNOSES;
