import type { Symptom } from "../symptom.ts";

/** What a server says of a request that it does not take for a handshake. */
export const REQUESTS: readonly Symptom[] = [
  {
    codes: ["CONNECTION_NO_UPGRADE", "UPGRADE_STRIPPED", "NOT_A_HANDSHAKE"],
    what: "The server found no `upgrade` in Connection.",
    says: { gorilla: "'upgrade' token not found in 'Connection' header" },
    note: "gorilla looks at Connection before Upgrade: a proxy that drops both says this too, and so does an ordinary request.",
  },
  {
    codes: ["UPGRADE_STRIPPED", "NOT_A_HANDSHAKE"],
    what: "The server found no `websocket` in Upgrade.",
    says: {
      gorilla: "'websocket' token not found in 'Upgrade' header",
      Deno: "'upgrade' header must contain 'websocket'",
    },
  },
  {
    codes: ["ORIGIN_REJECTED"],
    what: "The server refuses pages of this origin.",
    says: { gorilla: "request origin not allowed by Upgrader.CheckOrigin", Python: "invalid Origin header" },
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
      gorilla: "unsupported version: 13 not found in 'Sec-Websocket-Version' header",
      workerd: "The requested WebSocket version is not supported",
    },
  },
];
