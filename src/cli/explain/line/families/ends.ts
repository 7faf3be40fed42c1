import type { Symptom } from "../symptom.ts";

/** How open connections end. */
export const ENDS: readonly Symptom[] = [
  {
    codes: ["PING_TIMEOUT"],
    what: "Pings stayed unanswered.",
    says: { Python: "keepalive ping timeout" },
    note: "The peer or the way to it is gone; or the program itself was busy for so long that it did not read the Pong.",
  },
  {
    codes: ["PING_TIMEOUT", "RESPONSE_TIMEOUT"],
    what: "A read deadline passed: the connection stood, and nothing came over it in time.",
    says: { Go: "read tcp {}: i/o timeout" },
    note: "On an open socket that is the deadline which the program sets by SetReadDeadline, usually renewed by each Pong: the peer was silent, or nobody pings it. In Dial it is the handshake's.",
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
      gorilla: "websocket: close 1006",
      Python: "no close frame received or sent",
      workerd: ["WebSocket disconnected without sending Close frame", "WebSocket disconnected between frames"],
    },
    note: "Behind this can be anything that ends a connection: the time since it opened tells most.",
  },
];
