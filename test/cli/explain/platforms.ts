import type { Family } from "./families.ts";

/** What platforms around a socket print: imitated from reports in public threads, and from the sources that are named. */
export const PLATFORMS: Readonly<Record<string, Family>> = {
  "Cowboy and EMQX": {
    from: "EMQX 3.2 to 5.8 as reported; cowboy_websocket.erl of Cowboy 2, terminate/3 and websocket_send_close/2",
    lines: [
      [
        "",
        "2019-07-18 17:15:32.334 [error] Ranch listener 'mqtt:ws' had connection process started with cowboy_clear:start_link/4 at <0.1717.0> exit with reason: {error,remote}",
      ],
      [
        "ENDED_WITHOUT_CLOSE",
        "2020-08-01 15:26:14.642 [error] Ranch listener 'mqtt:ws' had connection process started with cowboy_clear:start_link/4 at <0.3118.3168> exit with reason: {error,{error,closed}}",
      ],
      [
        "ENDED_WITHOUT_CLOSE",
        '[error] fe95@10.4.0.120:45242 crasher: initial call: cowboy_clear:connection_process/4, pid: <0.29521.98>, registered_name: [], error: {{case_clause,{error,closed}},[{cowboy_websocket,websocket_send_close,2,[{file,"cowboy_websocket.erl"},{line,640}]}',
      ],
      [
        "ENDED_WITHOUT_CLOSE",
        "      in function  cowboy_websocket:websocket_send_close/2 (/emqx_rel/_build/emqx/lib/cowboy/src/cowboy_websocket.erl, line 640)",
      ],
      [
        "CLOSED_BY_SERVER",
        "2024-09-03T02:50:49+02:00 [error] Ranch listener 'ws:default' had connection process started with cowboy_clear:start_link/4 at <0.3508.0> exit with reason: {{badmatch,41217},[{emqx_ws_connection,handle_outgoing,2,[{file,\"emqx_ws_connection.erl\"},{line,814}]},{cowboy_websocket,handler_call,6,[]}]}",
      ],
      [
        "CLOSED_BY_SERVER",
        "2019-06-13 07:55:29.233 [error] Ranch listener 'mqtt:ws' had connection process started with cowboy_clear:start_link/4 at <0.20496.1909> exit with reason: {function_clause,[{emqx_ws_connection,websocket_handle,[{text,<<16>>},{state,undefined}]}]}",
      ],
    ],
    unlike: [
      [
        "[error] Ranch listener 'https' had connection process started with cowboy_tls:start_link/4 at <0.1.0> exit with reason: {{badmatch,1},[{my_page,init,2,[]},{cowboy_handler,execute,2,[]}]}",
        "CLOSED_BY_SERVER",
      ],
      ["{case_clause,{error,closed}},[{my_module,send,2,[]}]", "ENDED_WITHOUT_CLOSE"],
      [
        "Ranch listener 'mqtt:ws' had connection process started with cowboy_clear:start_link/4 at <0.1717.0> exit with reason: {error,remote}",
        "ENDED_WITHOUT_CLOSE",
        "CLOSED_BY_SERVER",
      ],
    ],
  },
  Kubernetes: {
    from: "kubectl 1.3 to 1.34, fabric8's client, kubelet: as reported; apimachinery's httpstream and apiserver's proxy",
    lines: [
      ["UPGRADE_STRIPPED", "Error from server (BadRequest): Upgrade request required"],
      ["UPGRADE_STRIPPED", "io.fabric8.kubernetes.client.KubernetesClientException: Upgrade request required"],
      [
        "UPGRADE_STRIPPED",
        'error: unable to upgrade connection: unable to upgrade: missing upgrade headers in request: http.Header{"Connection":[]string{"close", "Upgrade", "close"}}',
      ],
      ["STATUS_NOT_101", "error: unable to upgrade connection: <h3>Unauthorized</h3>"],
      ["STATUS_NOT_101", "error: Internal error occurred: unable to upgrade connection: 404 page not found"],
    ],
    unlike: [["426 Upgrade Required", "STATUS_NOT_101"]],
  },
  "Go's older words": {
    from: "gorilla/websocket 1.2, server.go; oxy's and Traefik's reports",
    lines: [
      ["CONNECTION_NO_UPGRADE", "websocket: could not find connection header with token 'upgrade'"],
      ["UPGRADE_STRIPPED", "websocket: could not find upgrade header with token 'websocket'"],
      [
        "RESPONSE_MUTATED",
        '2024-11-20T01:16:36-08:00 DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:113 > 500 Internal Server Error error="Hijack failed on protocol switch: not a hijacker: stdlib._net_http_ResponseWriter"',
      ],
      [
        "RESPONSE_MUTATED",
        'level=warning msg="Unable to hijack the connection: the ResponseWriter doesn\'t support the Hijacker interface"',
      ],
      [
        "HTML_FALLBACK",
        'level=error msg="vulcand/oxy/forward/websocket: Error dialing "dev.cloud": websocket: bad handshake with resp: 200 200 OK"',
      ],
      ["NO_ROUTE", "websocket: bad handshake with resp: 404"],
    ],
    unlike: [["websocket: bad handshake with resp: 404 404 Not Found", "ACCEPT_MISMATCH"]],
  },
  "Jetty and Vert.x": {
    from: "Jetty 9 to 12, WebSocketTimeoutException, UpgradeException, HTTP2Session; Vert.x 3 and 4, UpgradeRejectedException: sources",
    lines: [
      [
        "NO_ROUTE",
        "org.eclipse.jetty.websocket.api.UpgradeException: Failed to upgrade to websocket: Unexpected HTTP Response Status Code: 404 Not Found",
      ],
      ["IDLE_CUT", "org.eclipse.jetty.websocket.core.exception.WebSocketTimeoutException: Connection Idle Timeout"],
      ["IDLE_CUT", "java.io.IOException: java.util.concurrent.TimeoutException: Idle timeout 300000 ms elapsed"],
      ["IDLE_CUT", "java.util.concurrent.TimeoutException: Idle timeout expired: 300000/300000 ms"],
      ["NO_ROUTE", "io.vertx.core.http.UpgradeRejectedException: WebSocket upgrade failure: 404"],
    ],
    unlike: [
      ["java.util.concurrent.TimeoutException: null", "IDLE_CUT"],
      ["WebSocket upgrade failure: 404", "IDLE_CUT"],
    ],
  },
  "iOS and macOS": {
    from: "Starscream 2 to 4, Network.framework and CFNetwork as reported; errno.h of Darwin",
    lines: [
      ["STATUS_NOT_101", 'websocket is disconnected: Optional("Invalid HTTP upgrade")'],
      ["STATUS_NOT_101", "The operation couldn’t be completed. (Starscream.HTTPUpgradeError error 0.)"],
      [
        "REDIRECTED",
        'Error Domain=WebSocket Code=301 "Invalid HTTP upgrade" UserInfo={NSLocalizedDescription=Invalid HTTP upgrade}',
      ],
      ["IDLE_CUT", "error Optional(POSIXErrorCode(rawValue: 54): Connection reset by peer)"],
      ["IDLE_CUT", 'Error Domain=kNWErrorDomainPOSIX Code=57 "Socket is not connected"'],
      ["IDLE_CUT", 'Error Domain=NSPOSIXErrorDomain Code=53 "Software caused connection abort"'],
      ["TCP_REFUSED", 'Error Domain=NSPOSIXErrorDomain Code=61 "Connection refused"'],
      ["PING_TIMEOUT", 'Error Domain=NSPOSIXErrorDomain Code=60 "Operation timed out"'],
      ["TLS_FAILED", "CFNetwork SSLHandshake failed (-9847)"],
    ],
    unlike: [
      ['Error Domain=NSPOSIXErrorDomain Code=2 "No such file or directory"', "TCP_REFUSED", "IDLE_CUT"],
      ['Error Domain=NSURLErrorDomain Code=-1005 "x" UserInfo={NSPOSIXErrorDomain, 5}', "IDLE_CUT"],
    ],
  },
  "Chrome behind a forward proxy": {
    from: "net/base/net_error_list.h of Chromium",
    lines: [
      [
        "PROXY_REFUSED",
        "WebSocket connection to 'wss://a.example/ws' failed: Error in connection establishment: net::ERR_TUNNEL_CONNECTION_FAILED",
      ],
      [
        "TCP_REFUSED",
        "WebSocket connection to 'wss://a.example/ws' failed: Error in connection establishment: net::ERR_PROXY_CONNECTION_FAILED",
      ],
      [
        "PROXY_REFUSED",
        "WebSocket connection to 'wss://a.example/ws' failed: Error in connection establishment: net::ERR_SOCKS_CONNECTION_FAILED",
      ],
    ],
    unlike: [
      ["WebSocket connection to 'wss://a.example/ws' failed: net::ERR_TUNNEL_CONNECTION_FAILED", "STATUS_NOT_101"],
    ],
  },
  "GraphQL over WebSocket": {
    from: "PROTOCOL.md of graphql-ws, as servers close; useServer's warning",
    lines: [
      [
        "SUBPROTOCOL_NO_MATCH",
        'websocket is disconnected: WSError(type: protocolError, message: "Subprotocol not acceptable", code: 4406)',
      ],
      [
        "SUBPROTOCOL_NO_MATCH",
        'failed to get reader: received close frame: status = StatusCode(4406) and reason = "Subprotocol not acceptable"',
      ],
      [
        "SUBPROTOCOL_NO_MATCH",
        'WebSocket protocol error occured. It was most likely caused due to an unsupported subprotocol "graphql-ws" requested by the client.',
      ],
      ["", "4408: Connection initialisation timeout"],
    ],
    unlike: [
      ['received close frame: status = StatusCode(4403) and reason = "Forbidden"', "SUBPROTOCOL_NO_MATCH", "FORBIDDEN"],
    ],
  },
  "OCPP servers": {
    from: "SteVe 3, OcppWebSocketUpgrader; ev-server of sap-labs-france: as reported",
    lines: [
      ["SUBPROTOCOL_NO_MATCH", "No protocol (OCPP version) is specified."],
      ["SUBPROTOCOL_NO_MATCH", "Web Socket Protocol is mandatory"],
    ],
    unlike: [["The protocol is mandatory", "SUBPROTOCOL_NO_MATCH"]],
  },
  "what says no more than that it failed": {
    from: "websocket-sharp 1.0, rust-websocket 0.26, cloudflared 2021 to 2024, actix, Vite 2 to 8, noVNC: as reported",
    lines: [
      ["STATUS_NOT_101", "Closed Connection - Reason: An exception has occurred while connecting."],
      ["STATUS_NOT_101", "WebSocket-> Error: An exception has occured while connecting."],
      ["STATUS_NOT_101", "websocat: WebSocketError: Received unexpected status code"],
      [
        "TCP_REFUSED",
        'ERR  error="Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: http: no Host in request URL" originService="unix socket: <x>"',
      ],
      ["UPGRADE_STRIPPED", "No WebSocket Upgrade header found"],
      ["ENDED_WITHOUT_CLOSE", "[vite] server connection lost. polling for restart..."],
      ["IDLE_CUT", "New state 'failed', was 'ProtocolVersion'. Msg: Failed to connect to server (code: 1006)"],
    ],
    unlike: [
      ["An exception has occurred while a message was being parsed", "STATUS_NOT_101"],
      ["Failed to connect to server (code: 2003)", "IDLE_CUT"],
    ],
  },
  libsoup: {
    from: "run: libsoup 3.2.3 (gir1.2-soup-3.0) with Debian 12's GLib",
    lines: [
      ["STATUS_NOT_101", "The server did not accept the WebSocket handshake."],
      ["REDIRECTED", "Too many redirects"],
      ["ACCEPT_MISMATCH", "Server returned incorrect “Sec-WebSocket-Accept” key"],
      ["RESPONSE_UPGRADE_BAD", "Server ignored WebSocket handshake"],
      ["RESPONSE_CONNECTION_BAD", "soup-websocket-error-quark: Server ignored WebSocket handshake (2)"],
      ["SUBPROTOCOL_UNREQUESTED", "Server requested unsupported protocol"],
      ["SUBPROTOCOL_MISMATCH", "Server requested unsupported protocol"],
      ["EXTENSION_UNREQUESTED", "Server requested unsupported extension"],
      ["CLOSED_BEFORE_RESPONSE", "Connection terminated unexpectedly"],
      ["NOT_HTTP", "Could not parse HTTP response"],
      ["TLS_TO_PLAIN_PORT", "Error performing TLS handshake: An unexpected TLS packet was received."],
      ["CERT_INVALID", "Unacceptable TLS certificate"],
      ["CLOSE_CODE_INVALID", "Received invalid WebSocket response from the server"],
      ["FRAME_MASKED", "Received invalid WebSocket response from the server"],
      ["INVALID_UTF8", "Received invalid WebSocket data from the server"],
      [
        "MESSAGE_TOO_BIG",
        "Received WebSocket payload from the server larger than configured max-incoming-payload-size",
      ],
      ["TCP_REFUSED", "Could not connect to 127.0.0.1: Connection refused"],
    ],
    unlike: [["[download] Unacceptable TLS certificate, trying the next mirror", "CERT_INVALID"]],
  },
  "nodejs-websocket": {
    from: "run: nodejs-websocket 1.7.2",
    lines: [
      ["STATUS_NOT_101", "Error: Invalid handshake: invalid first line format"],
      ["STATUS_NOT_101", "Error: Invalid handshake: too short"],
      ["ACCEPT_MISMATCH", "Error: Invalid handshake: hash mismatch"],
      ["RESPONSE_UPGRADE_BAD", "Error: Invalid handshake: missing required headers"],
      ["RESPONSE_CONNECTION_BAD", "Error: Invalid handshake: invalid Upgrade or Connection header"],
      ["SUBPROTOCOL_UNREQUESTED", "Error: Invalid handshake: no protocol negotiation was expected"],
      ["SUBPROTOCOL_UNANSWERED", "Error: Invalid handshake: no protocol was negotiated"],
      ["SUBPROTOCOL_MISMATCH", "Error: Invalid handshake: no protocol was negotiated"],
    ],
    unlike: [],
  },
  mitmproxy: {
    from: "run: mitmproxy 8.1.1",
    lines: [
      ["ENDED_WITHOUT_CLOSE", "Error in WebSocket connection to 127.0.0.1:3000: WebSocket Error: ABNORMAL_CLOSURE"],
      ["", "Error in WebSocket connection to 127.0.0.1:3000: WebSocket Error: UNKNOWN_ERROR=4001 (reason: bye)"],
      [
        "",
        "Error in WebSocket connection to 127.0.0.1:3000: WebSocket Error: PROTOCOL_ERROR (reason: CLOSE with unknown reserved code)",
      ],
    ],
    unlike: [
      [
        "Error in WebSocket connection to 127.0.0.1:3000: WebSocket Error: SERVICE_RESTART (reason: why)",
        "ENDED_WITHOUT_CLOSE",
      ],
    ],
  },
  Beast: {
    from: "run: Boost 1.74 (libboost-dev); what a server says: boost/beast/websocket/impl/error.ipp",
    lines: [
      ["STATUS_NOT_101", "The WebSocket handshake was declined by the remote peer"],
      [
        "STATUS_NOT_101",
        "handshake: The WebSocket handshake was declined by the remote peer [boost.beast.websocket:20]",
      ],
      ["ACCEPT_MISMATCH", "The WebSocket handshake Sec-WebSocket-Accept field is invalid"],
      ["ACCEPT_MISSING", "The WebSocket handshake Sec-WebSocket-Accept field is missing"],
      ["RESPONSE_UPGRADE_BAD", "The WebSocket handshake Upgrade field is missing"],
      ["UPGRADE_STRIPPED", "accept: The WebSocket handshake Upgrade field is missing the websocket token"],
      ["RESPONSE_CONNECTION_BAD", "The WebSocket handshake Connection field is missing"],
      ["CONNECTION_NO_UPGRADE", "The WebSocket handshake Connection field is missing the upgrade token"],
      ["KEY_MISSING", "The WebSocket handshake Sec-WebSocket-Key field is missing"],
      ["VERSION_UNSUPPORTED", "The WebSocket handshake Sec-WebSocket-Version field is invalid"],
      ["HTTP_1_0", "The WebSocket handshake was not HTTP/1.1"],
      ["METHOD_NOT_GET", "The WebSocket handshake method was not GET"],
      ["CLOSED_BEFORE_RESPONSE", "end of stream"],
      [
        "CLOSED_BEFORE_RESPONSE",
        "handshake: end of stream [beast.http:1 at /usr/include/boost/beast/http/impl/read.hpp]",
      ],
      ["CLOSED_BY_SERVER", "The WebSocket stream was gracefully closed at both endpoints"],
      ["RSV_UNEXPECTED", "The WebSocket frame contained illegal reserved bits"],
      ["FRAME_MASKED", "The WebSocket frame was masked"],
      ["FRAME_UNMASKED", "The WebSocket frame was unmasked"],
      ["OPCODE_INVALID", "The WebSocket frame contained an illegal opcode"],
      ["CONTINUATION_UNEXPECTED", "The WebSocket continuation frame was unexpected"],
      ["CONTROL_TOO_LONG", "The WebSocket control frame size was invalid"],
      ["CONTROL_FRAGMENTED", "The WebSocket control frame was fragmented"],
      ["CLOSE_PAYLOAD_SHORT", "The WebSocket close frame payload size was invalid"],
      ["CLOSE_CODE_INVALID", "The WebSocket close frame reason code was invalid"],
      ["INVALID_UTF8", "The WebSocket frame payload was not valid utf8"],
      ["MESSAGE_TOO_BIG", "The WebSocket message exceeded the locally configured limit"],
      ["DEFLATE_CORRUPT", "The WebSocket stream produced an incomplete deflate block"],
      ["TCP_REFUSED", "connect: Connection refused"],
    ],
    unlike: [["the parser reached the end of stream 4", "CLOSED_BEFORE_RESPONSE"]],
  },
  websocketpp: {
    from: "run: websocketpp 0.8.2 (libwebsocketpp-dev), its own log, and C++ REST SDK 2.10.18 (libcpprest-dev) over it",
    lines: [
      [
        "AUTH_REQUIRED",
        '[2026-11-28 12:25:47] [fail] WebSocket Connection 127.0.0.1:40847 - "WebSocket++/0.8.2" / 401 websocketpp.processor:20 Invalid HTTP status.',
      ],
      ["STATUS_NOT_101", "Server handshake response error: websocketpp.processor:20 (Invalid HTTP status.)"],
      ["STATUS_NOT_101", "set_fail_handler: 20: Invalid HTTP status."],
      ["STATUS_NOT_101", "Invalid HTTP status."],
      [
        "ACCEPT_MISMATCH",
        "[error] Server handshake response error: websocketpp.processor:21 (A required HTTP header is missing)",
      ],
      ["RESPONSE_UPGRADE_BAD", "A required HTTP header is missing"],
      ["CLOSED_BEFORE_RESPONSE", "[error] handle_read_http_response error: websocketpp.transport:7 (End of File)"],
      ["NOT_HTTP", "[error] error in handle_read_http_response: Invalid response line"],
      ["ENDED_WITHOUT_CLOSE", "[error] handle_read_frame error: websocketpp.transport:7 (End of File)"],
      ["ENDED_WITHOUT_CLOSE", "[disconnect] Disconnect close local:[1006,End of File] remote:[1006]"],
      ["RSV_UNEXPECTED", "[error] consume error: websocketpp.processor:9 (Invalid use of reserved bits)"],
      ["FRAME_MASKED", "[error] consume error: websocketpp.processor:13 (Servers may not send masked frames)"],
      ["OPCODE_INVALID", "[error] consume error: websocketpp.processor:7 (invalid opcode)"],
      ["CONTINUATION_UNEXPECTED", "[error] consume error: websocketpp.processor:11 (Invalid message continuation)"],
      [
        "CONTROL_TOO_LONG",
        "[error] consume error: websocketpp.processor:8 (Control messages are limited to fewer than 125 characters)",
      ],
      ["CLOSE_CODE_INVALID", "[disconnect] Disconnect close local:[1002,Invalid close code] remote:[1004]"],
      ["INVALID_UTF8", "[error] consume error: websocketpp.processor:16 (Invalid UTF8 encoding)"],
      ["TCP_REFUSED", "[info] asio async_connect error: system:111 (Connection refused)"],
      ["TCP_REFUSED", "set_fail_handler: 2: Underlying Transport Error"],
    ],
    unlike: [["A required HTTP header is missing from the CSV", "RESPONSE_UPGRADE_BAD"]],
  },
  POCO: {
    from: "run: POCO 1.11.0 (libpoco-dev)",
    lines: [
      ["STATUS_NOT_101", "WebSocket Exception: Cannot upgrade to WebSocket connection: Service Unavailable"],
      ["AUTH_REQUIRED", "WebSocket Exception: Not authorized"],
      ["ACCEPT_MISMATCH", "WebSocket Exception: Invalid or missing Sec-WebSocket-Accept header in handshake response"],
      ["RESPONSE_UPGRADE_BAD", "WebSocket Exception: No Upgrade: websocket header in handshake response"],
      ["RESPONSE_CONNECTION_BAD", "WebSocket Exception: No Connection: Upgrade header in handshake response"],
      ["CLOSED_BEFORE_RESPONSE", "No message received"],
      ["NOT_HTTP", "Malformed message: Invalid HTTP version string"],
    ],
    unlike: [["[queue] No message received since 12:00", "CLOSED_BEFORE_RESPONSE"]],
  },
  "Ulfius and SWI-Prolog": {
    from: "run: Ulfius 2.7.13 and its uwsc 0.12, SWI-Prolog 9.0.4",
    lines: [
      ["STATUS_NOT_101", "2026-11-28T11:58:40 - Ulfius Websocket Client ERROR: Ulfius - Error ulfius_open_websocket"],
      ["STATUS_NOT_101", "Error connecting to websocket"],
      ["STATUS_NOT_101", "ERROR: No permission to open websocket `'ws://127.0.0.1:20801/chat''"],
      ["ACCEPT_MISMATCH", "error(permission_error(open,websocket,'ws://127.0.0.1:20801/chat'),_78)"],
      ["REDIRECTED", "No permission to redirect http `'ws://127.0.0.1:43549/'' (Redirection loop)"],
      ["CLOSED_BEFORE_RESPONSE", "http_reply `'ws://127.0.0.1:41983/'' does not exist"],
      ["NOT_HTTP", "url `'ws://127.0.0.1:37655/'' does not exist (status(500,Invalid reply header))"],
      ["TCP_REFUSED", "Socket error: Connection refused"],
    ],
    unlike: [["No permission to open source_sink `'/etc/shadow''", "STATUS_NOT_101"]],
  },
};
