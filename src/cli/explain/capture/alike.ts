import { acceptKey } from "../../../core/upgrade/accept-key.ts";
import type { Header } from "../../doctor/answer.ts";
import { type Exchange, type ExchangeVerdict, judgeExchange } from "../http/judge-exchange.ts";
import type { RequestVerdict } from "../http/judge-request.ts";
import { headerValue } from "../http/request-head.ts";

/** A capture may have a hundred thousand handshakes that differ in their key alone: each kind of them is judged once. */
const JUDGED = new Map<string, ExchangeVerdict>();
const MOST_KINDS = 500;

/** The same as `judgeExchange`. */
export function judgeAlike(exchange: Exchange, judged: RequestVerdict | undefined): ExchangeVerdict {
  const kind = kindOf(exchange, judged);
  const known = kind === undefined ? undefined : JUDGED.get(kind);
  if (known) return known;
  const verdict = judgeExchange(exchange, judged);
  if (kind !== undefined && JUDGED.size < MOST_KINDS) JUDGED.set(kind, verdict);
  return verdict;
}

/** All that a verdict on a 101 depends on, but for a key and an Accept that go together; undefined where they don't. */
function kindOf({ request, answer, body }: Exchange, judged: RequestVerdict | undefined): string | undefined {
  const key = judged?.handshake?.key;
  if (!request || answer?.status !== 101 || body !== "" || !key) return undefined;
  if (headerValue(answer, "sec-websocket-accept") !== acceptKey(key)) return undefined;
  const asked = `${request.method} ${request.target} ${request.version}\n${fieldsOf(request.headers, "sec-websocket-key")}`;
  return `${asked}\n${answer.statusLine}\n${answer.faults.join()}\n${fieldsOf(answer.headers, "sec-websocket-accept")}`;
}

function fieldsOf(headers: readonly Header[], but: string): string {
  let fields = "";
  for (const { name, value } of headers)
    if (name.length !== but.length || name.toLowerCase() !== but) fields += `${name}:${value}\n`;
  return fields;
}
