import type { Symptom } from "../symptom.ts";

/** Servers in PHP. */
export const PHP: readonly Symptom[] = [
  {
    codes: ["DATA_BEFORE_HANDSHAKE"],
    what: "Data came to a connection that has had no handshake.",
    says: { Workerman: "recv data before handshake" },
    note: "In Workerman ws:// is the client's protocol: a server listens on websocket://. The hex is what came.",
  },
  {
    codes: ["DATA_BEFORE_HANDSHAKE"],
    what: "The connection has had no handshake, or is closed already.",
    says: { Swoole: ["is not a websocket conn{}", "WEBSOCKET_UNCONNECTED"] },
    note: "The code pushes to a connection that is plain HTTP, or that has gone.",
  },
  {
    codes: ["SWITCH_THEN_FIN"],
    what: "The handshake failed.",
    says: { Swoole: "WEBSOCKET_HANDSHAKE_FAILED" },
    note: "Swoole's server answers 101 and ends when the request is HTTP/1.0 or has Connection: close.",
  },
];
