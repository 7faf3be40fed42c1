import type { Symptom } from "../symptom.ts";

/** What the code of a client, or its page, does wrong. */
export const CODE: readonly Symptom[] = [
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
    what: "The code sends before the socket is open.",
    says: {
      Chrome: "Still in CONNECTING state",
      Node: "Sent before connected",
      ws: "WebSocket is not open: readyState 0",
      SocketRocket: "Invalid State: Cannot call `{}` until connection is open",
      Starlette: 'WebSocket is not connected. Need to call "accept" first',
    },
    note: "Send in the open event, or keep messages until then. In Starlette and FastAPI: await websocket.accept() first.",
  },
  {
    codes: ["CLOSED_BY_SERVER", "IDLE_CUT"],
    what: "The code sends on a socket that has closed.",
    says: {
      Chrome: "WebSocket is already in CLOSING or CLOSED state",
      ws: ["WebSocket is not open: readyState 2", "WebSocket is not open: readyState 3"],
      gorilla: ["websocket: close sent", "repeated read on failed websocket connection"],
      tungstenite: ["Trying to work with closed connection", "Sending after closing is not allowed"],
      "websocket-client": "socket is already closed",
      aiohttp: "Cannot write to closing transport",
      Tornado: "WebSocketClosedError",
      Starlette: 'Cannot call "send" once a close message has been sent',
      uvicorn: "Unexpected ASGI message 'websocket.send', after sending 'websocket.close'",
      "Java-WebSocket": "WebsocketNotConnectedException",
      Spring: "Message will not be sent because the WebSocket session has been closed",
      ".NET": [
        "The WebSocket is in an invalid state ('Closed') for this operation",
        "The WebSocket is in an invalid state ('Aborted') for this operation",
        "The WebSocket is in an invalid state ('CloseSent') for this operation",
        "The WebSocket is in an invalid state ('CloseReceived') for this operation",
        "instance cannot be used for communication because it has been transitioned into",
      ],
    },
    note: "Log the close event: its code and reason tell why. Then onesocket explain <code>. If the code itself closed it, send nothing afterwards.",
  },
  {
    codes: ["CLOSED_BY_SERVER", "IDLE_CUT"],
    what: "The code uses a connection that is not open: not yet, or not any more.",
    says: {
      ".NET": ["The WebSocket is in an invalid state ('{}') for this operation", "The WebSocket is not connected"],
      SignalR: "Cannot send data if the connection is not in the 'Connected' State",
    },
    note: "Wait for start() or ConnectAsync() to end, and for a connection anew after it has closed.",
  },
  {
    codes: [],
    what: "The program itself had closed the connection, or the listener, that it uses here.",
    says: { Go: "use of closed network connection" },
    note: "Usual while a server stops, and where one goroutine closes what another still reads: the reason stands where Close was called.",
  },
  {
    codes: [],
    what: "Two places of the code use one socket at the same time, which this library does not allow.",
    says: {
      gorilla: "concurrent write to websocket connection",
      websockets: [
        "cannot call recv while another coroutine is already",
        "cannot call recv while another thread is already",
      ],
      Tomcat: ["The remote endpoint was in state [{}_WRITING]", "The remote endpoint was in state [{}_SENDING]"],
      aiohttp: "Concurrent call to receive() is not allowed",
      ".NET": "There is already one outstanding '{}' call for this WebSocket instance",
    },
    note: "Read in one loop, and write in one: give messages to it by a queue (Spring: ConcurrentWebSocketSessionDecorator).",
  },
  {
    codes: [],
    what: "The URL's scheme is not one that the client takes.",
    says: {
      Chrome: "URL's scheme must be either 'http', 'https', 'ws', or 'wss'",
      ".NET": "Only Uris starting with 'ws://' or 'wss://' are supported",
      Dart: "WebSocketException: Unsupported URL scheme",
      tungstenite: "URL error: URL scheme not supported",
      "coder/websocket": "failed to WebSocket dial{}unexpected url scheme",
      gorilla: "malformed ws or wss URL",
      Qt: "Unsupported WebSocket scheme",
      "ESP-IDF": "Not support this websocket scheme",
    },
    note: "Write ws:// or wss://. http:// and socket.io:// are no schemes of a WebSocket.",
  },
  {
    codes: ["CLOSE_CODE_INVALID"],
    what: "The code calls close() with a code that may not be sent: to clients 1000, and 3000 to 4999, are allowed.",
    says: {
      Chrome: "Failed to execute 'close' on 'WebSocket': The code must be either 1000",
      Node: "invalid close code",
      ws: "First argument must be a valid error code number",
      workerd: "Invalid WebSocket close code",
      "WebSocket-Node": "Close code {} is not valid",
    },
    note: "Leave it out for 1000, or take one of your own from 4000 on. 1005, 1006 and 1015 are only ever told to a program: one that hands on the code which a close event brought must not send these.",
  },
  {
    codes: [],
    what: "Bun warns that its stand-in for ws does not have this event; it says nothing about the connection.",
    says: { Bun: ["event is not implemented in bun", "is not implemented in bun"] },
    note: "Programs that wait for upgrade or unexpected-response, as Playwright's and Puppeteer's connect() do, fail or hang there: take a Bun that has them, or Node.",
  },
  {
    codes: [],
    what: "The client was built without TLS: it cannot open wss://.",
    says: { tungstenite: "TLS support not compiled in", Qt: "SSL Sockets are not supported on this platform" },
    note: "With tungstenite: the feature native-tls or rustls-tls-native-roots.",
  },
  {
    codes: [],
    what: "The phone's system does not let the app speak without TLS.",
    says: {
      okhttp: "CLEARTEXT communication to {} not permitted by network security policy",
      iOS: "App Transport Security policy requires the use of a secure connection",
    },
    note: "Use wss://; for development allow the host in the app's network_security_config (Android) or NSAppTransportSecurity (iOS).",
  },
  {
    codes: [],
    what: "The runtime has no WebSocket of its own, or what was imported under that name is none.",
    says: {
      Node: ["ReferenceError: WebSocket is not defined", "WebSocket is not a constructor"],
      Supabase: "native WebSocket support",
    },
    note: "Node has one from version 22 on: give the library ws before that, and import it as its documentation says.",
  },
  {
    codes: [],
    what: "A page that came over https: may open wss: only.",
    says: {
      Chrome: ["connect to the insecure WebSocket endpoint", "An insecure WebSocket connection may not be initiated"],
      Firefox: "The operation is insecure",
    },
    note: "Serve the socket over TLS, and use wss: with it. Firefox's words stand for other refusals too: this is meant where the line is about new WebSocket().",
  },
  {
    codes: [],
    what: "The page's Content-Security-Policy does not allow this connection.",
    says: {
      Chrome: "to 'ws{}violates the following Content Security Policy directive",
      Firefox: "blocked the loading of a resource (connect-src) at ws{}",
    },
    note: "Add the socket's origin, such as wss://example.com, to connect-src of the page's Content-Security-Policy header.",
  },
];
