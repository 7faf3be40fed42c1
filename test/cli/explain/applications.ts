import type { Family } from "./families.ts";

/** What applications with a WebSocket inside print: from reports in public threads of 2016 to 2026, and the sources that are named. */
export const APPLICATIONS: Readonly<Record<string, Family>> = {
  "Home Assistant": {
    from: "Home Assistant 2019 to 2026, components/websocket_api/http.py and components/http/forwarded.py; as reported",
    lines: [
      [
        "SLOW_CONSUMER",
        "2022-10-09 10:17:43.394 ERROR (MainThread) [homeassistant.components.websocket_api.http.connection] [139969231414288] Client exceeded max pending messages [2]: 2048",
      ],
      [
        "SLOW_CONSUMER",
        "Client unable to keep up with pending messages. Stayed over 512 for 5 seconds. The system's load is too high or an integration is misbehaving",
      ],
      [
        "",
        "2025-01-18 10:00:00.123 ERROR (MainThread) [homeassistant.components.http.forwarded] A request from a reverse proxy was received from 172.30.33.4, but your HTTP integration is not set-up for reverse proxies",
      ],
      ["", "Received X-Forwarded-For header from an untrusted proxy 172.18.0.3"],
      [
        "AUTH_REQUIRED",
        "Login attempt or request with invalid authentication from phone.lan (10.0.0.9). Requested URL: '/api/websocket'. (Mozilla/5.0)",
      ],
      [
        "AUTH_REQUIRED",
        "[546834] from 10.0.0.9 (Mozilla/5.0): Disconnected: Did not receive auth message within 10 seconds",
      ],
      [
        "ENDED_WITHOUT_CLOSE",
        "21-11-18 16:55:43 INFO (MainThread) [supervisor.api.proxy] Home Assistant WebSocket API error: Received message 8:0 is not WSMsgType.TEXT",
      ],
      ["CLOSED_BY_SERVER", "[140070084904032] Disconnected: Received invalid JSON."],
    ],
    unlike: [
      [
        "Login attempt or request with invalid authentication from phone.lan (10.0.0.9). Requested URL: '/auth/token'.",
        "AUTH_REQUIRED",
      ],
      ["Client exceeded max pending requests", "SLOW_CONSUMER"],
    ],
  },
  "netty-socketio": {
    from: "netty-socketio 1.7 to 2.0, AuthorizeHandler, WrongUrlHandler and WebSocketTransport",
    lines: [
      [
        "NO_ROUTE",
        "WARN c.c.socketio.handler.WrongUrlHandler - Blocked wrong socket.io-context request! url: /ws, params: {}, ip: /10.0.0.1:1234",
      ],
      ["NO_ROUTE", "Blocked wrong request! url: /chat, ip: /10.0.0.1:54321"],
      ["STATUS_NOT_101", "java.lang.IllegalArgumentException: Can't find http transport"],
      ["STATUS_NOT_101", "ERROR c.c.s.handler.AuthorizeHandler - Unsupported transport for request /socket.io/?EIO=4"],
      [
        "AUTH_REQUIRED",
        "Unauthorized client with sessionId: 1b4e28ba-2fa1-11d2-883f-0016d3cca427 with ip: /10.0.0.1:5. Channel closed!",
      ],
      ["IDLE_CUT", "2016-08-22 10:53:27 ERROR -Connection reset by peer"],
    ],
    unlike: [
      ["Blocked wrong password for user", "NO_ROUTE"],
      ["ERROR - the backup's Connection reset by peer policy", "IDLE_CUT"],
    ],
  },
  "Laravel Reverb": {
    from: "Reverb 1.0 to 1.5 as reported",
    lines: [
      [
        "UPGRADE_STRIPPED",
        "[ERROR] Laravel\\Reverb\\Protocols\\Pusher\\Http\\Controllers\\PusherController::__invoke(): Argument #2 ($connection) must be of type Laravel\\Reverb\\Servers\\Reverb\\Connection, Laravel\\Reverb\\Servers\\Reverb\\Http\\Connection given",
      ],
      ["TCP_REFUSED", "Illuminate\\Broadcasting\\BroadcastException: Pusher error: error code: 502."],
    ],
    unlike: [
      [
        "App\\Http\\Controllers\\ChatController::__invoke(): Argument #2 ($connection) must be of type string, null given",
        "UPGRADE_STRIPPED",
      ],
    ],
  },
  "Discord's libraries": {
    from: "discord.py 1 to 2.5, Discord.Net 3.8 as reported; Discord's list of close codes",
    lines: [
      ["CLOSED_BY_SERVER", "discord.errors.ConnectionClosed: Shard ID None WebSocket closed with 4006"],
      ["CLOSED_BY_SERVER", "discord.errors.ConnectionClosed: Shard ID 0 WebSocket closed with 4004"],
      ["CLOSED_BY_SERVER", 'Discord.Net.WebSocketClosedException: The server sent close 4014: "Disallowed intent(s)."'],
      [
        "CLOSED_BY_SERVER",
        "websockets.exceptions.ConnectionClosed: WebSocket connection is closed: code = 4004 (private use), reason = Authentication failed.",
      ],
      ["", "discord.errors.ConnectionClosed: Shard ID None WebSocket closed with 1000"],
    ],
    unlike: [
      ["the job closed with 4014 records", "CLOSED_BY_SERVER"],
      ["discord.errors.ConnectionClosed: Shard ID None WebSocket closed with 1000", "CLOSED_BY_SERVER"],
    ],
  },
  "Socket.IO's pages, Baileys, Supabase, MCP and VS Code": {
    from: "as reported in 2025 and 2026; socket.io 4, engine.io's errors",
    lines: [
      ["UPGRADE_STRIPPED", '{"code":3,"message":"Bad request"}'],
      ["TCP_REFUSED", "Cannot connect to the socket server. [Error: websocket error] Reconnecting..."],
      [
        "ENDED_WITHOUT_CLOSE",
        '{"level":30,"pid":8720,"class":"baileys","trace":"Error: Connection Terminated\\n    at WebSocketClient.<anonymous>","msg":"connection errored"}',
      ],
      ["STATUS_NOT_101", "deployments channel status: CHANNEL_ERROR"],
      ["RESPONSE_TIMEOUT", "Subscription status: TIMED_OUT"],
      ["", "Node.js 20 detected without native WebSocket support."],
      ["", "ReferenceError: WebSocket is not defined"],
      ["", "MCP error -32000: Connection closed"],
      [
        "STATUS_NOT_101",
        "ERR [remote-connection][Management   ][0f20f…][initial][WebSocket(127.0.0.1:62673)] socketFactory.connect() failed or timed out. Error:",
      ],
      [
        "STATUS_NOT_101",
        "[9/2/2025, 9:46:25 AM] frontend:ws: Failed to connect to WebSocket app.example/api, retrying...",
      ],
      ["STATUS_NOT_101", 'Could not connect to "wss://api.example.com/v1/realtime"'],
      ["IDLE_CUT", "SocketClosedError: The socket has been closed."],
      ["IDLE_CUT", 'received session close: "signal client closed: \\"stream closed\\"" UnknownReason Resume'],
    ],
    unlike: [
      ['{"code":3,"message":"Bad request body"}', "UPGRADE_STRIPPED"],
      ["Error: Connection Terminated", "IDLE_CUT"],
      ["order status: TIMED_OUT", "RESPONSE_TIMEOUT"],
      ["ReferenceError: socket is not defined", "CLOSE_CODE_INVALID"],
      ['Could not connect to "postgres://db"', "STATUS_NOT_101"],
    ],
  },
  "Playwright, Bun and old ws": {
    from: "Playwright 1.5x, Bun 1.1 to 1.3 and ws 2 as reported",
    lines: [
      ["RESPONSE_UPGRADE_BAD", "error: connect: WebSocket error: ws://127.0.0.1:9222/ 101 Switching Protocols"],
      ["RESPONSE_UPGRADE_BAD", "  - <ws unexpected response> ws://127.0.0.1:9222/ 101 Switching Protocols"],
      ["NO_ROUTE", "  - <ws unexpected response> ws://127.0.0.1:9222/ 404 Not Found"],
      [
        "STATUS_NOT_101",
        "WebSocket connection to 'ws://127.0.0.1:9222/devtools/browser/x' failed: Expected 101 status code",
      ],
      ["", "[bun] Warning: ws.WebSocket 'unexpected-response' event is not implemented in bun"],
      ["STATUS_NOT_101", "Error: unexpected server response (500)"],
    ],
    unlike: [["WebSocket error: ws://127.0.0.1:9222/404", "NO_ROUTE"]],
  },
  "programs that close with a wrong code": {
    from: "workerd's api/web-socket.c++; WebSocket-Node 1.0, WebSocketConnection.js; as reported",
    lines: [
      ["CLOSE_CODE_INVALID", "Invalid WebSocket close code: 1006."],
      ["CLOSE_CODE_INVALID", "Error: Close code 1006 is not valid."],
    ],
    unlike: [
      ["Invalid WebSocket close code: 1006.", "IDLE_CUT", "STATUS_NOT_101"],
      ["Error: Close code 1006 is not valid.", "IDLE_CUT", "STATUS_NOT_101"],
      ["the code 1006 is not valid for this coupon", "CLOSE_CODE_INVALID"],
    ],
  },
  "Python's loops": {
    from: "websockets 3 to 10 and Tornado 6 as reported",
    lines: [
      [
        "ENDED_WITHOUT_CLOSE",
        "2017-03-29 11:33:57,429 INFO websockets.protocol.fail_connection:613   Failing the WebSocket connection: 1006",
      ],
      ["PING_TIMEOUT", "timed out waiting for keepalive pong"],
      ["ENDED_WITHOUT_CLOSE", "Unexpected exception in keepalive ping task"],
      ["ENDED_WITHOUT_CLOSE", "tornado.iostream.StreamClosedError: Stream is closed"],
      ["ENDED_WITHOUT_CLOSE", "Fatal write error on socket transport"],
    ],
    unlike: [["Error in data transfer object mapping", "ENDED_WITHOUT_CLOSE"]],
  },
  "Spring and SignalR under load": {
    from: "Spring 5 and 6, ConcurrentWebSocketSessionDecorator and StandardWebSocketSession; Tomcat 9, WsRemoteEndpointImplBase; SignalR's HttpConnection: sources",
    lines: [
      [
        "SLOW_CONSUMER",
        "org.springframework.web.socket.handler.SessionLimitExceededException: Buffer size 524320 bytes for session 'x' exceeds the allowed limit 524288",
      ],
      ["", "The remote endpoint was in state [TEXT_FULL_WRITING] which is an invalid state for called method"],
      ["IDLE_CUT", "Message will not be sent because the WebSocket session has been closed"],
      ["ENDED_WITHOUT_CLOSE", "Transport error in StandardWebSocketSession[id=1, uri=ws://x/ws]"],
      [
        "",
        "NoTransportSupportedException: None of the transports supported by the client are supported by the server.",
      ],
    ],
    unlike: [["the file's size exceeds the allowed limit 524288", "SLOW_CONSUMER"]],
  },
  "nginx, Caddy and Traefik about a socket": {
    from: "nginx 1.2x, ngx_http_upstream.c and ngx_event.c; Caddy 2.7 to 2.10, reverseproxy.go and streaming.go; Traefik 3 as reported",
    lines: [
      ["", "2025/09/01 10:00:00 [alert] 100#100: 1024 worker_connections are not enough"],
      ["", "[warn] 29#29: *1 upstream server temporarily disabled while connecting to upstream"],
      ["", "[error] 29#29: *248 no live upstreams while connecting to upstream, client: 10.0.0.7"],
      [
        "ENDED_WITHOUT_CLOSE",
        "[info] 31#31: *17 client prematurely closed connection while proxying upgraded connection, client: 10.0.0.1",
      ],
      [
        "TLS_FAILED",
        "[error] 31#31: *17 SSL_do_handshake() failed (SSL: error:0A000438:SSL routines::tlsv1 alert internal error:SSL alert number 80) while SSL handshaking to upstream, client: 10.0.0.1",
      ],
      [
        "",
        '{"level":"error","logger":"http.handlers.reverse_proxy","msg":"aborting with incomplete response","error":"reading: context canceled"}',
      ],
      ["RESPONSE_CONNECTION_BAD", "backend tried to switch to unexpected protocol via Upgrade header"],
      ["RESPONSE_UPGRADE_BAD", 'http: proxy error: backend tried to switch protocol "" when "websocket" was requested'],
      ["", '2025-02-01T10:00:00Z DBG proxy.go:117 > 499 Client Closed Request error="context canceled"'],
    ],
    unlike: [
      ["[info] 31#31: *17 client prematurely closed connection while sending request to upstream", "IDLE_CUT"],
      ["the SSL alert number 80 while SSL handshaking, client: 10.0.0.1", "TLS_FAILED"],
    ],
  },
  "Durable Objects that are replaced": {
    from: "Cloudflare's page on troubleshooting Durable Objects",
    lines: [
      [
        "GOING_AWAY",
        "Error: Connection closed: this Durable Object instance is no longer active. Reconnect or retry the request.",
      ],
      ["GOING_AWAY", "Durable Object reset because its code was updated."],
    ],
    unlike: [["this instance is no longer active", "GOING_AWAY"]],
  },
  "EMQX of old": {
    from: "EMQ 2 as reported",
    lines: [["UPGRADE_STRIPPED", "emqttd_http:handle_request:64 Not WebSocket: Upgrade = undefined"]],
    unlike: [["Upgrade = undefined", "UPGRADE_STRIPPED"]],
  },
};
