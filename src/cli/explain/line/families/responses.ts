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
    codes: ["RESPONSE_MUTATED"],
    what: "A middleware sets a header on a response whose headers cannot be changed: a 101, and what fetch() or Response.redirect() gives.",
    says: {
      workerd: "Can't modify immutable headers",
      Deno: "Cannot change headers: headers are immutable",
      Node: "=TypeError: immutable",
    },
    note: "With Hono that is secureHeaders(), cors() or compress() around the route of the socket: leave the route out of them. A copy by new Response(body, response) is right for ordinary responses; of a 101 it keeps the socket in workerd alone.",
  },
  {
    codes: ["RESPONSE_MUTATED"],
    what: "A middleware wraps the response so that the connection cannot be taken over.",
    says: {
      gorilla: "response does not implement http.Hijacker",
      Traefik: [
        "Hijack failed on protocol switch: not a hijacker",
        "the ResponseWriter doesn't support the Hijacker interface",
      ],
      "coder/websocket": "http.ResponseWriter does not implement http.Hijacker",
      Go: [
        "can't switch protocols using non-Hijacker ResponseWriter type",
        "101 switching protocols response with non-writable body",
      ],
    },
    note: "In Go that is a logger, a metric or a compression: let its ResponseWriter have Hijack() or Unwrap(), or leave the socket's route out of it. http.TimeoutHandler has none. In Traefik it is a plugin that wraps answers, such as one that caches.",
  },
  {
    codes: ["HTTP2_ONLY", "RESPONSE_MUTATED"],
    what: "The request's connection can't be taken over: axum found nothing to upgrade it with.",
    says: { axum: "WebSocket request couldn't be upgraded since no upgrade state was present" },
    note: "Usual where the server is run without with_upgrades(), or the request came over HTTP/2.",
  },
  {
    codes: ["RESPONSE_MUTATED"],
    what: "Something writes to the response after the connection was taken over: it had no effect.",
    says: {
      Go: ["http: response.WriteHeader on hijacked connection", "http: response.Write on hijacked connection"],
    },
    note: "The line names the code. After Upgrade() a handler must not touch its ResponseWriter: an error belongs into a Close.",
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
