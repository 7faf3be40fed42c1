import type { Answer, Header } from "../../doctor/answer.ts";
import type { Finding, Seen, Step } from "../explanation.ts";
import { shownClose } from "../frames/seen-frame.ts";
import { noteCredentials } from "../http/credentials.ts";
import { answeredBy, judgeExchange } from "../http/judge-exchange.ts";
import { pathOf, type RequestHead } from "../http/request-head.ts";
import { type Json, listOf, numberOf, objectOf, textOf } from "../json.ts";
import { symptomFinding } from "../line/message.ts";
import type { Secrets } from "../secrets.ts";
import { messagesOf, type ShownMessage } from "./messages.ts";

/** More messages are not drawn. */
const DRAWN = 400;

/** What one connection of a HAR shows. */
export function entryFinding(entry: Json, browser: string, secrets: Secrets): Finding {
  const response = objectOf(entry.response);
  const request = requestOf(objectOf(entry.request));
  const answer = answerOf(response);
  const body = textOf(objectOf(response.content).text);
  for (const head of [request, answer]) if (head) noteCredentials(secrets, head);
  // A browser that got no connection has no headers.
  const hasHead = request.headers.length > 0;
  const verdict = judgeExchange({ request: hasHead ? request : undefined, answer, body });
  const failure = failureOf(entry, response);
  const messages = messagesOf(entry);
  const codes = [...(hasHead ? verdict.requestCodes : []), ...verdict.answerCodes, ...(failure?.codes ?? [])];
  return {
    kind: "har",
    input: textOf(objectOf(entry.request).url),
    by: [...answeredBy(answer, body), ...(browser ? [browser] : [])],
    what: [verdict.what, failure?.what, endOf(messages, answer)].filter(Boolean).join(" "),
    steps: [...heads(entry, request, answer, verdict.answerCodes), ...steps(messages)].slice(0, DRAWN),
    sure: failure === undefined ? verdict.sure : failure.codes.length < 2,
    codes,
    note:
      verdict.note ??
      failure?.note ??
      (answer?.status === 101 && !messages.some(({ close }) => close) ? OPEN_NOTE : undefined),
    url: textOf(objectOf(entry.request).url).replace(/^http/i, "ws"),
  };
}

const OPEN_NOTE =
  "A HAR does not tell how a connection ended: the close event of the page does, and Chromium's NetLog.";

function requestOf(request: Json): RequestHead {
  const url = URL.parse(textOf(request.url));
  const version = /\d(?:\.\d)?/.exec(textOf(request.httpVersion))?.[0];
  return {
    method: textOf(request.method) || "GET",
    target: url ? url.pathname + url.search : "/",
    version,
    headers: headersOf(request.headers),
  };
}

/** The answer; undefined where there was none, or the browser does not tell. */
function answerOf(response: Json): Answer | undefined {
  const status = numberOf(response.status) ?? 0;
  if (status < 100) return undefined;
  const version = /\d\.\d/.exec(textOf(response.httpVersion))?.[0] ?? "1.1";
  const statusLine = `HTTP/${version} ${status} ${textOf(response.statusText)}`.trim();
  const headers = headersOf(response.headers);
  // Some browsers leave all of them out.
  return headers.length === 0 && status === 101 ? undefined : { statusLine, version, status, headers, faults: [] };
}

function headersOf(list: unknown): readonly Header[] {
  return listOf(list)
    .map(objectOf)
    .map(({ name, value }) => ({ name: textOf(name), value: textOf(value) }))
    .filter(({ name }) => name !== "");
}

interface Failed {
  readonly what: string;
  readonly codes: readonly Seen[];
  readonly note: string | undefined;
}

/** What the browser says of a connection that failed: Playwright and Chromium's panel each have a place for it. */
function failureOf(entry: Json, response: Json): Failed | undefined {
  const text = textOf(response._failureText) || textOf(response._error) || textOf(entry._error);
  if (text === "") return undefined;
  const finding = symptomFinding(text);
  const seen = (code: Seen | string): Seen => (typeof code === "string" ? ({ code } as Seen) : code);
  return {
    what: `The browser says: ${text}.${finding ? ` ${finding.what}` : ""}`,
    codes: finding?.codes.map(seen) ?? [],
    note: finding?.note,
  };
}

function heads(entry: Json, request: RequestHead, answer: Answer | undefined, codes: readonly Seen[]): readonly Step[] {
  const wait = numberOf(objectOf(entry.timings).wait) ?? -1;
  return [
    { ms: 0, by: "client", what: `${request.method} ${pathOf(request)} HTTP/${request.version ?? "1.1"}`, codes: [] },
    ...(answer
      ? [
          {
            ms: wait >= 0 ? wait : null,
            by: "server" as const,
            what: answer.statusLine,
            codes: codes.map(({ code }) => code),
          },
        ]
      : []),
  ];
}

function steps(messages: readonly ShownMessage[]): readonly Step[] {
  return messages.map(({ ms, by, what }) => ({ ms, by, what, codes: [] }));
}

function endOf(messages: readonly ShownMessage[], answer: Answer | undefined): string {
  const [ours, theirs] = [messages.filter(({ by }) => by === "client"), messages.filter(({ by }) => by === "server")];
  const went =
    answer?.status === 101 || messages.length > 0
      ? `It has ${counted(ours.length)} of the page and ${counted(theirs.length)} of the server.`
      : "";
  const closed = messages.find(({ close }) => close);
  return closed ? `${went} The ${closed.by} closed it first, with ${shownClose(closed.close!)}.` : went;
}

function counted(count: number): string {
  return `${count} message${count === 1 ? "" : "s"}`;
}
