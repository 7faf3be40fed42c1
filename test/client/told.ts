import type { SICK } from "../cli/doctor/sicknesses.ts";
import type { BrowserName } from "../helpers/browsers/index.ts";

/** The same in each browser, or in this order. */
type Told = string | readonly [chromium: string, firefox: string, webkit: string];

/** Whether Firefox tells the page of the opening before of the end is a matter of microseconds. */
const SOON = "NOT_TOLD or ENDED_WITHOUT_CLOSE";
/** What comes in one piece with a 101: to a page of Firefox the connection was never open. */
const AT_ONCE = ["ENDED_WITHOUT_CLOSE", SOON, "ENDED_WITHOUT_CLOSE"] as const;
/** They wait for the rest of the frame that its first bytes are taken for. */
const PAGE_AS_FRAME = ["ENDED_WITHOUT_CLOSE", "opens", "opens"] as const;

/**
 * What a browser's client says, to a page of the same origin, of what the doctor names otherwise: by the doctor's code, or by how the server
 * behaves where that makes a difference. `opens`: the browser takes it as it is.
 */
const TOLD: Readonly<Record<string, Told>> = {
  CLOSED_BEFORE_RESPONSE: "HTTP_FAILS_TOO",
  // Its status line is a good one, and some take the rest as it came.
  "ends within the head": ["NOT_TOLD", "NOT_TOLD", "HTTP_FAILS_TOO"],
  RESPONSE_TIMEOUT: "NOT_TOLD",
  // Firefox takes it for an answer by HTTP/0.9.
  NOT_HTTP: ["HTTP_FAILS_TOO", "NOT_TOLD", "HTTP_FAILS_TOO"],
  "ends its lines with LF": "opens",
  "has a space before a colon": ["opens", "NOT_TOLD", "NOT_TOLD"],
  STATUS_NOT_101: "NOT_TOLD",
  "answers 500": "NOT_TOLD, likely STATUS_NOT_101",
  "answers 502 as a gateway": "NOT_TOLD, likely STATUS_NOT_101",
  HTML_FALLBACK: "NOT_TOLD, likely HTML_FALLBACK",
  "answers with a page and no type": "NOT_TOLD",
  REDIRECTED: "NOT_TOLD, likely REDIRECTED",
  AUTH_REQUIRED: "NOT_TOLD, likely AUTH_REQUIRED",
  FORBIDDEN: "NOT_TOLD, likely FORBIDDEN",
  NO_ROUTE: "NOT_TOLD, likely NO_ROUTE",
  UPGRADE_STRIPPED: "NOT_TOLD",
  "names itself behind a page": "UPGRADE_STRIPPED",
  CONNECTION_NO_UPGRADE: "NOT_TOLD",
  VERSION_UNSUPPORTED: "NOT_TOLD",
  SUBPROTOCOL_NO_MATCH: "NOT_TOLD",
  ORIGIN_REJECTED: "ORIGIN_REJECTED",
  "wants an Origin": "opens",
  // To a plain request of its own origin a browser adds none.
  "does not want this Origin": "NOT_TOLD",
  ACCEPT_MISSING: "NOT_TOLD",
  ACCEPT_MISMATCH: "NOT_TOLD",
  RESPONSE_UPGRADE_BAD: "NOT_TOLD",
  "upgrades to a list": ["NOT_TOLD", "opens", "NOT_TOLD"],
  RESPONSE_CONNECTION_BAD: "NOT_TOLD",
  SUBPROTOCOL_UNREQUESTED: ["NOT_TOLD", "opens", "NOT_TOLD"],
  SUBPROTOCOL_UNANSWERED: ["NOT_TOLD", "opens", "opens"],
  SUBPROTOCOL_MISMATCH: "NOT_TOLD",
  "names it in another case": ["NOT_TOLD", "NOT_TOLD", "opens"],
  EXTENSION_UNREQUESTED: "NOT_TOLD",
  // All three ask for it.
  "compresses unasked": "opens",
  EXTENSION_PARAMS_BAD: "NOT_TOLD",
  "has half a parameter": ["NOT_TOLD", "NOT_TOLD", "opens"],
  EXTENSION_MALFORMED: "NOT_TOLD",
  CONNECTION_LIST_REFUSED: "opens",
  SWITCH_THEN_FIN: "ENDED_WITHOUT_CLOSE",
  "ends at once": AT_ONCE,
  "resets at once": AT_ONCE,
  HTTP_AFTER_101: "ENDED_WITHOUT_CLOSE",
  "sends a page behind the 101": PAGE_AS_FRAME,
  "sends a chunk of a page behind it": PAGE_AS_FRAME,
  FRAME_MASKED: ["ENDED_WITHOUT_CLOSE", "opens", "ENDED_WITHOUT_CLOSE"],
  RSV_UNEXPECTED: AT_ONCE,
  OPCODE_INVALID: AT_ONCE,
  CONTROL_TOO_LONG: AT_ONCE,
  CONTROL_FRAGMENTED: AT_ONCE,
  CONTINUATION_UNEXPECTED: AT_ONCE,
  LENGTH_NOT_MINIMAL: AT_ONCE,
  INVALID_UTF8: AT_ONCE,
  CLOSE_CODE_INVALID: ["ENDED_WITHOUT_CLOSE", "CLOSED_BY_SERVER 1005", "ENDED_WITHOUT_CLOSE"],
  // It is the client here that closes.
  CLOSE_PAYLOAD_SHORT: "opens",
  POLICY: "CLOSED_BY_SERVER 1008",
  CLOSED_BY_SERVER: "CLOSED_BY_SERVER 1011",
  "closes with 4403": "CLOSED_BY_SERVER 4403",
  INTERNAL: "CLOSED_BY_SERVER 1011",
  GOING_AWAY: "CLOSED_BY_SERVER 1001",
  // To libsoup, WebKitGTK's, 1012 to 1014 are no codes.
  SLOW_CONSUMER: ["CLOSED_BY_SERVER 1013", "CLOSED_BY_SERVER 1013", "ENDED_WITHOUT_CLOSE"],
  IDLE_CUT: "ENDED_WITHOUT_CLOSE",
};

export type Sick = (typeof SICK)[number];

export const BROWSERS = ["Chromium", "Firefox", "WebKitGTK"] as const satisfies readonly BrowserName[];

/** What is said of it to a page of the same origin. */
export function told([code, what]: Sick, browser: BrowserName): string {
  const said = TOLD[what] ?? TOLD[code]!;
  return typeof said === "string" ? said : said[BROWSERS.indexOf(browser)]!;
}

/** What is said of it to a page of another origin: no more than that it is not told, unless it had opened. */
export function toldElsewhere(sick: Sick, browser: BrowserName): string {
  const said = told(sick, browser);
  return /^(opens|ENDED|CLOSED|NOT_TOLD or)/.test(said) ? said : "NOT_TOLD";
}
