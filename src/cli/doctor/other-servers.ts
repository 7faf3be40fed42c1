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
  ws: [["KEY_INVALID", /^Missing or invalid Sec-WebSocket-Key header/]],
};

function said(what: string): RegExp {
  return new RegExp(`^Failed to open a WebSocket connection: ${what}`);
}

/** What the answer of another server says that it misses; undefined for one that says nothing of the kind. */
export function spokenBy(answer: Answer, body: string): Said | undefined {
  const { status } = answer;
  if (status < 400 || status > 499) return undefined;
  for (const [name, words] of Object.entries(WORDS)) {
    const found = words.find(([, pattern]) => pattern.test(body));
    if (found) return { code: found[0], whose: `in the words of ${name}` };
  }
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
