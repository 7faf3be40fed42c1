import { type BrokerStateEvent, brokerLine } from "../../core/contract/broker-line.ts";
import { type Failure, type FailureCode, textsOf } from "../../core/contract/failures.ts";
import type { EventHandler, HandshakeSeen } from "../../core/contract/observer.ts";
import { closeCodeOf, type ProtocolFailureCode } from "../../core/protocol/protocol-failures.ts";

/** What the console has words for. */
type Printed = "error" | "warning" | "refused" | "failed" | "pending" | "broker";

/** The observer of a host that was given none: what was refused or failed, for whom, and what to change, on the console. */
export const consoleObserver: { readonly [Type in Printed]: EventHandler<Type> } = {
  error({ definition, error }) {
    console.error(`onesocket: ${definition ? `${definition}: a hook` : "the app"} failed:`, error);
  },
  warning({ definition, failure }) {
    printFailure(definition, failure);
  },
  refused({ definition, failure, handshake }) {
    if (failure && isWorthALine(failure)) printFailure(definition, failure, handshake);
  },
  failed({ definition, code }) {
    const limit = LIMITS[code] ? `limits.${LIMITS[code]} allows no more; ` : "";
    const words = `a socket failed with ${closeCodeOf(code)}: ${limit}npx onesocket explain ${code}`;
    print(definition, code, words, occurrence(definition + code));
  },
  pending({ definition, hook, messages }) {
    const behind = messages === 1 ? "a message waits" : `${messages} messages wait`;
    console.warn(
      `onesocket: ${definition}: the hook ${hook} has not ended for a second, and ${behind} behind it: does its promise ever settle?`,
    );
  },
  broker: printBroker,
};

/** Whoever went away was refused nothing, a server that drains was told to, and what a hook threw has been told by itself. */
function isWorthALine({ code, detail }: Failure): boolean {
  return code !== "CLIENT_GONE" && code !== "DRAINING" && (code !== "HANDLER_ERROR" || detail !== undefined);
}

/** Codes whose detail says all, the line to change too. */
const SELF_EXPLAINING: readonly FailureCode[] = [
  "ORIGIN_REJECTED",
  "ROOMS_UNMAPPED",
  "NO_HOST",
  "NAME_TAKEN",
  "RUNTIME_REFUSED",
  "HANDLER_ERROR",
  "PROXY_PROTOCOL",
];

function printFailure(definition: string, failure: Failure, seen?: HandshakeSeen): void {
  const { code } = failure;
  const own = textsOf(code)[0] === 500;
  const words = wordsOf(failure, own) + (own ? "" : whom(seen));
  // The program's own mistakes are told each time; what others can do often is not.
  const always = own || code === "ORIGIN_REJECTED" || code === "HTTP_1_0";
  print(definition, code, words, always ? 1 : occurrence(definition + code));
}

/** What is wrong, by the detail or else by the code, and what to change. `own`: by a mistake of the program's own. */
function wordsOf({ code, detail }: Failure, own: boolean): string {
  const [, cause, fix] = textsOf(code);
  if (!detail || detail === '""') return `${cause} ${fix}`;
  if (SELF_EXPLAINING.includes(code)) return detail;
  return own ? `${detail}. ${fix}` : `${detail}. ${cause} ${fix}`;
}

/** Who was refused. The address may come from a header, and is shown only where it looks like one. */
function whom({ remoteAddress = "", route }: Partial<HandshakeSeen> = {}): string {
  const from = /^[\w.:]+$/.test(remoteAddress) ? ` from ${remoteAddress}` : "";
  const at = route ? ` at ${route}` : "";
  return from + at && ` (${(from + at).trim()})`;
}

/** The limits that sockets fail by. */
const LIMITS: Partial<Record<ProtocolFailureCode, string>> = {
  MESSAGE_TOO_BIG: "messageBytes",
  QUEUE_FULL: "queuedMessages",
  RATE_LIMITED: "messagesPerSecond",
  SLOW_CONSUMER: "bufferedBytes or limits.bufferedTotal",
  SLOW_PRODUCER: "receiveRate or limits.bufferedTotal",
};

function printBroker(told: BrokerStateEvent): void {
  const times = told.state === "unreadable" ? occurrence(told.state) : 1;
  const [level, words, ...error] = (times > 0 && brokerLine(told, times)) || [];
  if (level) console[level](`onesocket: ${words}`, ...error);
}

const counts = new Map<string, number>();

/**
 * Counts what others can make happen as often as they like. Returns how often it has by now, or 0 where that is not worth a line:
 * only the first, the tenth, the hundredth and so on is.
 */
function occurrence(what: string): number {
  const times = (counts.get(what) ?? 0) + 1;
  counts.set(what, times);
  return /^10*$/.test(`${times}`) ? times : 0;
}

function print(definition: string, code: string, words: string, times: number): void {
  if (times === 0) return;
  const soFar = times === 1 ? "" : ` (so far ${times})`;
  console.warn(`onesocket: ${definition && `${definition}: `}${code}: ${words}${soFar}`);
}
