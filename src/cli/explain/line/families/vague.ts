import type { Symptom } from "../symptom.ts";

/** What is the same for many failures: asked last. */
export const VAGUE: readonly Symptom[] = [
  {
    codes: ["STATUS_NOT_101", "TCP_REFUSED", "CLOSED_BEFORE_RESPONSE"],
    what: "The handshake failed.",
    says: {
      Chrome: "WebSocket connection to '{}' failed",
      Firefox: "can't establish a connection to the server at ws{}",
      Safari: "There was a bad response from the server",
      Node: "Received network error or non-101 status code",
    },
    note: "This message is the same for every failure of a handshake: only a look at the wire tells which.",
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
