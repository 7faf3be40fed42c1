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
        "client prematurely closed connection{} while proxying upgraded connection",
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
    codes: [],
    what: "nginx has as many connections as worker_connections lets it: it takes no new one, and an upgraded one counts twice, for as long as it lasts.",
    says: { nginx: "worker_connections are not enough" },
    note: "Raise worker_connections in events { }, and worker_rlimit_nofile with it.",
  },
  {
    codes: [],
    what: "nginx asks this server no more for a while, since it has failed: the lines before tell how.",
    says: { nginx: "upstream server temporarily disabled" },
    note: "fail_timeout and max_fails of the upstream's server line say for how long, and after how many failures; 10 s and 1 are the defaults.",
  },
  {
    codes: [],
    what: "nginx takes all servers of the upstream for failed, asked none of them, and answered 502.",
    says: { nginx: "no live upstreams while connecting to upstream" },
    note: "A server that has failed once, in a deploy too, gets one connection in fail_timeout until one of them ends, which a WebSocket does late: give each server line of the upstream max_fails=0.",
  },
  {
    codes: [],
    what: "Caddy was copying an ordinary answer when one side went: an upgraded connection is no answer that it copies.",
    says: { Caddy: "aborting with incomplete response" },
    note: "`context canceled`: the client went. Otherwise the server ended its answer too early. Of a request for a socket it means that the server did not answer 101.",
  },
  {
    codes: ["RESPONSE_CONNECTION_BAD", "RESPONSE_UPGRADE_BAD"],
    what: "The proxy got a 101 that does not confirm the protocol that was asked for, and refused it.",
    says: {
      Go: ["backend tried to switch protocol {} when {} was requested", "backend tried to switch to invalid protocol"],
      Caddy: "backend tried to switch to unexpected protocol via Upgrade header",
    },
    note: "The server has to answer Upgrade: websocket, and Connection: Upgrade with it: without the latter Go reads no Upgrade at all.",
  },
  {
    codes: [],
    what: "Traefik's client went before it was answered: 499 is what it notes then, and nobody gets it.",
    says: { Traefik: "499 Client Closed Request" },
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
  {
    codes: ["ENDED_WITHOUT_CLOSE"],
    what: "One side ended its connection without a Close.",
    says: { mitmproxy: "Error in WebSocket connection to {}: WebSocket Error: ABNORMAL_CLOSURE" },
    note: "The other side is told a Close with 1000 by mitmproxy, as if the conversation were over: look for its 1006 without the proxy.",
  },
  {
    codes: [],
    what: "One side closed the WebSocket, with a code that mitmproxy takes for an error.",
    says: { mitmproxy: "Error in WebSocket connection to {}: WebSocket Error: {}" },
    note: "All but 1000, 1001 and 1005 are. The code's name stands behind it, UNKNOWN_ERROR=4001 for one that has none, and the reason. PROTOCOL_ERROR may be mitmproxy's own, which makes that of 1014.",
  },
];
