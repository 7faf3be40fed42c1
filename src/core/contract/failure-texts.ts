/**
 * Why a handshake failed: each code's HTTP status, cause and fix. They go to clients, so they are short and name no value.
 * What is never answered has 499, for logs alone: `CLIENT_GONE`, and `SUBPROTOCOL_NOT_SELECTED` of a client that is likely to go.
 * In parts, for an adapter ships with those alone that it can meet; `all-failures.ts` has the whole. These are the validator's, and those of whoever answers a handshake.
 */
export const HANDSHAKE_FAILURES = {
  NOT_A_HANDSHAKE: [426, "The request is not a WebSocket handshake.", "Connect with a WebSocket client."],
  UPGRADE_STRIPPED: [
    426,
    "The Upgrade header is missing, probably dropped by a proxy.",
    "Make the proxy forward Upgrade and Connection (nginx: proxy_set_header Upgrade $http_upgrade;).",
  ],
  UPGRADE_NOT_WEBSOCKET: [400, "The Upgrade header does not name websocket.", "Send Upgrade: websocket."],
  CONNECTION_NO_UPGRADE: [
    400,
    "The Connection header does not list upgrade.",
    "Make the proxy forward it (nginx: proxy_set_header Connection $connection_upgrade; with its map).",
  ],
  HTTP_1_0: [
    426,
    "The request came over HTTP/1.0, probably from a proxy.",
    "Make the proxy use HTTP/1.1 (nginx: proxy_http_version 1.1;).",
  ],
  HTTP_VERSION_UNSUPPORTED: [505, "The request's version of HTTP is not 1.1.", "Send HTTP/1.1."],
  METHOD_NOT_GET: [405, "The method of the handshake is not GET.", "Send GET."],
  HOST_MISSING: [400, "The Host header is missing or sent twice.", "Send Host once."],
  HOST_INVALID: [400, "The Host header is no host with an optional port.", "Send Host: app.example:3000."],
  VERSION_UNSUPPORTED: [426, "Sec-WebSocket-Version is not 13.", "Use a client of RFC 6455."],
  KEY_MISSING: [400, "Sec-WebSocket-Key is missing.", "Send 16 random bytes in base64, once."],
  KEY_DUPLICATE: [400, "Sec-WebSocket-Key was sent twice.", "Send 16 random bytes in base64, once."],
  KEY_INVALID: [400, "Sec-WebSocket-Key is not 16 bytes in base64.", "Send 16 random bytes in base64, once."],
  BODY_PRESENT: [400, "The handshake has a body.", "Send no Content-Length and no Transfer-Encoding."],
  URL_TOO_LONG: [414, "The URL is too long.", "Shorten the query, or send a message instead."],
  HEADERS_TOO_LARGE: [431, "The headers are too large.", "Send fewer or smaller headers, such as cookies."],
  SUBPROTOCOL_MALFORMED: [
    400,
    "Sec-WebSocket-Protocol is no list of distinct tokens.",
    "Send names without spaces or quotes, once.",
  ],
  EXTENSION_MALFORMED: [
    400,
    "Sec-WebSocket-Extensions is malformed.",
    "Correct it, or turn compression off in the client.",
  ],
  ORIGIN_REJECTED: [
    403,
    "Pages of this origin may not connect.",
    "Add the origin to origins on the server, or make the proxy keep Host.",
  ],
  SUBPROTOCOL_NO_MATCH: [400, "No offered subprotocol is supported.", "Offer one that the server's protocols lists."],
  HANDLER_ERROR: [500, "The server failed to decide.", "See the error in the server's log."],
  CLIENT_GONE: [499, "The client went away before the answer.", "Make upgrade faster, or the client more patient."],
} as const;

/** Those of every host. */
export const HOST_FAILURES = {
  SUBPROTOCOL_NOT_SELECTED: [
    499,
    "No offered subprotocol was selected: Chromium and many others close then.",
    "List one in protocols on the server, or return it as protocol from upgrade.",
  ],
  OVERLOADED: [503, "The server has too many connections.", "Try again later, with a growing delay."],
  UPGRADE_RESULT: [
    500,
    "What the server decided is no decision.",
    "Return nothing, a decision, a Response or refuse(code) from upgrade.",
  ],
  HANDSHAKE_TIMEOUT: [503, "The server took too long to decide.", "Make upgrade faster, or raise limits.upgradeMs."],
  NAME_TAKEN: [500, "Another definition of this name is in use.", "Give each definition a name of its own."],
} as const;

/** Those of hosts that have a broker. */
export const BROKER_FAILURES = {
  HISTORY_NOT_SHARED: [
    500,
    "This broker keeps no history that processes could share.",
    "Take one that does, such as redis(), or leave out history.",
  ],
} as const;

/** Those of hosts of a whole process, whose sockets can be asked to leave, too. */
export const LEAVING_FAILURES = {
  DRAINING: [503, "The server is shutting down.", "Connect again after a random delay."],
  RUNTIME_REFUSED: [500, "The runtime refused to upgrade.", "Pass on the request itself, not a copy, and only once."],
} as const;

/** Those of `onesocket/node` alone. */
export const NODE_FAILURES = {
  ALREADY_UPGRADED: [500, "Another listener answered the handshake.", "Give each host of a server a path of its own."],
  UNHANDLED_UPGRADE: [404, "No WebSocket route has this URL.", "Correct the path, or add a route."],
  DATA_BEFORE_HANDSHAKE: [400, "The first bytes are not HTTP/1.", "Check the scheme and the port."],
  PROXY_PROTOCOL: [
    400,
    "A PROXY protocol header is malformed, or its sender not in proxies.",
    "Name the sender in proxies on the server, or turn send-proxy off.",
  ],
} as const;

/** Those of `onesocket/cloudflare` alone. */
export const CLOUDFLARE_FAILURES = {
  ROOM_FULL: [503, "The room has no place for another socket.", "Try again later, or spread users over more rooms."],
  UPGRADE_NOT_FORWARDED: [
    426,
    "The request reached the Durable Object without Upgrade.",
    "Return upgrade(c, definition) from the route: the host forwards it.",
  ],
  ROOMS_MISMAPPED: [
    500,
    "The name is mapped to another definition's Durable Object.",
    "Map each name to the binding whose class extends durableRoom of its definition.",
  ],
  ROOMS_UNMAPPED: [
    500,
    "The definition has no Durable Object.",
    'Add a durable_objects binding to wrangler.toml, then worker(app, { rooms: { name: "BINDING" } }).',
  ],
} as const;

/** Those of a route's decision. */
export const ROUTE_FAILURES = {
  RESPONSE_MUTATED: [
    500,
    "A middleware changed the upgrade response.",
    "Let middleware pass it on with its status and content-type.",
  ],
  ANSWER_IGNORED: [
    500,
    "A middleware returned an answer after next(), which Hono ignores: the socket was opened.",
    "Set it: c.res = c.text(...), or throw an HTTPException.",
  ],
} as const;

/** Those of a route that has no host. */
export const HONO_FAILURES = {
  NO_HOST: [
    500,
    "The app has a WebSocket route but no onesocket host.",
    "Serve it by a host, such as serve(app) of onesocket/node or bun(app); the server's log has the line.",
  ],
} as const;
