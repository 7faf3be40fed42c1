import { field } from "../../doctor/answer.ts";
import { hopOf } from "../../doctor/hop.ts";
import { snippetFor } from "../../doctor/snippets.ts";
import type { Finding, Seen } from "../explanation.ts";
import { judgeRequest } from "../http/judge-request.ts";
import { headerValue, pathOf, type RequestHead, urlOf } from "../http/request-head.ts";
import type { Flow } from "./flow.ts";
import { silenceOf } from "./judge-open.ts";

/** Headers that a proxy may change, by what they look like when they are right. */
const WATCHED = ["upgrade", "connection", "host", "origin", "sec-websocket-protocol", "sec-websocket-extensions"];

/** What a proxy made of a handshake, where the capture has both of its sides: the same key goes on from one connection to the other. */
export function hopFindings(flows: readonly Flow[]): readonly Finding[] {
  const fronts = new Map<string, Flow>();
  const findings: Finding[] = [];
  for (const flow of flows) {
    const request = flow.talk.request;
    const key = request && headerValue(request, "sec-websocket-key");
    if (!request || !key) continue;
    const front = fronts.get(key);
    if (front && front.server.index !== flow.server.index) findings.push(hopFinding(front, flow));
    else fronts.set(key, flow);
  }
  return findings;
}

function hopFinding(front: Flow, back: Flow): Finding {
  const [before, after] = [front.talk.request!, back.talk.request!];
  const { answer } = front.talk;
  const hop = answer && hopOf(answer, "");
  const cut = cutByProxy(front, back);
  const codes = [...lost(before, after), ...(cut ? [cut] : [])].map((seen): Seen => {
    const snippet = snippetFor(hop, seen.code, pathOf(before));
    return snippet === undefined ? seen : { ...seen, snippet };
  });
  return {
    kind: "capture",
    input: `${front.server.shown} → ${back.server.shown}`,
    by: hop ? [hop.name] : [],
    what: `The proxy at ${front.server.shown} passed the handshake on to ${back.server.shown}${answered(front, back)}: ${changesOf(before, after)}.`,
    sure: true,
    codes,
    url: urlOf(before),
  };
}

/** What came back, where the proxy did not pass it on. */
function answered(front: Flow, back: Flow): string {
  const [given, got] = [front.talk.answer, back.talk.answer];
  if (!given) return "";
  const code = got && field(got, "onesocket-failure");
  const own = got && got.status !== given.status ? `, which answered ${got.status}${code ? ` (${code})` : ""}` : "";
  return `${own}, and answered the client ${given.status}`;
}

/** Whether the proxy ended both connections by itself after a silence, rather than carry an end of one side to the other. */
function cutByProxy(front: Flow, back: Flow): Seen | undefined {
  const [ours, theirs] = [front.talk.ends[0], back.talk.ends[0]];
  const [silence, other] = [silenceOf(front), silenceOf(back)];
  const byItself = ours?.by === "server" && theirs?.by === "client" && Math.abs(ours.at - theirs.at) < 1000;
  if (!byItself || silence === undefined || other === undefined) return undefined;
  const seconds = (Math.min(silence, other) / 1000).toFixed(1);
  return { code: "IDLE_CUT", detail: `the proxy itself ended both connections after ${seconds} s of silence` };
}

function changesOf(before: RequestHead, after: RequestHead): string {
  const version = before.version === after.version ? [] : [`HTTP/${before.version} became HTTP/${after.version}`];
  const path = pathOf(before) === pathOf(after) ? [] : [`the path ${pathOf(before)} became ${pathOf(after)}`];
  const headers = WATCHED.flatMap((name) => changeOf(name, headerValue(before, name), headerValue(after, name)));
  const all = [...version, ...path, ...headers];
  return all.length > 0 ? all.join("; ") : "nothing of it was changed";
}

function changeOf(name: string, before: string | null, after: string | null): readonly string[] {
  if (before?.toLowerCase() === after?.toLowerCase()) return [];
  const label = name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
  if (after === null) return [`${label} was dropped`];
  return [before === null ? `${label}: ${after} was added` : `${label}: ${before} became ${after}`];
}

/** What the server can object to, and had come to the proxy right. */
function lost(before: RequestHead, after: RequestHead): readonly Seen[] {
  const had = new Set(judgeRequest(before).codes.map(({ code }) => code));
  const codes = judgeRequest(after).codes.filter(({ code }) => !had.has(code));
  const origin = headerValue(after, "origin");
  const host = headerValue(after, "host");
  const wasSame = isSame(headerValue(before, "origin"), headerValue(before, "host"));
  const foreign: Seen[] =
    origin !== null && wasSame && !isSame(origin, host)
      ? [
          {
            code: "ORIGIN_REJECTED",
            level: "warn",
            detail: `Host became ${JSON.stringify(host)}: to a server that compares it with the Origin the page looks like another site's`,
          },
        ]
      : [];
  return [...codes, ...foreign];
}

function isSame(origin: string | null, host: string | null): boolean {
  const url = origin === null ? null : URL.parse(origin);
  return url !== null && host !== null && url.host === URL.parse(`${url.protocol}//${host}`)?.host;
}
