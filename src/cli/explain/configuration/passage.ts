import type { Seen } from "../explanation.ts";
import { judgeRequest } from "../http/judge-request.ts";
import { headerValue, pathOf, type RequestHead } from "../http/request-head.ts";
import { UNKNOWN } from "./handshake.ts";
import { shownTime } from "./time.ts";

/** What a hop makes of a handshake, and the words for it. */
export interface Passage {
  /** What the server behind it gets. */
  readonly request: RequestHead;
  /** The Host that the client sends. */
  readonly host: string;
  /** After how much silence it cuts: milliseconds; undefined for never, or not known. */
  readonly idleMs: number | undefined;
  /** The setting that says so. */
  readonly idleBy: string;
}

/** So much silence no application keeps. */
const PATIENT_MS = 600_000;

/** What is wrong with what a hop passes on: by the validator of the server behind it, and for pages. */
export function judgePassage({ request, host, idleMs, idleBy }: Passage): readonly Seen[] {
  const codes = judgeRequest(request).codes;
  const fails = codes.some(({ level }) => level !== "warn");
  const sent = headerValue(request, "host");
  const foreign =
    sent !== null && sent !== UNKNOWN && sent.toLowerCase() !== host.toLowerCase() && !isOriginOf(request, sent);
  return [
    ...codes,
    ...(foreign && !fails ? [foreignHost(sent, host)] : []),
    ...(!fails && idleMs !== undefined && idleMs < PATIENT_MS ? [impatience(idleMs, idleBy)] : []),
  ];
}

/** Whether the proxy changed Origin along with Host, so that they are alike again. */
function isOriginOf(request: RequestHead, host: string): boolean {
  const origin = URL.parse(headerValue(request, "origin") ?? "");
  return origin !== null && origin.host === URL.parse(`${origin.protocol}//${host}`)?.host;
}

function foreignHost(sent: string, host: string): Seen {
  const isPort = host.replace(/:\d+$/, "") === sent;
  const detail = `the server gets Host: ${sent}${isPort ? `, without the port of ${host}` : ""}: to one that compares it with the Origin a page looks like another site's`;
  return { code: "ORIGIN_REJECTED", level: "warn", detail };
}

function impatience(idleMs: number, idleBy: string): Seen {
  return {
    code: "IDLE_CUT",
    level: "advice",
    detail: `a silence of ${shownTime(idleMs)} ends the connection (${idleBy})`,
  };
}

/** What goes on, in a few words: `GET /chat HTTP/1.0, Upgrade: (none), Connection: close`. */
export function shownPassage(request: RequestHead): string {
  const shown = (name: string) => headerValue(request, name) ?? "(none)";
  return `${request.method} ${pathOf(request)} HTTP/${request.version}, Upgrade: ${shown("upgrade")}, Connection: ${shown("connection")}, Host: ${shown("host")}`;
}
