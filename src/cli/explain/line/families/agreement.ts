import type { Symptom } from "../symptom.ts";

/** Subprotocols and extensions about which the two do not agree. */
export const AGREEMENT: readonly Symptom[] = [
  {
    codes: ["SUBPROTOCOL_UNREQUESTED", "SUBPROTOCOL_MISMATCH"],
    what: "The server chose a subprotocol that the client had not offered.",
    says: {
      Chrome: "Response must not include 'Sec-WebSocket-Protocol' header if not present in request: {}",
      ws: "Server sent a subprotocol but none was requested",
      tungstenite: "SubProtocol error: Server sent a subprotocol but none was requested",
      Node: "Protocol was not set in the opening handshake",
      Bun: "Mismatch client protocol",
      "coder/websocket": "unexpected Sec-WebSocket-Protocol from server",
      websockets: "=no subprotocols supported",
      Netty: "Invalid subprotocol. Actual: {}. Expected one of: null",
      SocketRocket: "Server specified Sec-WebSocket-Protocol that wasn't requested",
      Godot: "Received unrequested sub-protocol",
      libsoup: "Server requested unsupported protocol",
      "nodejs-websocket": "Invalid handshake: no protocol negotiation was expected",
    },
    note: "Bun, coder/websocket, SocketRocket, Godot and libsoup say the same when they offered others. Deno, aiohttp, Tornado, okhttp, gorilla and Qt do not look, and open.",
  },
  {
    codes: ["SUBPROTOCOL_UNANSWERED"],
    what: "The client offered subprotocols, and the server chose none.",
    says: {
      Chrome: "Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received",
      ws: "Server sent no subprotocol",
      tungstenite: "SubProtocol error: Server sent no subprotocol",
      Node: "Server did not respond with sent protocols",
      Bun: "Missing client protocol",
      Netty: "Invalid subprotocol. Actual: null",
      libwebsockets: "HS: PROTOCOL malformed",
      Godot: "Requested sub-protocol(s) but received none",
    },
    note: "Deno does not look, and opens.",
  },
  {
    codes: ["SUBPROTOCOL_UNANSWERED", "SUBPROTOCOL_MISMATCH"],
    what: "The client offered subprotocols, and the server chose none of them.",
    says: { "nodejs-websocket": "Invalid handshake: no protocol was negotiated" },
  },
  {
    codes: ["SUBPROTOCOL_MISMATCH"],
    what: "The server chose a subprotocol that is none of those offered.",
    says: {
      Chrome: "'Sec-WebSocket-Protocol' header value '{}' in response does not match any of sent values",
      ws: "Server sent an invalid subprotocol",
      tungstenite: "SubProtocol error: Server sent an invalid subprotocol",
      websockets: "unsupported subprotocol: {}",
      Netty: "Invalid subprotocol. Actual: {}",
      "nv-websocket-client": "The protocol contained in the Sec-WebSocket-Protocol header is not supported",
      ".NET": "The WebSocket client request requested '{}' protocol(s), but server is only accepting '{}' protocol(s)",
      libwebsockets: "HS: Cannot match protocol",
    },
  },
  {
    codes: ["SUBPROTOCOL_NO_MATCH"],
    what: "The server speaks none of the subprotocols that the client offered.",
    says: {
      Phoenix: "Could not check Websocket subprotocols for Phoenix.Socket transport",
      OCPP: "Protocols Mismatched | Expected Subprotocols: {}",
      GraphQL: ["Subprotocol not acceptable", "caused due to an unsupported subprotocol {} requested by the client"],
    },
    note: "There are two of GraphQL: graphql-transport-ws, of the package graphql-ws, and graphql-ws, of subscriptions-transport-ws; both ends need the same one. A charge point offers ocpp1.6, ocpp2.0.1 or ocpp2.1: the server has to list that one.",
  },
  {
    codes: ["SUBPROTOCOL_NO_MATCH"],
    what: "The client offered no subprotocol, and the server wants one.",
    says: {
      OCPP: [
        "Client hasn't requested any Subprotocol. Closing Connection",
        "No protocol (OCPP version) is specified",
        "=Web Socket Protocol is mandatory",
      ],
    },
    note: "OCPP demands one (OCPP-J §3.1.2): name it in the client, such as ocpp1.6.",
  },
  {
    codes: [],
    what: "The server closed with 4408: the client did not send connection_init in time.",
    says: { GraphQL: "Connection initialisation timeout" },
    note: "A client that speaks the other GraphQL subprotocol, or none, does not send it. The time is connectionInitWaitTimeout, 3 s by default.",
  },
  {
    codes: ["EXTENSION_PARAMS_BAD"],
    what: "The server agreed to compression with parameters that the client did not offer.",
    says: {
      Chrome: "Error in permessage-deflate: {}",
      ws: "Invalid Sec-WebSocket-Extensions header",
      "coder/websocket": "unsupported permessage-deflate parameter",
      aiohttp: "Extension for deflate not supported",
      okhttp: "unexpected Sec-WebSocket-Extensions in response header",
      ".NET": [
        "The WebSocket failed to negotiate max server window bits",
        "The WebSocket failed to negotiate max client window bits",
      ],
      libwebsockets: "HS: EXT: Rejects server options",
    },
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
      workerd: "added Sec-WebSocket-Extensions when client did not offer any",
      "coder/websocket": "unsupported extensions from server",
      websockets: "Unsupported extension: name = {}",
      "nv-websocket-client": "The extension contained in the Sec-WebSocket-Extensions header is not supported",
      Tomcat: "The extension [{}] is not supported",
      libwebsockets: "HS: EXT: unknown ext",
      libsoup: "Server requested unsupported extension",
    },
    note: "Deno, aiohttp, okhttp, gorilla, Netty and Qt do not look, and open.",
  },
];
