import { acceptKey } from "../../core/upgrade/accept-key.ts";
import { field, type HttpReply } from "./answer.ts";
import { isHttp2, isTls, looksLike } from "./bytes.ts";
import { type Code, type Finding, fail } from "./finding.ts";
import { judgeSwitch } from "./judge.ts";
import { judgeRefusal } from "./refusal.ts";
import type { Request } from "./request.ts";
import type { Shake } from "./shake.ts";

/** What a reply says about the server, before any experiment. */
export function judgeReply({ reply, request }: Shake, timeoutMs: number): readonly Finding[] {
  if (reply.kind === "http") {
    if (reply.answer.status === 101) return judgeSwitch(reply.answer, request);
    const refusal = judgeRefusal(reply);
    return [refusal.code === "STATUS_NOT_101" && isSwitch(reply, request) ? OVERLAID(reply) : onTheWay(refusal)];
  }
  const { bytes } = reply;
  if (reply.kind === "alien") return [alien(bytes)];
  const part = bytes.length > 0 ? `, after ${bytes.length} bytes of a head that does not end` : "";
  if (reply.kind === "silent") return [fail("RESPONSE_TIMEOUT", `no answer within ${timeoutMs} ms${part}`)];
  const { how, code = "" } = reply.end;
  // In TLS 1.3 a server complains of the client's certificate only after the handshake.
  if (/_ALERT_/.test(code)) return [fail("TLS_FAILED", code)];
  return [fail("CLOSED_BEFORE_RESPONSE", `${how === "fin" ? "FIN" : "a reset"}${part}`)];
}

/** Who answers our key has switched, whatever the status says. */
function isSwitch({ answer }: HttpReply, { key }: Request): boolean {
  return field(answer, "sec-websocket-accept") === acceptKey(key);
}

/** Seen with nginx 1.22: `error_page 418 @sockets`, and `return 418` where the location is chosen. */
const OVERLAID = ({ answer: { status } }: HttpReply): Finding => ({
  ...fail(
    "STATUS_NOT_101",
    `${status}, with the Sec-WebSocket-Accept of our key: it is a 101 in all but its status, which something before the server put in its place, or the server did not set`,
  ),
  fix: "Answer 101 Switching Protocols, and let the proxy pass that on (nginx: error_page with = before the location's name).",
});

/** What the doctor's handshake has, and a server of ours says that it did not get. */
const SENT: ReadonlySet<Code> = new Set([
  "NOT_A_HANDSHAKE",
  "UPGRADE_STRIPPED",
  "UPGRADE_NOT_WEBSOCKET",
  "UPGRADE_NOT_FORWARDED",
  "CONNECTION_NO_UPGRADE",
  "HTTP_1_0",
  "HTTP_VERSION_UNSUPPORTED",
  "METHOD_NOT_GET",
  "HOST_MISSING",
  "HOST_INVALID",
  "VERSION_UNSUPPORTED",
  "KEY_MISSING",
  "KEY_DUPLICATE",
  "KEY_INVALID",
  "BODY_PRESENT",
]);

/** Of these the code's own fix is about whoever forwards, not about the client. */
const FORWARDING: ReadonlySet<Code> = new Set([
  "UPGRADE_STRIPPED",
  "UPGRADE_NOT_FORWARDED",
  "CONNECTION_NO_UPGRADE",
  "HTTP_1_0",
]);

/** A client that sent it all need not be mended: something on the way dropped or changed it. */
function onTheWay(finding: Finding): Finding {
  const { code, detail, named } = finding;
  // A server of another kind may want another version than 13.
  if (!SENT.has(code) || (code === "VERSION_UNSUPPORTED" && !named)) return finding;
  const changed = `${detail}; the request had what it misses, so it was dropped or changed on the way`;
  return { ...finding, detail: changed, ...(!FORWARDING.has(code) && { fix: WHOLE }) };
}

const WHOLE =
  "Pass the whole request on, as it came: a Worker with fetch(request), not fetch(request.url); a proxy with method and headers.";

function alien(bytes: Uint8Array): Finding {
  if (isTls(bytes)) return fail("PLAIN_TO_TLS_PORT", "the first bytes are TLS");
  if (isHttp2(bytes)) return fail("HTTP2_ONLY", "the first bytes are an HTTP/2 frame");
  return fail("NOT_HTTP", `it looks like ${looksLike(bytes)}`);
}
