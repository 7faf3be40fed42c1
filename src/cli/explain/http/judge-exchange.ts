import type { DeflateParams } from "../../../core/protocol/deflate/deflate-params.ts";
import { type Answer, field } from "../../doctor/answer.ts";
import { isHttpText } from "../../doctor/bytes.ts";
import { type Finding as DoctorFinding, isServerCode } from "../../doctor/finding.ts";
import { hopOf } from "../../doctor/hop.ts";
import { judgeConfirmation, judgeSubprotocol } from "../../doctor/judge.ts";
import { judgeRefusal } from "../../doctor/refusal.ts";
import { snippetFor } from "../../doctor/snippets.ts";
import type { Seen } from "../explanation.ts";
import type { Code } from "../meaning.ts";
import { codesOfStatus, noteOfStatus } from "../statuses.ts";
import { agreement } from "./extensions.ts";
import { judgeRequest, oddityOf, type RequestVerdict } from "./judge-request.ts";
import { restored } from "./redacted.ts";
import { pathOf, type RequestHead } from "./request-head.ts";

/** A request and its final answer, as far as they are there. */
export interface Exchange {
  readonly request?: RequestHead | undefined;
  readonly answer?: Answer | undefined;
  /** How the answer's body begins. */
  readonly body: string;
}

/** What an exchange comes to. */
export interface ExchangeVerdict {
  /** In a sentence or two. */
  readonly what: string;
  readonly sure: boolean;
  readonly requestCodes: readonly Seen[];
  readonly answerCodes: readonly Seen[];
  readonly note: string | undefined;
  /** Whether it is about a WebSocket at all. */
  readonly isAttempt: boolean;
  /** Whether both sides switched, and nothing is wrong with that. */
  readonly opens: boolean;
  readonly deflate: DeflateParams | undefined;
}

/**
 * Judges a request by the server's rules, and what came back by the client's.
 * @param judged of the request, where it was done before
 */
export function judgeExchange(given: Exchange, judged?: RequestVerdict): ExchangeVerdict {
  const { body } = given;
  const { request, answer, isRedacted } = restored(given.request, given.answer);
  const asked = judged ?? (request && judgeRequest(request));
  const replied = answer ? judgeAnswer(answer, body, request, asked) : NO_ANSWER;
  const codes = answer ? forHop(replied.codes, answer, body, request) : [];
  const faults = [...(asked?.codes ?? []), ...codes].filter(({ level }) => level !== "warn");
  return {
    what: [request && asked && askedText(request, asked), answer && repliedText(answer, codes, request !== undefined)]
      .filter(Boolean)
      .join(" "),
    sure: replied.sure,
    requestCodes: asked?.codes ?? [],
    answerCodes: codes,
    note: isRedacted
      ? REDACTED
      : (replied.note ?? (request && asked?.handshake ? oddityOf(request, answer?.status === 101) : undefined)),
    isAttempt: asked?.isAttempt ?? (answer?.status === 101 || answer?.status === 426),
    opens: answer?.status === 101 && faults.length === 0,
    deflate: replied.deflate,
  };
}

const REDACTED = "What was taken out of it cannot be checked, and is taken for right.";

interface AnswerVerdict {
  readonly codes: readonly Seen[];
  readonly sure: boolean;
  readonly note: string | undefined;
  readonly deflate: DeflateParams | undefined;
}

const NO_ANSWER: AnswerVerdict = { codes: [], sure: true, note: undefined, deflate: undefined };

function judgeAnswer(
  answer: Answer,
  body: string,
  request: RequestHead | undefined,
  asked: RequestVerdict | undefined,
): AnswerVerdict {
  if (answer.status === 101) return judgeSwitching(answer, body, request, asked);
  if (answer.status < 200) return NO_ANSWER;
  const named = field(answer, "onesocket-failure") ?? "";
  // What is wrong with the request is why it was refused, unless the server says something else.
  if (asked && !asked.handshake && !isServerCode(named)) return NO_ANSWER;
  if (IN_PLAIN.test(body)) return { ...NO_ANSWER, codes: [{ code: "PLAIN_TO_TLS_PORT" }] };
  const found = judgeRefusal({ kind: "http", answer, body });
  if (found.named || (asked?.handshake && TELLING.has(found.code))) return { ...NO_ANSWER, codes: [seenOf(found)] };
  if (asked?.handshake)
    return { ...NO_ANSWER, codes: [seenOf(found), ...others(found.code, answer.status)], sure: false };
  return {
    ...NO_ANSWER,
    codes: codesOfStatus(answer.status).map((code) => ({ code })),
    sure: false,
    note: noteOfStatus(answer.status),
  };
}

/** What nginx, Go and Apache say of a request without TLS on a port that has it. */
const IN_PLAIN =
  /plain HTTP request was sent to HTTPS port|sent an HTTP request to an HTTPS server|speaking plain HTTP to an SSL-enabled/;

/** Refusals that say what they are for. */
const TELLING: ReadonlySet<Code> = new Set([
  "REDIRECTED",
  "AUTH_REQUIRED",
  "HTML_FALLBACK",
  "HTTP2_ONLY",
  "SUBPROTOCOL_NO_MATCH",
]);

/** What a status stands for, but for what a valid handshake has not. */
function others(found: Code, status: number): readonly Seen[] {
  const codes = codesOfStatus(status).filter(
    (code) => !/^(?:VERSION|METHOD|BODY|HEADERS|.*_MALFORMED|STATUS)/.test(code),
  );
  return codes.filter((code) => code !== found).map((code) => ({ code }));
}

function judgeSwitching(
  answer: Answer,
  body: string,
  request: RequestHead | undefined,
  asked: RequestVerdict | undefined,
): AnswerVerdict {
  const handshake = asked?.handshake;
  const findings = [
    ...judgeConfirmation(answer, handshake?.key ?? null),
    ...(handshake ? judgeSubprotocol(answer, handshake.protocols) : []),
  ].map(seenOf);
  const extensions = handshake
    ? agreement(handshake.extensions, field(answer, "sec-websocket-extensions"))
    : { deflate: undefined };
  const codes = [
    ...findings,
    ...("fault" in extensions ? [extensions.fault] : []),
    ...(body !== "" && isHttpText(Buffer.from(body)) ? [{ code: "HTTP_AFTER_101" as const }] : []),
  ];
  const deflate = "deflate" in extensions ? extensions.deflate : undefined;
  const note = request ? undefined : "Without the request, its Accept, subprotocol and extensions cannot be checked.";
  return { codes, sure: true, note, deflate };
}

function seenOf({ code, level, detail, fix }: DoctorFinding): Seen {
  return { code, level, detail, ...(fix !== undefined && { fix }) };
}

/** The codes with lines for what is recognised to have answered. */
function forHop(
  codes: readonly Seen[],
  answer: Answer,
  body: string,
  request: RequestHead | undefined,
): readonly Seen[] {
  if (codes.length === 0) return codes;
  const hop = hopOf(answer, body);
  return codes.map((seen) => {
    const snippet = snippetFor(hop, seen.code, request ? pathOf(request) : "/", answer.status);
    return snippet === undefined ? seen : { ...seen, snippet };
  });
}

/** What is recognised to have answered. */
export function answeredBy(answer: Answer | undefined, body: string): readonly string[] {
  const hop = answer && hopOf(answer, body);
  return hop ? [hop.name] : [];
}

function askedText(request: RequestHead, { handshake, isAttempt, codes }: RequestVerdict): string {
  const shown = `${request.method} ${pathOf(request)}`;
  if (handshake) return `The client sent a valid handshake, ${shown}${codes.length > 0 ? ", but over HTTP/1.0" : ""}.`;
  return isAttempt
    ? `The request ${shown} is no valid handshake.`
    : `${shown} is an ordinary request, not a handshake.`;
}

function repliedText(answer: Answer, codes: readonly Seen[], asked: boolean): string {
  const status = answer.statusLine.replace(/^HTTP\/\S+ ?/, "").trim();
  const faults = codes.filter(({ level }) => level !== "warn");
  if (answer.status !== 101) return `The server answered ${status}${asked ? "" : ", not 101"}.`;
  if (faults.length > 0) return "The server answered 101, which the client cannot accept.";
  return codes.length > 0
    ? "The server answered 101, with something odd in it."
    : "The server answered 101, and all is right with it.";
}
