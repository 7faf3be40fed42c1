import type { Symptom } from "../symptom.ts";

/** What a server's runtime says of the response that should have opened the socket. */
export const RESPONSES: readonly Symptom[] = [
  {
    codes: ["WEBSOCKET_DROPPED", "RESPONSE_MUTATED"],
    what: "The response with the socket was copied, cloned or used twice.",
    says: {
      workerd: [
        "Cannot clone a response to a WebSocket handshake",
        "Can't return WebSocket that was already used in a response",
      ],
    },
    note: "A 101 is made by the runtime or its adapter: return it as it is.",
  },
  {
    codes: ["WEBSOCKET_DROPPED", "RESPONSE_MUTATED"],
    what: "A response was made with a status that new Response() does not take: 101 is one.",
    says: {
      workerd: "Responses may only be constructed with status codes in the range 200 to 599",
      Node: 'init["status"] must be in the range of 200 to 599',
    },
    note: "If it was 101, something copies the response of the upgrade. A 101 is made by the runtime or its adapter, never with new Response().",
  },
  {
    codes: ["UPGRADE_NOT_FORWARDED", "NOT_A_HANDSHAKE"],
    what: "A Worker or a Durable Object answered 101 to a request without Upgrade: websocket.",
    says: { workerd: "WebSocket in a response to a request which did not contain the header" },
  },
  {
    codes: ["UPGRADE_NOT_FORWARDED"],
    what: "A Worker's fetch takes http: and https: only, with Upgrade: websocket among the headers.",
    says: { workerd: "Fetch API cannot load: ws{}" },
  },
  {
    codes: ["RUNTIME_REFUSED"],
    what: "The code sends on an end of a WebSocketPair that was not accepted, or returns the end that was.",
    says: {
      workerd: [
        "on this WebSocket before sending messages",
        "Can't return WebSocket in a Response after calling",
        "Can't accept() WebSocket",
      ],
    },
    note: "Accept the server's end of the pair, and return the client's.",
  },
];
