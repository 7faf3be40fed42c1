import type { Symptom } from "../symptom.ts";

/** What a server says of a request that it does not take for a handshake. */
export const REQUESTS: readonly Symptom[] = [
  {
    codes: ["CONNECTION_NO_UPGRADE", "UPGRADE_STRIPPED", "NOT_A_HANDSHAKE"],
    what: "The server found no `upgrade` in Connection.",
    says: {
      gorilla: [
        "'upgrade' token not found in 'Connection' header",
        "could not find connection header with token 'upgrade'",
      ],
      "coder/websocket": 'WebSocket protocol violation: Connection header "{}" does not contain Upgrade',
      websockets: "Failed to open a WebSocket connection: {} Connection header",
      axum: "Connection header did not include 'upgrade'",
    },
    note: "These look at Connection before Upgrade: a proxy that drops both says this too, and so does an ordinary request.",
  },
  {
    codes: ["UPGRADE_STRIPPED", "NOT_A_HANDSHAKE"],
    what: "The server found no `websocket` in Upgrade.",
    says: {
      gorilla: [
        "'websocket' token not found in 'Upgrade' header",
        "could not find upgrade header with token 'websocket'",
      ],
      Deno: "'upgrade' header must contain 'websocket'",
      "coder/websocket": 'WebSocket protocol violation: Upgrade header "{}" does not contain websocket',
      websockets: "Failed to open a WebSocket connection: {} Upgrade header",
      aiohttp: "No WebSocket UPGRADE hdr:",
      Tornado: 'Can "Upgrade" only to "WebSocket"',
      Spring: "Handshake failed due to invalid Upgrade header",
      Netty: "not a WebSocket handshake request: missing upgrade",
      axum: "`Upgrade` header did not include 'websocket'",
      actix: ["=WebSocket upgrade is expected", "No WebSocket Upgrade header found"],
      ws4py: "Header HTTP_UPGRADE is not defined",
      EMQX: "Not WebSocket: Upgrade =",
      Rails: ["Failed to upgrade to WebSocket ({}HTTP_UPGRADE: )", 'Started GET "{}[non-WebSocket]'],
    },
    note: "aiohttp and Spring say it in Tornado's words, too.",
  },
  {
    codes: ["UPGRADE_STRIPPED", "CONNECTION_NO_UPGRADE", "NOT_A_HANDSHAKE"],
    what: "The server found no upgrade in the request: Connection or Upgrade is missing.",
    says: {
      "em-websocket": [
        "HandshakeError - Not an upgrade request",
        "HandshakeError - Connection and Upgrade headers required",
      ],
    },
    note: "It ends the connection without an answer then: the client, or nginx with a 502, sees that alone.",
  },
  {
    codes: ["UPGRADE_STRIPPED", "CONNECTION_NO_UPGRADE", "NOT_A_HANDSHAKE"],
    what: "Kubernetes found no upgrade in the request.",
    says: {
      Kubernetes: [
        "=Error from server{}: Upgrade request required",
        "KubernetesClientException: Upgrade request required",
        "unable to upgrade: missing upgrade headers in request",
      ],
    },
    note: "A proxy before the API server, or between it and the kubelet, dropped it. kubectl speaks WebSocket since 1.31, and SPDY before: let whatever Upgrade names pass.",
  },
  {
    codes: ["CONNECTION_NO_UPGRADE"],
    what: "The server found `websocket` in Upgrade, and no `upgrade` in Connection.",
    says: {
      aiohttp: "No CONNECTION upgrade hdr:",
      Tornado: '"Connection" must be "Upgrade"',
      actix: "=Connection upgrade is expected",
      Django: "HTTP Connection header missing",
      Spring: "Handshake failed due to invalid Connection header",
      Rails: [
        "Failed to upgrade to WebSocket ({}HTTP_CONNECTION: close, HTTP_UPGRADE: websocket)",
        "Failed to upgrade to WebSocket ({}HTTP_CONNECTION: keep-alive, HTTP_UPGRADE: websocket)",
        "Failed to upgrade to WebSocket ({}HTTP_CONNECTION: , HTTP_UPGRADE: websocket)",
      ],
    },
  },
  {
    codes: ["UPGRADE_STRIPPED", "RESPONSE_UPGRADE_BAD", "NOT_A_HANDSHAKE"],
    what: "One side found no `websocket` in the Upgrade header of the other.",
    says: {
      tungstenite: 'No "Upgrade: websocket" header',
      websockets: ["=missing Upgrade header", "=empty Upgrade header", "=invalid Upgrade header: {}"],
      Beast: "The WebSocket handshake Upgrade field is missing",
    },
    note: "The words are the same in a server, of the request, and in a client, of the 101.",
  },
  {
    codes: ["CONNECTION_NO_UPGRADE", "RESPONSE_CONNECTION_BAD", "NOT_A_HANDSHAKE"],
    what: "One side found no `upgrade` in the Connection header of the other.",
    says: {
      tungstenite: 'No "Connection: upgrade" header',
      websockets: ["=missing Connection header", "=empty Connection header", "=invalid Connection header: {}"],
      Beast: "The WebSocket handshake Connection field is missing",
    },
    note: "The words are the same in a server, of the request, and in a client, of the 101.",
  },
  {
    codes: ["UPGRADE_NOT_WEBSOCKET"],
    what: "uvicorn got an Upgrade that it cannot do.",
    says: { uvicorn: "Unsupported upgrade request" },
    note: "If `No supported WebSocket library detected` stands beside it, it cannot do WebSockets at all; otherwise Upgrade named something else, such as h2c.",
  },
  {
    codes: [],
    what: "The server is not able to speak WebSocket: uvicorn found no library for it.",
    says: { uvicorn: "No supported WebSocket library detected" },
    note: "pip install 'uvicorn[standard]', or websockets, in the environment in which it runs.",
  },
  {
    codes: ["METHOD_NOT_GET"],
    what: "The handshake's method was not GET.",
    says: {
      gorilla: "the client is not using the websocket protocol: request method is not GET",
      "coder/websocket": "WebSocket protocol violation: handshake request method is not GET",
      tungstenite: "Unsupported HTTP method used - only GET is allowed",
      axum: "Request method must be `GET`",
      Beast: "The WebSocket handshake method was not GET",
      Spring: "Handshake failed due to unexpected HTTP method",
      "em-websocket": "HandshakeError - Must be GET request",
    },
  },
  {
    codes: ["HTTP_1_0"],
    what: "The handshake came over HTTP/1.0.",
    says: {
      "coder/websocket": "handshake request must be at least HTTP/1.1",
      tungstenite: "HTTP version must be 1.1 or higher",
      Beast: "The WebSocket handshake was not HTTP/1.1",
    },
    note: "Usual behind nginx without proxy_http_version 1.1.",
  },
  {
    codes: ["KEY_MISSING", "NOT_A_HANDSHAKE"],
    what: "The handshake has no Sec-WebSocket-Key.",
    says: {
      gorilla: "'Sec-WebSocket-Key' header is missing or blank",
      "coder/websocket": "WebSocket protocol violation: missing Sec-WebSocket-Key",
      tungstenite: 'No "Sec-WebSocket-Key" header',
      websockets: "=missing Sec-WebSocket-Key header",
      Spring: 'Missing "Sec-WebSocket-Key" header',
      Netty: "not a WebSocket request: missing key",
      Beast: "The WebSocket handshake Sec-WebSocket-Key field is missing",
      "Java-WebSocket": "InvalidHandshakeException: missing Sec-WebSocket-Key",
      workerd: "Missing Sec-WebSocket-Key",
      "em-websocket": "HandshakeError - sec-websocket-key header is required",
      axum: "`Sec-WebSocket-Key` header missing",
      Django: "HTTP Sec-WebSocket-Key header missing",
    },
  },
  {
    codes: ["KEY_INVALID", "KEY_MISSING"],
    what: "The server found no valid Sec-WebSocket-Key.",
    says: {
      ws: "Missing or invalid Sec-WebSocket-Key header",
      "coder/websocket": "WebSocket protocol violation: invalid Sec-WebSocket-Key",
      websockets: "=invalid Sec-WebSocket-Key header: {}",
      aiohttp: "=Handshake error: {}",
      Beast: "The WebSocket handshake Sec-WebSocket-Key field is invalid",
    },
  },
  {
    codes: ["VERSION_UNSUPPORTED"],
    what: "The server does not speak the client's version.",
    says: {
      ws: "Missing or invalid Sec-WebSocket-Version header",
      gorilla: "unsupported version: 13 not found in 'Sec-Websocket-Version' header",
      "coder/websocket": "unsupported WebSocket protocol version (only 13 is supported)",
      tungstenite: 'No "Sec-WebSocket-Version: 13" header',
      workerd: "The requested WebSocket version is not supported",
      Spring: "Handshake failed due to unsupported WebSocket version",
      "em-websocket": "HandshakeError - Protocol version {} not supported",
      axum: "`Sec-WebSocket-Version` header did not include '13'",
      Beast: "The WebSocket handshake Sec-WebSocket-Version field is {}",
    },
    note: "Or the header is missing: a request that is no handshake, or one whose headers a proxy dropped.",
  },
];
