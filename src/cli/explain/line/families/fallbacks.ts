import type { Symptom } from "../symptom.ts";

/** Socket.IO, SockJS and Stomp.js over it, which have words and codes of their own, and ask by plain HTTP first. */
export const FALLBACKS: readonly Symptom[] = [
  {
    codes: ["TCP_REFUSED", "NO_ROUTE", "ORIGIN_REJECTED"],
    what: "Socket.IO's polling, an ordinary request over HTTP, failed: by default it comes before any WebSocket.",
    says: { "Socket.IO": ["xhr poll error", "xhr post error"] },
    note: "error.context.status of the client tells which: 0 where nothing answers, or CORS forbids; 404 where the path is not Socket.IO's; 400 where the server's list of transports, or its version, is another. transports: ['websocket'] leaves polling out.",
  },
  {
    codes: ["STATUS_NOT_101", "TCP_REFUSED", "CLOSED_BEFORE_RESPONSE"],
    what: "Socket.IO's WebSocket did not open, or ended by an error.",
    says: { "Socket.IO": ["=websocket error", "connect_error{}websocket error", "EngineIOException: websocket error"] },
    note: "error.description has the reason, which a browser hides.",
  },
  {
    codes: ["PING_TIMEOUT"],
    what: "Socket.IO's own pings were not answered, or did not come, within pingInterval and pingTimeout.",
    says: {
      "Socket.IO": ["reason ping timeout", "reason - ping timeout", "=disconnect: ping timeout", "=ping timeout"],
    },
    note: "The way to the peer is gone, or a program was too busy to read; a page in the background may be slowed down by its browser.",
  },
  {
    codes: ["ENDED_WITHOUT_CLOSE", "GOING_AWAY", "IDLE_CUT"],
    what: "The connection under Socket.IO ended: the other side closed it, or something on the way did.",
    says: {
      "Socket.IO": [
        "=transport close",
        "=disconnect: transport close",
        "reason transport close",
        "reason - transport close",
        "=transport error",
        "=disconnect: transport error",
        "reason transport error",
        "reason - transport error",
      ],
    },
    note: "Socket.IO does not say which. The time since it opened tells most.",
  },
  {
    codes: ["CLOSED_BY_SERVER"],
    what: "The server called disconnect(): a Socket.IO client does not come back by itself then.",
    says: { "Socket.IO": ["=io server disconnect", "=disconnect: io server disconnect"] },
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "The server's list of transports does not have the one that the client asked for.",
    says: { "Socket.IO": '{"code":0,"message":"Transport unknown"}' },
    note: "Or it was asked by something that is no Socket.IO client: those add ?EIO=4&transport=websocket.",
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "This process does not know the session that the request belongs to.",
    says: { "Socket.IO": '{"code":1,"message":"Session ID unknown"}' },
    note: "Usual with several processes or machines without sticky sessions, and after a restart.",
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "The client speaks another version of Socket.IO's protocol than the server.",
    says: { "Socket.IO": '{"code":5,"message":"Unsupported protocol version"}' },
    note: "A client of version 2 needs allowEIO3 on a server of version 3 or 4.",
  },
  {
    codes: ["NOT_A_HANDSHAKE", "UPGRADE_STRIPPED"],
    what: "Socket.IO's server refuses the request: it is none of its protocol's.",
    says: { "Socket.IO": '{"code":3,"message":"Bad request"}' },
    note: "A request for transport=websocket without Upgrade is one: a proxy without upgrade lines makes it of every handshake.",
  },
  {
    codes: ["TCP_REFUSED", "RESPONSE_TIMEOUT", "STATUS_NOT_101"],
    what: "A page's Socket.IO client reached no server: Uptime Kuma tells its visitors so.",
    says: {
      "Socket.IO": [
        "Cannot connect to the socket server. [Error: timeout]",
        "Cannot connect to the socket server. [Error: websocket error]",
      ],
    },
    note: "The server is down or slow to start, or a proxy before it lacks the upgrade lines.",
  },
  {
    codes: ["TCP_REFUSED", "NO_ROUTE", "ORIGIN_REJECTED"],
    what: "SockJS could not fetch /info, an ordinary request that comes before any WebSocket; 1002 is its own way to say so.",
    says: { SockJS: ["1002{}Cannot connect to server"] },
    note: "The server is down, the prefix is another, or CORS forbids: open PREFIX/info in a browser.",
  },
  {
    codes: ["STATUS_NOT_101", "UPGRADE_STRIPPED"],
    what: "SockJS got /info, and then no transport worked, the WebSocket among them; 2000 is a code of its own.",
    says: { SockJS: ["2000{}All transports failed"] },
    note: "What became of the WebSocket stands in the browser's console: usually a proxy without upgrade lines.",
  },
  {
    codes: [],
    what: "SockJS fell back to an iframe, whose script is of another version than the page's: its WebSocket had failed before.",
    says: { SockJS: "Incompatibile SockJS! Main site uses:" },
    note: "Set the client library's URL on the server to the same version; and see why the WebSocket failed.",
  },
  {
    codes: ["NOT_A_HANDSHAKE", "UPGRADE_STRIPPED"],
    what: "SockJS's server got a request without Upgrade where it expects a handshake, and answers 400.",
    says: { SockJS: "=Not a valid websocket request" },
  },
  {
    codes: ["CLOSED_BY_SERVER", "IDLE_CUT", "STATUS_NOT_101"],
    what: "Stomp.js lost its connection, or never had one.",
    says: { "Stomp.js": "Whoops! Lost connection to {}" },
    note: "It does not say why: the line before it, or the browser's console, does.",
  },
];
