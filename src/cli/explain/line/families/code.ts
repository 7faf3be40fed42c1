import type { Symptom } from "../symptom.ts";

/** What a client's own code or its page does wrong. */
export const CODE: readonly Symptom[] = [
  {
    codes: ["CLIENT_GONE"],
    what: "The client's own code closed the socket before it was open.",
    says: {
      Chrome: "WebSocket is closed before the connection is established",
      ws: "WebSocket was closed before the connection was established",
    },
    note: "Usual where a component is mounted twice, as in React's StrictMode: close in its clean-up, and open once.",
  },
  {
    codes: [],
    what: "The client's own code sends before the socket is open.",
    says: {
      Chrome: "Still in CONNECTING state",
      Node: "Sent before connected",
      ws: "WebSocket is not open: readyState 0",
    },
    note: "Send in the open event, or keep messages until then.",
  },
  {
    codes: ["CLOSED_BY_SERVER", "IDLE_CUT"],
    what: "The client's own code sends on a socket that has closed.",
    says: {
      Chrome: "WebSocket is already in CLOSING or CLOSED state",
      ws: ["WebSocket is not open: readyState 2", "WebSocket is not open: readyState 3"],
    },
    note: "Log the close event: its code and reason tell why. Then onesocket explain <code>. If the code itself closed it, send nothing afterwards.",
  },
  {
    codes: [],
    what: "A page that came over https: may open wss: only.",
    says: {
      Chrome: ["connect to the insecure WebSocket endpoint", "An insecure WebSocket connection may not be initiated"],
      Firefox: "The operation is insecure",
    },
    note: "Serve the socket over TLS, and use wss: with it. Firefox's words stand for other refusals too: this is meant where the line is about new WebSocket().",
  },
  {
    codes: [],
    what: "The page's Content-Security-Policy does not allow this connection.",
    says: {
      Chrome: "to 'ws{}violates the following Content Security Policy directive",
      Firefox: "blocked the loading of a resource (connect-src) at ws{}",
    },
    note: "Add the socket's origin, such as wss://example.com, to connect-src of the page's Content-Security-Policy header.",
  },
];
