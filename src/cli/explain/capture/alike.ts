import { hash } from "node:crypto";
import { GUID } from "../../../core/upgrade/accept-key.ts";
import type { Answer } from "../../doctor/answer.ts";
import { type Exchange, type ExchangeVerdict, judgeExchange } from "../http/judge-exchange.ts";
import { judgeRequest, type RequestVerdict } from "../http/judge-request.ts";
import { headerValue, type RequestHead } from "../http/request-head.ts";

/** A capture may have a hundred thousand handshakes that differ in their key alone: each kind of them is judged once. */
const REQUESTS = new WeakMap<RequestHead, RequestVerdict>();
const EXCHANGES = new WeakMap<RequestHead, WeakMap<Answer, ExchangeVerdict>>();

/** The first heads of the kind that those of an exchange are of. */
export interface Kind {
  readonly request: RequestHead | undefined;
  readonly answer: Answer | undefined;
}

/** The same as `judgeRequest`, of a request that differs from `like` in its key alone. */
export function judgeRequestAlike(request: RequestHead, like: RequestHead): RequestVerdict {
  const known = REQUESTS.get(like);
  if (known?.handshake)
    return { ...known, handshake: { ...known.handshake, key: headerValue(request, "sec-websocket-key") } };
  const verdict = known ?? judgeRequest(request);
  REQUESTS.set(like, verdict);
  return verdict;
}

/** The same as `judgeExchange`. */
export function judgeAlike(exchange: Exchange, judged: RequestVerdict | undefined, kind: Kind): ExchangeVerdict {
  const isAlike = kind.request && kind.answer && goesTogether(exchange, judged);
  const known = isAlike ? EXCHANGES.get(kind.request)?.get(kind.answer) : undefined;
  if (known) return known;
  const verdict = judgeExchange(exchange, judged);
  if (isAlike) keep(kind.request, kind.answer, verdict);
  return verdict;
}

function keep(request: RequestHead, answer: Answer, verdict: ExchangeVerdict): void {
  const answers = EXCHANGES.get(request) ?? new WeakMap<Answer, ExchangeVerdict>();
  EXCHANGES.set(request, answers.set(answer, verdict));
}

/** Whether a verdict on a 101 depends on nothing but the kind of its heads: a key and an Accept that go together. */
function goesTogether({ answer, body }: Exchange, judged: RequestVerdict | undefined): boolean {
  const key = judged?.handshake?.key;
  return (
    answer?.status === 101 &&
    body === "" &&
    !!key &&
    // Node's own SHA-1 takes a third of the time of acceptKey, and this is asked of every handshake.
    headerValue(answer, "sec-websocket-accept") === hash("sha1", key + GUID, "base64")
  );
}
