import type { Symptom } from "../symptom.ts";

/** What only servers in PHP say. */
export const PHP: readonly Symptom[] = [
  {
    codes: ["DATA_BEFORE_HANDSHAKE"],
    what: "Data came to a connection that has had no handshake.",
    says: {
      Workerman: [
        "recv data before handshake",
        "Workerman\\Protocols\\Ws::input(): Argument #2 ($connection) must be of type Workerman\\Connection\\AsyncTcpConnection",
      ],
    },
    note: "In Workerman ws:// is the client's protocol: a server listens on websocket://. The hex is what came. Workerman 5 throws the TypeError instead.",
  },
  {
    codes: ["DATA_BEFORE_HANDSHAKE"],
    what: "The connection has had no handshake, or is closed already.",
    says: {
      Swoole: [
        "is not a websocket conn{}",
        "WEBSOCKET_UNCONNECTED",
        "the connected client of connection[{}] is not a websocket client or closed",
      ],
    },
    note: "The code pushes to a connection that is plain HTTP, or that has gone: ask isEstablished() first.",
  },
  {
    codes: ["RESPONSE_UPGRADE_BAD", "RESPONSE_CONNECTION_BAD", "ACCEPT_MISMATCH"],
    what: "The 101 has a header that Swoole's client does not accept.",
    says: { Swoole: "websocket handshake failed: invalid Upgrade/Connection/Sec-WebSocket-Accept headers" },
  },
  {
    codes: ["STATUS_NOT_101", "NOT_A_HANDSHAKE"],
    what: "The code pushes over a client whose handshake has failed.",
    says: { Swoole: "websocket handshake failed, cannot push data" },
    note: "upgrade() returned false: its statusCode and errMsg tell why.",
  },
  {
    codes: ["SWITCH_THEN_FIN"],
    what: "The handshake failed.",
    says: { Swoole: "WEBSOCKET_HANDSHAKE_FAILED" },
    note: "Swoole's server answers 101 and ends when the request is HTTP/1.0 or has Connection: close.",
  },
  {
    codes: [],
    what: "The Gateway has no BusinessWorker to give the message to: it is dropped, and the client closed.",
    says: {
      GatewayWorker: "SendBufferToWorker fail. The connections between Gateway and BusinessWorker are not ready",
    },
    note: "Start start_businessworker.php, with the registerAddress and the secretKey that the Gateway has; Register has to be reached from both.",
  },
  {
    codes: [],
    what: "Somebody connected to the port of GatewayWorker's Register, and did not say who it is.",
    says: { GatewayWorker: "Register auth timeout (" },
    note: "Clients belong on the Gateway's port. The Register's is for Gateway and BusinessWorker alone: no WebSocket is spoken there.",
  },
];
