import { type Failure, failureResponse } from "../contract/failures.ts";
import type { OriginRequest } from "../contract/origin.ts";
import type { OriginRules } from "../contract/origin-check.ts";
import type { HeaderSource } from "../protocol/headers.ts";
import { originFailure } from "./validate.ts";

/** What `onesocket/client` accepts when it asks by plain HTTP why its handshake failed, for a browser does not tell. */
const WHY = "application/vnd.onesocket.why";

/** Whether a request that failed asks, and is no handshake itself, why a handshake to the same URL was refused. */
export function asksWhy({ code }: Failure, headers: HeaderSource): boolean {
  return code === "NOT_A_HANDSHAKE" && (headers.get("accept")?.includes(WHY) ?? false);
}

/** Why this page may not connect, or undefined when it may, as far as origins go. */
export function pageFailure(rules: OriginRules, { url, headers, peer }: OriginRequest): Failure | undefined {
  const asked = new Headers([...headers]);
  // Of a page's plain requests only those to other origins have an Origin.
  const page = headers.get("origin") ?? URL.parse(headers.get("referer") ?? "")?.origin;
  if (page !== undefined) asked.set("origin", page);
  return originFailure(rules, { url, headers: asked, peer });
}

/**
 * The answer to a page that asks why. Any page may read it: there is nothing in it but a code and texts that are the same for everyone,
 * and no credentials were asked for.
 */
export function whyResponse(reason: Failure, form: "text" | "code" | undefined): Response {
  const response = failureResponse(reason, form, true);
  response.headers.set("access-control-allow-origin", "*");
  response.headers.set("access-control-expose-headers", "onesocket-failure, retry-after");
  return response;
}
