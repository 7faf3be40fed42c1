import type { Part } from "../document.ts";
import type { Finding, Seen, Step } from "../explanation.ts";
import { noteCredentials } from "../http/credentials.ts";
import { answeredBy, type Exchange, judgeExchange } from "../http/judge-exchange.ts";
import { pathOf, type RequestHead, urlOf } from "../http/request-head.ts";
import type { Kind, Question } from "../kind.ts";
import { symptomFinding } from "../line/message.ts";
import type { Secrets } from "../secrets.ts";
import { beginsHead, headsFrom, isCurlsOwn, type ShownHead } from "./heads.ts";

/** A head of HTTP, a request's, an answer's or several of both, as typed or as `curl -v` prints them. */
export const head: Kind = {
  recognise(document, at) {
    const { lines } = document;
    if (!document.isText || lines[at] === undefined) return undefined;
    const begins = firstHead(lines, at);
    return begins === undefined ? undefined : headsFrom(lines, begins).at(-1)?.to;
  },
  read: (part, { secrets }: Question) => [...remarks(part), ...exchanges(part).map((one) => finding(one, secrets))],
};

/** The line where the first head begins: this one, or one behind what curl tells of its connection. */
function firstHead(lines: readonly string[], at: number): number | undefined {
  let next = at;
  while (next < at + 200 && isCurlsOwn(lines[next] ?? "")) next++;
  return beginsHead(lines[next] ?? "") ? next : undefined;
}

/** What curl says of itself between the heads. */
function remarks({ document, from, to }: Part): readonly Finding[] {
  return document.lines.slice(from, to).flatMap((line, index) => {
    const found = /^\* /.test(line) ? symptomFinding(line) : undefined;
    return found ? [{ ...found, lines: [from + index, from + index + 1] as const }] : [];
  });
}

type ShownExchange = Exchange & { readonly from: number; readonly to: number };

/** Each request with the answer behind it; interim answers are passed over. */
function exchanges({ document, from, to }: Part): readonly ShownExchange[] {
  const begins = firstHead(document.lines, from) ?? from;
  const heads = headsFrom(document.lines.slice(0, to), begins).filter(
    ({ answer }) => !answer || !isInterim(answer.status),
  );
  const pairs: ShownExchange[] = [];
  for (const one of heads) {
    const last = pairs.at(-1);
    if (one.answer && last?.request && !last.answer) pairs[pairs.length - 1] = joined(last, one);
    else pairs.push(one);
  }
  return pairs;
}

function isInterim(status: number): boolean {
  return status < 200 && status !== 101;
}

function joined(request: ShownExchange, answer: ShownHead): ShownExchange {
  return { ...request, ...answer, request: request.request, from: request.from };
}

function finding(exchange: ShownExchange, secrets: Secrets): Finding {
  const { request, answer, from, to } = exchange;
  for (const one of [request, answer]) if (one) noteCredentials(secrets, one);
  const verdict = judgeExchange(exchange);
  const codes = [...verdict.requestCodes, ...verdict.answerCodes];
  return {
    kind: "head",
    input: request ? requestLine(request) : (answer?.statusLine ?? ""),
    by: answeredBy(answer, exchange.body),
    what: verdict.what,
    steps:
      request && answer
        ? [
            step("client", requestLine(request), verdict.requestCodes),
            step("server", answer.statusLine, verdict.sure ? verdict.answerCodes : verdict.answerCodes.slice(0, 1)),
          ]
        : [],
    sure: verdict.sure,
    codes,
    note: verdict.note,
    url: request && urlOf(request),
    lines: [from, to],
  };
}

function requestLine(request: RequestHead): string {
  return `${request.method} ${pathOf(request)}${request.version === undefined ? "" : ` HTTP/${request.version}`}`;
}

function step(by: Step["by"], what: string, codes: readonly Seen[]): Step {
  return { ms: null, by, what, codes: codes.map(({ code }) => code) };
}
