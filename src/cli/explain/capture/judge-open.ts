import { hasToken } from "../../../core/protocol/headers.ts";
import { isProtocolCode } from "../../doctor/finding.ts";
import { YOUNG_MS } from "../../doctor/young.ts";
import type { Seen, Side } from "../explanation.ts";
import { shownClose } from "../frames/seen-frame.ts";
import { headerValue } from "../http/request-head.ts";
import type { Code } from "../meaning.ts";
import type { Conversation, End } from "./conversation.ts";
import type { Flow } from "./flow.ts";
import { type FlowVerdict, shownMs } from "./flow-verdict.ts";
import { other, type SeenClose } from "./speaker.ts";

/** A connection that is silent for longer may have been cut for it. */
export const SILENCE_MS = 20_000;

/** A connection that was switched. */
export function judgeOpen(talk: Conversation, switchedAt: number): FlowVerdict {
  const opened = talk.joinedLate ? "The connection was open when the capture began." : talk.verdict().what;
  const handshake = talk.joinedLate ? [] : [...talk.verdict().requestCodes, ...talk.verdict().answerCodes];
  const [ours, theirs] = [talk.client.messages, talk.server.messages];
  const went =
    ours + theirs > 0
      ? ` ${counted(ours, "message")} of the client and ${counted(theirs, "message")} of the server went over it.`
      : "";
  const faults = talk.faults.map(({ code, detail }): Seen => ({ code, detail }));
  const end = faults.length === 0 ? judgeEnd(talk, switchedAt, handshake) : { ...endOf(talk, switchedAt), codes: [] };
  return {
    what: `${opened}${went} ${end.what}`,
    sure: end.sure ?? true,
    codes: [...handshake, ...faults, ...end.codes],
    note: end.note ?? talk.verdict().note,
  };
}

interface Ending {
  readonly what: string;
  readonly codes: readonly Seen[];
  readonly note?: string | undefined;
  readonly sure?: boolean;
}

/** How an open connection ended, and whether that is as it should be. */
function judgeEnd(talk: Conversation, switchedAt: number, handshake: readonly Seen[]): Ending {
  const { what } = endOf(talk, switchedAt);
  const [first] = talk.ends;
  if (talk.client.close || talk.server.close) return { what, ...judgeClose(talk) };
  // What is not in the capture may have been a Close.
  if (!first || talk.client.blind || talk.server.blind) return { what, codes: [] };
  // A client that cannot accept the answer ends the connection.
  if (
    first.by === "client" &&
    (!talk.request || handshake.some(({ level }) => level !== "warn")) &&
    first.at - switchedAt < YOUNG_MS
  ) {
    return { what, codes: [] };
  }
  return { what, ...judgeCut(talk, first, switchedAt) };
}

/** It ended without a Close of either side. */
function judgeCut(talk: Conversation, first: End, switchedAt: number): Omit<Ending, "what"> {
  const age = first.at - switchedAt;
  const silence = first.at - lastWord(talk, switchedAt);
  const { pinged } = talk.of(first.by);
  if (age < YOUNG_MS && first.by === "server" && !talk.joinedLate) {
    return {
      codes: [{ code: "SWITCH_THEN_FIN", detail: `the server's ${first.how} came ${shownMs(age)} after its 101` }],
      note: youngNote(talk),
    };
  }
  if (pinged !== undefined && first.at - pinged >= YOUNG_MS) {
    return {
      codes: [
        {
          code: "PING_TIMEOUT",
          detail: `the ${first.by} got no Pong, and ended the connection ${shownMs(first.at - pinged)} after its Ping`,
        },
      ],
    };
  }
  if (silence >= SILENCE_MS) {
    return {
      codes: [
        {
          code: "IDLE_CUT",
          detail: `the ${first.by}'s side ended it with ${first.how} after ${shownMs(silence)} of silence`,
        },
      ],
      note: silenceNote(silence),
    };
  }
  return {
    codes: [
      {
        code: "ENDED_WITHOUT_CLOSE",
        detail: `the ${first.by} ended it with ${first.how}, ${shownMs(age)} after the 101`,
      },
    ],
  };
}

function lastWord({ client, server }: Conversation, switchedAt: number): number {
  return Math.max(switchedAt, client.lastAt, server.lastAt);
}

/** How long an open connection had been silent when it ended without a Close: milliseconds; undefined for less than a hop's patience. */
export function silenceOf({ talk }: Flow): number | undefined {
  const [first] = talk.ends;
  if (!first || talk.switchedAt === undefined || talk.client.close || talk.server.close) return undefined;
  const silence = first.at - lastWord(talk, talk.switchedAt);
  return silence >= SILENCE_MS ? silence : undefined;
}

/** Time-outs that hops have by default: seconds. */
const DEFAULTS: readonly (readonly [seconds: number, whose: string])[] = [
  [30, "HAProxy's timeout client in many examples"],
  [50, "HAProxy's timeout client in Debian's configuration"],
  [60, "nginx (proxy_read_timeout), Apache, Varnish and AWS's load balancer"],
  [100, "Cloudflare"],
  [240, "Azure's load balancer and its App Service"],
  [300, "h2o and Envoy's stream_idle_timeout"],
  [350, "AWS's network load balancer and NAT gateway"],
  [600, "Google Cloud's load balancer and Traffic Server"],
];

/** Whose time-out a silence is like: milliseconds; undefined for nobody's. */
export function silenceNote(silence: number): string | undefined {
  const near = DEFAULTS.find(([seconds]) => Math.abs(silence / 1000 - seconds) <= Math.max(1.5, seconds * 0.02));
  return near && `${near[0]} s is the default of ${near[1]}.`;
}

function youngNote({ request }: Conversation): string {
  const isOld = request?.version === "1.0";
  const closes = request !== undefined && hasToken(headerValue(request, "connection"), "close");
  if (isOld || closes) {
    return `The request ${isOld ? "is HTTP/1.0" : "has Connection: close"}: Swoole answers 101 to that, and ends the connection. Make the proxy send HTTP/1.1 with Connection: Upgrade alone.`;
  }
  return "Usual causes: keep-alive is off in the server or in a proxy before it; the server's code returns or throws as soon as the socket is open; on Workers, the wrong end of the pair was accepted or returned.";
}

/** At least one side sent a Close. */
function judgeClose(talk: Conversation): Omit<Ending, "what"> {
  const first = closedFirst(talk);
  const answer = talk.of(other(first)).close;
  const codes = closeCodes(first, talk.of(first).close!);
  const ended = talk.ends.find(({ by }) => by === other(first));
  const isUnanswered = !answer && ended !== undefined && !talk.incomplete;
  const missing: Seen[] = isUnanswered
    ? [{ code: "CLOSE_UNANSWERED", level: "warn", detail: `the ${other(first)} sent no Close` }]
    : [];
  return { codes: [...codes, ...missing] };
}

/** Of two sides of which one at least sent a Close, the one that was first. */
function closedFirst({ client }: Conversation): Side {
  return client.close?.isFirst ? "client" : "server";
}

/** Close codes that tell one failure. */
const TELLING: Readonly<Record<number, Code>> = { 1009: "MESSAGE_TOO_BIG", 1012: "RESTART" };

function closeCodes(by: Side, { code, reason }: SeenClose): readonly Seen[] {
  if (code === 0 || code === 1000 || code === 1005 || (code === 1001 && by === "client")) return [];
  const detail = `the ${by} closed with ${code}${reason && ` ${JSON.stringify(reason)}`}`;
  const known = isProtocolCode(reason) ? reason : /\bping timeout\b/i.test(reason) ? "PING_TIMEOUT" : TELLING[code];
  if (known !== undefined) return [{ code: known, detail }];
  if (by === "server") return [{ code: code === 1001 ? "GOING_AWAY" : "CLOSED_BY_SERVER", detail }];
  return [];
}

function endOf(talk: Conversation, switchedAt: number): Ending {
  const [first] = talk.ends;
  if (talk.client.close || talk.server.close) {
    const by = closedFirst(talk);
    const told = `The ${by} closed it first, with ${shownClose(talk.of(by).close!)}`;
    return { what: `${told}${talk.of(other(by)).close ? ", and the other side answered." : "."}`, codes: [] };
  }
  if (!first) return { what: "It was open when the capture ended.", codes: [] };
  const since = `${shownMs(first.at - switchedAt)} after ${talk.joinedLate ? "the capture began" : "the 101"}`;
  const isSeen = !talk.client.blind && !talk.server.blind;
  const what = `The ${first.by} ended it with ${first.how} ${since}${isSeen ? ", without a Close." : "; not all that went before is in the capture."}`;
  return { what, codes: [] };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
