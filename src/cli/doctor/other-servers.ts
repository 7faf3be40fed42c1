import { type Answer, field } from "./answer.ts";
import type { Code } from "./finding.ts";

/** What another server's refusal says that it misses. */
interface Said {
  readonly code: Code;
  /** Whose words these are, as the end of a sentence. */
  readonly whose: string;
}

type Words = readonly (readonly [code: Code, pattern: RegExp])[];

/** How the body of a refusal begins, by whose it is: as the real ones answered, but for Spring and coder/websocket (their sources). */
const WORDS: Readonly<Record<string, Words>> = {
  "Python's websockets": [
    ["UPGRADE_STRIPPED", said("(missing|empty|invalid) Upgrade header")],
    ["CONNECTION_NO_UPGRADE", said("(missing|empty|invalid) Connection header")],
    ["KEY_MISSING", said("(missing|empty) Sec-WebSocket-Key header")],
    ["KEY_INVALID", said("(invalid|more than one) Sec-WebSocket-Key header")],
    ["VERSION_UNSUPPORTED", said("(missing|empty|invalid) Sec-WebSocket-Version header")],
    ["ORIGIN_REJECTED", said("(missing|empty|invalid) Origin header")],
  ],
  aiohttp: [
    ["UPGRADE_STRIPPED", /^No WebSocket UPGRADE hdr: /],
    ["CONNECTION_NO_UPGRADE", /^No CONNECTION upgrade hdr: /],
    ["KEY_MISSING", /^Handshake error: None/],
    ["KEY_INVALID", /^Handshake error: /],
  ],
  // Spring says two of them too, with another case in one.
  "Tornado, or Spring": [
    ["UPGRADE_STRIPPED", /^Can "Upgrade" only to "WebSocket"\./],
    ["CONNECTION_NO_UPGRADE", /^"Connection" must be "upgrade"\./i],
    ["KEY_MISSING", /^Missing\/Invalid WebSocket headers/],
    ["ORIGIN_REJECTED", /^Cross origin websockets not allowed/],
  ],
  Spring: [["ORIGIN_REJECTED", /^Invalid CORS request/]],
  "coder/websocket": [["ORIGIN_REJECTED", /^request Origin "[^"]*" is not authorized for Host/]],
  // In the place of the status's own words, and without a body.
  "Autobahn, which daphne is built on": [
    ["UPGRADE_STRIPPED", /^HTTP Upgrade header/],
    ["CONNECTION_NO_UPGRADE", /^HTTP Connection header/],
    ["KEY_MISSING", /^HTTP Sec-WebSocket-Key header missing/],
  ],
  ws: [
    ["METHOD_NOT_GET", /^Invalid HTTP method/],
    ["KEY_INVALID", /^Missing or invalid Sec-WebSocket-Key header/],
    ["VERSION_UNSUPPORTED", /^Missing or invalid Sec-WebSocket-Version header/],
  ],
};

function said(what: string): RegExp {
  return new RegExp(`^Failed to open a WebSocket connection: ${what}`);
}

/** What the answer of another server says that it misses; undefined for one that says nothing of the kind. */
export function spokenBy(answer: Answer, body: string): Said | undefined {
  const { status } = answer;
  if (status < 400 || status > 499) return undefined;
  const text = body === "" ? reasonOf(answer) : body;
  for (const [name, words] of Object.entries(WORDS)) {
    const found = words.find(([, pattern]) => pattern.test(text));
    if (found) return { code: found[0], whose: `in the words of ${name}` };
  }
  // gorilla/websocket tells the reason to its own program alone; 403 is CheckOrigin's.
  const gorilla = field(answer, "sec-websocket-version") === "13" && /^Forbidden\n?$/.test(body);
  return status === 403 && gorilla
    ? { code: "ORIGIN_REJECTED", whose: "which is how gorilla/websocket says that CheckOrigin refused" }
    : undefined;
}

/** What an answer stands for that another server gives for several reasons, alike for all of them. */
interface Vague {
  readonly code: Code;
  /** What it answers so, as the end of a sentence. */
  readonly note: string;
  readonly fix: string;
}

/** Seen: Action Cable 6.1, and daphne 4.0 with Channels 4.0. */
const VAGUE: readonly (readonly [fits: (answer: Answer, body: string) => boolean, means: Vague])[] = [
  [
    isActionCable,
    {
      code: "STATUS_NOT_101",
      note: "Action Cable answers so to an Origin that it does not allow, and to a request without an upgrade",
      fix: "Read Rails' log: an empty HTTP_UPGRADE, or a Host that is not the page's, is the proxy's; else add the page to action_cable.allowed_request_origins.",
    },
  ],
  [
    (answer, body) => answer.status === 403 && body === "" && reasonOf(answer) === "Access denied",
    {
      code: "FORBIDDEN",
      note: "daphne (Django Channels) says so where a consumer closed before it accepted",
      fix: "See what connect() of the consumer looks at, and whether ALLOWED_HOSTS has the page's host, if AllowedHostsOriginValidator is there.",
    },
  ],
  [
    (answer, body) => answer.status === 500 && body === "" && reasonOf(answer) === "Internal server error",
    {
      code: "STATUS_NOT_101",
      note: "daphne (Django Channels) says so for a path without a route, an application without websocket, and a connect() that throws",
      fix: "Read the server's log: No route found for path, No application configured for scope type 'websocket', or what was thrown.",
    },
  ],
];

/** What several reasons may have, by the server that says so little; undefined for all others. */
export function vaguely(answer: Answer, body: string): Vague | undefined {
  return VAGUE.find(([fits]) => fits(answer, body))?.[1];
}

/** Rails' server for sockets answers whatever it does not take with the page of a path that is not there. */
export function isActionCable(answer: Answer, body: string): boolean {
  const isText = /^text\/plain/i.test(field(answer, "content-type") ?? "");
  return answer.status === 404 && body === "Page not found" && isText && field(answer, "x-request-id") !== null;
}

function reasonOf({ statusLine }: Answer): string {
  return statusLine.replace(/^\S+ \d+ ?/, "");
}

/** Engine.IO's own errors (protocol 3 and 4). */
export function isSocketIo(body: string): boolean {
  return /^\{"code":[0-5],"message":"(Transport unknown|Session ID unknown|Bad handshake method|Bad request|Forbidden|Unsupported protocol version)"/.test(
    body,
  );
}

export const SOCKET_IO = "the answer is Socket.IO's, which has a protocol of its own (?EIO=4&transport=websocket)";
