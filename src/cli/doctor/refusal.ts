import { tokenList } from "../../core/protocol/headers.ts";
import { type Answer, field, type HttpReply, isOfGateway } from "./answer.ts";
import { type Finding, fail, isServerCode } from "./finding.ts";
import { isSocketIo, SOCKET_IO, spokenBy, vaguely } from "./other-servers.ts";

/** Why a handshake was answered with something else than 101, as far as the answer itself tells. */
export function judgeRefusal({ answer, body }: HttpReply): Finding {
  return named(answer) ?? redirected(answer) ?? told(answer, body) ?? byStatus(answer, body);
}

/** A server of ours says what it is; a proxy passes the header on. */
function named(answer: Answer): Finding | undefined {
  const code = field(answer, "onesocket-failure") ?? "";
  if (!isServerCode(code)) return undefined;
  return { ...fail(code, `the server names it (onesocket-failure), with status ${answer.status}`), named: true };
}

function redirected(answer: Answer): Finding | undefined {
  const location = field(answer, "location");
  if (answer.status < 300 || answer.status > 399 || location === null) return undefined;
  return fail("REDIRECTED", `${answer.status} to ${location}`);
}

/** Headers and words by which servers say what they miss in a request that had it all. */
function told(answer: Answer, body: string): Finding | undefined {
  const { status } = answer;
  const seen = [status, excerpt(body)].filter(Boolean).join(": ");
  const versions = field(answer, "sec-websocket-version");
  if (status >= 400 && versions !== null && !tokenList(versions).includes("13")) {
    return fail("VERSION_UNSUPPORTED", `${status}, and the server lists ${JSON.stringify(versions)}`);
  }
  const spoken = spokenBy(answer, body);
  if (spoken) return { ...fail(spoken.code, `${seen}, ${spoken.whose}`), named: true };
  if (status === 403 && /\borigin\b/i.test(body)) return fail("ORIGIN_REJECTED", seen);
  return status === 400 || status === 426 ? missed(answer, body, seen) : undefined;
}

function missed(answer: Answer, body: string, seen: string): Finding | undefined {
  const upgrade = tokenList(field(answer, "upgrade"), true);
  // Apache lists h2 in any answer of its HTTP/1.1.
  if (answer.status === 426 && upgrade.length > 0 && upgrade.every((name) => /^(h2c?|http\/2(\.0)?)$/.test(name)))
    return fail("HTTP2_ONLY", `${seen}, Upgrade: ${upgrade}`);
  const demanded = field(answer, "sec-websocket-protocol");
  if (demanded !== null)
    return fail("SUBPROTOCOL_NO_MATCH", `${seen}, and the server names ${JSON.stringify(demanded)}`);
  if (/sub-?protocol|sec-websocket-protocol/i.test(body)) return fail("SUBPROTOCOL_NO_MATCH", seen);
  if (/connection.{0,20}header|header.{0,20}connection/i.test(body)) return fail("CONNECTION_NO_UPGRADE", seen);
  const wantsUpgrade = /upgrade.{0,20}header|(missing|invalid|expected|no|without)\b.{0,20}upgrade/i.test(body);
  // The request had Upgrade: who asks for it did not get it.
  if (wantsUpgrade || (answer.status === 426 && (upgrade.length === 0 || upgrade.includes("websocket")))) {
    return fail("UPGRADE_STRIPPED", `${seen}, though the request had Upgrade: websocket`);
  }
  return undefined;
}

function byStatus(answer: Answer, body: string): Finding {
  const { status, statusLine } = answer;
  const seen = `${statusLine.replace(/^\S+ /, "")}${statusNote(answer, body)}`;
  const vague = vaguely(answer, body);
  if (vague) return { ...fail(vague.code, `${seen}; ${vague.note}`), fix: vague.fix };
  if (status === 401) return fail("AUTH_REQUIRED", seen);
  if (status === 403) return fail("FORBIDDEN", seen);
  if (status === 404) return fail("NO_ROUTE", seen);
  if (status >= 200 && status < 300 && isHtml(answer, body)) return fail("HTML_FALLBACK", seen);
  if (isOfGateway(status)) return { ...fail("STATUS_NOT_101", seen), fix: DOWN };
  return fail("STATUS_NOT_101", seen);
}

const DOWN =
  "Look whether the server behind the gateway runs and is well, and at the gateway's log: it got no good answer there.";

const NOTES: Readonly<Record<number, string>> = {
  407: "a proxy wants credentials",
  421: "the server is not configured for this host name",
  429: "too many connections from here: the server, or something before it, limits the rate",
  502: "a gateway got no valid answer from its server: see the gateway's log, and whether the server runs",
  503: "the server, or the one behind a gateway, is down or overloaded",
  504: "a gateway got no answer in time from its server",
  505: "the server does not take HTTP/1.1",
};

function statusNote({ status }: Answer, body: string): string {
  if (isSocketIo(body)) return `: ${SOCKET_IO}`;
  if (/^Unsupported upgrade request\./.test(body))
    return ": uvicorn says so where no library for WebSockets is installed (pip install 'uvicorn[standard]'), or where only Connection got there";
  const note = NOTES[status];
  if (note !== undefined) return `: ${note}`;
  if (status >= 200 && status < 300)
    return body === "" ? ": an empty answer, as from a server that does not know this host or path" : "";
  const seen = excerpt(body);
  return seen && `: ${seen}`;
}

function isHtml(answer: Answer, body: string): boolean {
  const type = field(answer, "content-type") ?? "";
  return (
    /^\s*(text\/html|application\/xhtml\+xml)/i.test(type) ||
    /^\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)\b/is.test(body)
  );
}

/** How a body begins, in one line and without tags. */
export function excerpt(body: string): string {
  const text = body
    .replace(/<(script|style)\b.*?(<\/\1>|$)/gis, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/[^\S]+/g, " ")
    .trim();
  return text === "" ? "" : JSON.stringify(text.slice(0, 120));
}
