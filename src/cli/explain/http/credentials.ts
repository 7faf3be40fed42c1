import { tokenList } from "../../../core/protocol/headers.ts";
import type { Header } from "../../doctor/answer.ts";
import type { Secrets } from "../secrets.ts";
import { headerValue } from "./request-head.ts";

/** Headers whose values are secret, by their names. */
const SECRET =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|.*(?:token|secret|api-?key|access-?key|session|credential|csrf|xsrf|password).*)$/i;

/** Takes note of all that a head carries and must not be shown. */
export function noteCredentials(secrets: Secrets, head: { readonly headers: readonly Header[] }): void {
  for (const { name, value } of head.headers) if (SECRET.test(name)) secrets.add(value);
  for (const token of tokensOffered(head)) secrets.add(token);
}

/** The subprotocols that look like credentials: browsers have no better place for a token. */
function tokensOffered(head: { readonly headers: readonly Header[] }): readonly string[] {
  const offered = tokenList(headerValue(head, "sec-websocket-protocol"));
  return offered.filter((name, at) => {
    const named = /^(?:bearer|access[-_]?token|auth(?:orization)?|token|jwt|api[-_]?key)$/i.test(offered[at - 1] ?? "");
    const isOpaque = /^(?=.*\d)(?=.*[a-z])[\w.~+-]{24,}$/i.test(name) && !/^v?\d/.test(name);
    return named || isOpaque || /\bbearer\./i.test(name);
  });
}
