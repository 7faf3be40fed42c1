import type { Symptom } from "../symptom.ts";

/** What only a proxy says. */
export const PROXIES: readonly Symptom[] = [
  {
    codes: ["IDLE_CUT"],
    what: "A proxy ended an open connection, over which nothing had gone for longer than its time-out.",
    says: { nginx: "timed out) while proxying upgraded connection" },
    note: "That is proxy_read_timeout, 60 s by default; proxy_send_timeout says the same when one side does not take what it is sent.",
  },
  {
    codes: ["ENDED_WITHOUT_CLOSE"],
    what: "One side of an open connection went away without a Close.",
    says: {
      nginx: [
        "Connection reset by peer) while proxying upgraded connection",
        "Broken pipe) while proxying upgraded connection",
      ],
    },
    note: "nginx does not say which: the server crashed or was restarted, or the client was gone.",
  },
  {
    codes: [],
    what: "The body of an ordinary answer did not come in time: nginx does not take this connection for an upgraded one.",
    says: { nginx: "timed out) while reading upstream" },
    note: "A WebSocket's line says `while proxying upgraded connection`. If this was one, nginx did not see a 101 on it.",
  },
  {
    codes: ["NOT_HTTP"],
    what: "nginx refused the server's answer for a line in its head that is no header, and answered 502.",
    says: { nginx: "upstream sent invalid header" },
    note: "The line is quoted: correct it in the server.",
  },
  {
    codes: [],
    what: "nginx refused the server's answer for a header that comes twice, and answered 502.",
    says: { nginx: "upstream sent duplicate header line" },
    note: "The line is quoted: send it once.",
  },
  {
    codes: [],
    what: "The head of the server's answer is larger than nginx takes, and it answered 502.",
    says: { nginx: "upstream sent too big header" },
    note: "Set fewer or smaller cookies, or raise proxy_buffer_size.",
  },
  {
    codes: ["UPGRADE_STRIPPED"],
    what: "Apache does not forward the upgrade: another ProxyPass to the same backend has the worker already.",
    says: { Apache: "AH01146" },
    note: "Put upgrade=websocket on the first ProxyPass of that backend, or write its address in another way.",
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "Apache has no module for this backend's scheme.",
    says: { Apache: "AH01144" },
    note: "Load mod_proxy_http, and use http:// with upgrade=websocket (2.4.47 and later).",
  },
  {
    codes: ["STATUS_NOT_101"],
    what: "Traefik carries no WebSocket to a server whose scheme is h2c, and answers 500.",
    says: { Traefik: 'unsupported protocol scheme {}"h2c' },
    note: "Let the sockets' service have a URL with http://.",
  },
  {
    codes: ["CLIENT_GONE"],
    what: "API Gateway has no such connection any more: its client has gone, or was cut after 10 minutes of silence or 2 hours in all.",
    says: { AWS: ["(GoneException) when calling the PostToConnection operation", "=GoneException: 410"] },
    note: "Forget the connection's id at this answer, and at $disconnect, which is not always called.",
  },
  {
    codes: [],
    what: "Cloudflare limits how often this client may ask: 1015 is a code of its own, and no close code.",
    says: { Cloudflare: "=error code: 1015" },
    note: "See the rate limiting rules of the zone, and let clients wait longer between attempts.",
  },
  {
    codes: ["FORBIDDEN"],
    what: "Cloudflare refused this client: the number is a code of its own, and no close code.",
    says: {
      Cloudflare: [
        "=error code: 1005",
        "=error code: 1006",
        "=error code: 1007",
        "=error code: 1008",
        "=error code: 1009",
        "=error code: 1010",
        "=error code: 1012",
        "=error code: 1020",
      ],
    },
    note: "See the zone's security events: an address, a country, a browser's signature or a rule of the firewall is refused.",
  },
];
