import { type Answer, field } from "./answer.ts";
import type { Code } from "./finding.ts";

/** What other servers say when they refuse a handshake, by their sources and as they answer on the wire. */
interface Said {
  readonly code: Code;
  /** Whose words these are, as the end of a sentence. */
  readonly whose: string;
}

const WORDS: readonly (readonly [pattern: RegExp, code: Code, whose: string])[] = [
  // websockets (Python) 10 to 15, which uvicorn uses too.
  [
    /^Failed to open a WebSocket connection: (missing|invalid) Upgrade header/,
    "UPGRADE_STRIPPED",
    "in the words of Python's websockets",
  ],
  [
    /^Failed to open a WebSocket connection: (missing|invalid) Connection header/,
    "CONNECTION_NO_UPGRADE",
    "in the words of Python's websockets",
  ],
  [
    /^Failed to open a WebSocket connection: (missing|invalid) Sec-WebSocket-Key header/,
    "KEY_INVALID",
    "in the words of Python's websockets",
  ],
  [
    /^Failed to open a WebSocket connection: (missing|invalid) Origin header/,
    "ORIGIN_REJECTED",
    "in the words of Python's websockets",
  ],
  [
    /^Failed to open a WebSocket connection: (missing|invalid|unsupported) (Sec-WebSocket-Protocol|subprotocol)/i,
    "SUBPROTOCOL_NO_MATCH",
    "in the words of Python's websockets",
  ],
  // aiohttp 3.
  [/^No WebSocket UPGRADE hdr: /, "UPGRADE_STRIPPED", "in the words of aiohttp"],
  [/^No CONNECTION upgrade hdr: /, "CONNECTION_NO_UPGRADE", "in the words of aiohttp"],
  [/^Handshake error: /, "KEY_INVALID", "in the words of aiohttp"],
  // Tornado and Spring say the same; Spring writes upgrade in lower case.
  [/^Can "Upgrade" only to "WebSocket"\./, "UPGRADE_STRIPPED", "in the words of Tornado and of Spring"],
  [/^"Connection" must be "upgrade"\./i, "CONNECTION_NO_UPGRADE", "in the words of Tornado and of Spring"],
  [/^Cross origin websockets not allowed/, "ORIGIN_REJECTED", "in the words of Tornado"],
  [/^Invalid CORS request/, "ORIGIN_REJECTED", "in the words of Spring"],
  // coder/websocket, nhooyr.
  [/^request Origin "[^"]*" is not authorized for Host/, "ORIGIN_REJECTED", "in the words of coder/websocket"],
  // ws.
  [/^Missing or invalid Sec-WebSocket-Key header/, "KEY_INVALID", "in the words of ws"],
];

/** What the answer of another server says that it misses; undefined for one that says nothing of the kind. */
export function spokenBy(answer: Answer, body: string): Said | undefined {
  const { status } = answer;
  if (status < 400 || status > 499) return undefined;
  const found = WORDS.find(([pattern]) => pattern.test(body));
  if (found) return { code: found[1], whose: found[2] };
  // gorilla/websocket tells the reason to its own program alone; 403 is CheckOrigin's.
  const gorilla = field(answer, "sec-websocket-version") === "13" && /^Forbidden\n?$/.test(body);
  return status === 403 && gorilla
    ? { code: "ORIGIN_REJECTED", whose: "which is how gorilla/websocket says that CheckOrigin refused" }
    : undefined;
}

/** Engine.IO's own errors (protocol 3 and 4). */
export function isSocketIo(body: string): boolean {
  return /^\{"code":[0-5],"message":"(Transport unknown|Session ID unknown|Bad handshake method|Bad request|Forbidden|Unsupported protocol version)"/.test(
    body,
  );
}

export const SOCKET_IO = "the answer is Socket.IO's, which has a protocol of its own (?EIO=4&transport=websocket)";
