import { isHttp2, isTls, looksLike } from "./bytes.ts";
import { type Finding, fail } from "./finding.ts";
import { judgeSwitch } from "./judge.ts";
import { judgeRefusal } from "./refusal.ts";
import type { Shake } from "./shake.ts";

/** What a reply says about the server, before any experiment. */
export function judgeReply({ reply, request }: Shake, timeoutMs: number): readonly Finding[] {
  if (reply.kind === "http") {
    return reply.answer.status === 101 ? judgeSwitch(reply.answer, request) : [judgeRefusal(reply)];
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

function alien(bytes: Uint8Array): Finding {
  if (isTls(bytes)) return fail("PLAIN_TO_TLS_PORT", "the first bytes are TLS");
  if (isHttp2(bytes)) return fail("HTTP2_ONLY", "the first bytes are an HTTP/2 frame");
  return fail("NOT_HTTP", `it looks like ${looksLike(bytes)}`);
}
