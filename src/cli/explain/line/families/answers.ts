import type { Symptom } from "../symptom.ts";

/** What a client says of an answer that does not open. */
export const ANSWERS: readonly Symptom[] = [
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
      Go: "expected handshake response status code 101 but got {n}",
      Python: "server rejected WebSocket connection: HTTP {n}",
    },
  },
  {
    codes: ["STATUS_NOT_101", "RESPONSE_UPGRADE_BAD", "RESPONSE_CONNECTION_BAD", "ACCEPT_MISMATCH"],
    what: "The answer was not one that opens a WebSocket.",
    says: { gorilla: "websocket: bad handshake", workerd: "received bad WebSocket handshake" },
    note: "The message is the same for a status other than 101, which is usual, and for a 101 with wrong headers: print resp.Status of what Dial returns.",
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
      Bun: ["=Missing upgrade header", "=Invalid upgrade header"],
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
      Bun: ["=Missing connection header", "=Invalid connection header"],
      Deno: "=Invalid connection header",
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
];
