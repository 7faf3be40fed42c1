import type { Symptom } from "../symptom.ts";

/** How open connections end. */
export const ENDS: readonly Symptom[] = [
  {
    codes: ["PING_TIMEOUT"],
    what: "Pings stayed unanswered.",
    says: {
      websockets: ["keepalive ping timeout", "timed out waiting for keepalive pong"],
      "websocket-client": "ping/pong timed out",
      Jupyter: "WebSocket ping timeout after",
      okhttp: "sent ping but didn't receive pong within",
      "Java-WebSocket": "the other endpoint did not respond with a pong in time",
      ".NET": "a Pong frame in response to a Ping frame within the configured KeepAliveTimeout",
      "coder/websocket": "failed to wait for pong",
      "ESP-IDF": "no PONG received for more than",
    },
    note: "The peer or the way to it is gone; or a program was busy for so long that it did not read or answer.",
  },
  {
    codes: ["PING_TIMEOUT"],
    what: "SignalR's own pings did not come: nothing came from the server for longer than its time-out, 30 s by default.",
    says: { SignalR: "Server timeout elapsed without receiving a message from the server" },
    note: "Server and client have to agree on keepAliveInterval and serverTimeout; a proxy that buffers or cuts looks the same.",
  },
  {
    codes: ["PING_TIMEOUT", "RESPONSE_TIMEOUT"],
    what: "A read deadline passed: the connection stood, and nothing came over it in time.",
    says: { Go: "read tcp {}: i/o timeout", okhttp: "=SocketTimeoutException: Read timed out" },
    note: "On an open socket that is the deadline which the program sets (Go: SetReadDeadline, usually renewed by each Pong): the peer was silent, or nobody pings it. In the handshake it is the answer's.",
  },
  {
    codes: ["SLOW_CONSUMER"],
    what: "Spring ended a session whose client did not take what it was sent fast enough.",
    says: { Spring: ["SessionLimitExceededException", "Send time {} (ms) for session {} exceeded the allowed limit"] },
    note: "sendTimeLimit (10 s) and sendBufferSizeLimit (512 KiB) of the transport's registration are the limits; a phone that sleeps reaches them, and so does one client of a topic that is too busy for its network.",
  },
  {
    codes: ["SLOW_CONSUMER"],
    what: "A write deadline passed: the connection stood, and the peer did not take what it was sent.",
    says: { Go: "write tcp {}: i/o timeout" },
    note: "Or the way to the peer is gone, and nothing has told so.",
  },
  {
    codes: ["ENDED_WITHOUT_CLOSE", "SWITCH_THEN_FIN", "IDLE_CUT"],
    what: "An open connection ended without a Close frame.",
    says: {
      Deno: "=Unexpected EOF",
      workerd: ["WebSocket disconnected without sending Close frame", "WebSocket disconnected between frames"],
      gorilla: "websocket: close 1006",
      websocketpp: [
        "handle_read_frame error: websocketpp.transport:7",
        "Disconnect close local:[1006,End of File] remote:[1006]",
      ],
      "coder/websocket": ["failed to read frame header: EOF", "failed to read frame header: unexpected EOF"],
      tungstenite: ["Connection reset without closing handshake", "ResetWithoutClosingHandshake"],
      websockets: ["no close frame received or sent", "Failing the WebSocket connection: 1006"],
      okhttp: "=java.io.EOFException",
      "nv-websocket-client": "No more WebSocket frame from the server",
      ".NET": "The remote party closed the WebSocket connection without completing the close handshake",
      Unity: ["The header part of a frame could not be read", "The header of a frame cannot be read from the stream"],
    },
    note: "Behind this can be anything that ends a connection: the time since it opened tells most.",
  },
  {
    codes: ["ENDED_WITHOUT_CLOSE"],
    what: "The client went away without a Close.",
    says: {
      Cowboy: [
        "Ranch listener {} exit with reason: {error,{error,closed}}",
        "{{case_clause,{error,closed}},[{cowboy_websocket,websocket_send_close",
        "in function{}cowboy_websocket:websocket_send_close",
      ],
    },
    note: "Usual when a page is left, a phone sleeps or a proxy cuts what is silent. Older versions of Cowboy crash while they send a Close to it: that does no harm.",
  },
  {
    codes: [],
    what: "The client ended the connection by a Close without a code, as it may.",
    says: { Cowboy: "Ranch listener {} exit with reason: {error,remote}" },
    note: "EMQX 3 logs it as an error.",
  },
  {
    codes: ["CLOSED_BY_SERVER"],
    what: "The handler of a socket crashed, and Cowboy closed it with 1011.",
    says: {
      Cowboy: [
        "Ranch listener {} exit with reason: {{}{cowboy_websocket,handler_call",
        "Ranch listener {} exit with reason: {function_clause,[{{},websocket_handle,",
        "Ranch listener {} exit with reason: {function_clause,[{{},websocket_info,",
      ],
    },
    note: "What crashed stands behind `reason`: the error, and the functions that were running, the innermost first. A function_clause in websocket_handle often is a frame of a kind that it does not take, such as text where MQTT is binary.",
  },
  {
    codes: ["IDLE_CUT"],
    what: "Jetty ended a connection that was silent for as long as its idle time-out.",
    says: {
      Jetty: [
        "WebSocketTimeoutException: Connection Idle Timeout",
        "TimeoutException: Idle timeout {} ms elapsed",
        "TimeoutException: Idle timeout expired: {}",
      ],
    },
    note: "Let either side send something more often, or raise idleTimeout: of the session, and of the connector or the HTTP/2 session below it.",
  },
  {
    codes: ["ENDED_WITHOUT_CLOSE", "IDLE_CUT"],
    what: "The socket by which Vite reloads pages ended: its server stopped, or something on the way cut it.",
    says: { Vite: "[vite] server connection lost. polling for restart" },
    note: "It is no socket of the application's own.",
  },
  {
    codes: ["CLOSED_BY_SERVER"],
    what: "The other side closed, by a Close that Beast answered: no failure.",
    says: { Beast: "The WebSocket stream was gracefully closed at both endpoints" },
    note: "A read that meets a Close ends with this error: look at reason() of the stream, which has the code and the words.",
  },
  {
    codes: ["CLOSED_BY_SERVER", "ENDED_WITHOUT_CLOSE", "IDLE_CUT"],
    what: "The connection ended, by a Close or without one: these words do not say which.",
    says: {
      ktor: "ClosedReceiveChannelException: Channel was closed",
      Paho: ["AMQJS0008I Socket closed", "Connection lost (32109)"],
      viem: "=The socket has been closed",
      LiveKit: "signal client closed",
      Spring: "Transport error in StandardWebSocketSession",
      websockets: ["Unexpected exception in keepalive ping task", "=Error in data transfer"],
    },
    note: "With Java and Python the exception behind it says more. With ktor closeReason.await() tells, null for none; of MQTT the broker's log does: often another client with the same id came.",
  },
  {
    codes: [],
    what: "workerd logs that a request, or the socket that it carried, ended while it was under way.",
    says: { workerd: "disconnected: worker_do_not_log; Request failed due to internal error" },
    note: "In local development it says so of sockets that a Durable Object closes as it should, too.",
  },
  {
    codes: ["GOING_AWAY"],
    what: "A Durable Object was replaced or reset, by a deployment or a failure: its sockets end, and clients have to connect anew.",
    says: {
      workerd: [
        "this Durable Object instance is no longer active",
        "Durable Object connection closed because the object was reset",
        "Durable Object reset because its code was updated",
      ],
    },
    note: "Hibernation is another thing, and keeps sockets open.",
  },
  {
    codes: ["ENDED_WITHOUT_CLOSE"],
    what: "The program wrote to a connection that the other side had ended.",
    says: {
      Go: ["write: broken pipe", "write: connection reset by peer"],
      Python: "[Errno 32] Broken pipe",
      Java: "IOException: Broken pipe",
      Tomcat: "ClientAbortException",
      asyncio: "Fatal write error on socket transport",
      Tornado: "StreamClosedError: Stream is closed",
      PHP: "failed with errno=32 Broken pipe",
      ws: "write EPIPE",
    },
    note: "Usual when a page is left or a phone sleeps; what was written is lost.",
  },
];
