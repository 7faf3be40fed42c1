import type { Symptom } from "../symptom.ts";

/** What is the same for many failures: asked last. */
export const VAGUE: readonly Symptom[] = [
  {
    codes: ["STATUS_NOT_101"],
    what: "The server answered {n}: if this was a handshake, it was refused.",
    says: {
      curl: "The requested URL returned error: {n}",
      Tornado: "HTTPClientError: HTTP {n}",
      tungstenite: "=HTTP error: {n} {}",
      SignalR: "=Error: Unexpected status code returned from negotiate '{n}'",
    },
  },
  {
    codes: ["STATUS_NOT_101", "TCP_REFUSED", "CLOSED_BEFORE_RESPONSE"],
    what: "The handshake failed.",
    says: {
      Chrome: "WebSocket connection to '{}' failed",
      Vite: "[vite] failed to connect to websocket",
      // In other languages the name and the URL are what stays.
      Firefox: ["can't establish a connection to the server at ws{}", "=Firefox {} ws{}"],
      Paho: "AMQJS0007E Socket error",
      Safari: "There was a bad response from the server",
      Node: "Received network error or non-101 status code",
      ".NET": "Unable to connect to the remote server",
      SignalR: [
        "There was an error with the transport",
        "Unable to connect to the server with any of the available transports",
      ],
      Tomcat: "The HTTP request to initiate the WebSocket connection to {} failed",
      Unity: ["An exception has occurred while connecting", "An exception has occured while connecting"],
      Zigbee2MQTT: "frontend:ws: Failed to connect to WebSocket",
      OpenAI: 'Could not connect to "ws{}"',
      Ulfius: ["Ulfius - Error ulfius_open_websocket", "=Error connecting to websocket"],
      Supabase: ["channel status: CHANNEL_ERROR", "subscription status: CHANNEL_ERROR"],
    },
    note: "This message is the same for every failure of a handshake: only a look at the wire tells which. Vite's is about its own reloading: server.hmr has protocol, host and clientPort. In .NET and Java the inner exception says more.",
  },
  {
    codes: ["RESPONSE_TIMEOUT", "TCP_TIMEOUT"],
    what: "Supabase's client waited for its channel in vain: the socket did not open, or the server did not answer the join.",
    says: { Supabase: ["channel status: TIMED_OUT", "subscription status: TIMED_OUT"] },
    note: "The browser's console, or realtime.log_level, tells which.",
  },
  {
    codes: [],
    what: "An MCP client lost its server. Mostly that is a program which it had started and which has ended, and no WebSocket.",
    says: { MCP: "MCP error -32000: Connection closed" },
    note: "Run the server's command by hand: what it prints on stderr says why it ends.",
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "Kubernetes, or a proxy before it, answered kubectl something else than 101.",
    says: { Kubernetes: "unable to upgrade connection: {}" },
    note: "The answer's body stands behind it. kubectl speaks WebSocket since 1.31, and SPDY before: let whatever Upgrade names pass.",
  },
  {
    codes: ["TCP_REFUSED", "TCP_TIMEOUT"],
    what: "cloudflared could not ask the server behind it.",
    says: { Cloudflare: "Unable to reach the origin service" },
    note: "What stands behind it tells why. `no Host in request URL`: cloudflared's own fault with a Unix socket and --protocol http2; take quic, or a port.",
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
    note: "Behind this can be anything that ends a connection: the time since it opened tells most.",
  },
];
