import { authorityOf, isHostOf, normalOrigin, type OriginRequest, type Origins } from "./origin.ts";

/** What is told of a page that may not connect, for the log. `result`: what a function in `origins` gave. */
export type OriginAdvice = (
  origin: string,
  host: string,
  origins: Origins | undefined,
  result: unknown,
  request: OriginRequest,
) => string;

/** Which pages may connect, and what the others are told by. */
export interface OriginRules {
  readonly origins?: Origins | undefined;
  readonly originAdvice?: OriginAdvice | undefined;
}

/** All that can be told where no definition is there, which brings what to change. */
const plainAdvice: OriginAdvice = (origin, host) =>
  `Origin ${JSON.stringify(origin)} is not allowed for Host ${JSON.stringify(host)}`;

/**
 * Why a page may not connect, for the log, or undefined when it may. By default the Origin's host must be Host's, the
 * URL's where there is no Host, or one that a proxy of ours tells; the scheme is ignored, and with it the ports 80 and 443,
 * since TLS often ends at a proxy. Throws what a function of the user's throws.
 */
export function originRejection(
  { origins, originAdvice = plainAdvice }: OriginRules,
  request: OriginRequest,
): string | undefined {
  const origin = request.headers.get("origin");
  if (origin === null || origins === "*") return undefined;
  const result =
    typeof origins === "function" ? origins(origin, request) : isListed(origin, hostOf(request), origins, request);
  // A promise is not `true`: an async function that slipped through the types refuses.
  return result === true ? undefined : originAdvice(origin, hostOf(request), origins, result, request);
}

function hostOf({ url, headers }: OriginRequest): string {
  return headers.get("host") ?? URL.parse(url)?.host ?? "";
}

function isListed(origin: string, host: string, list: readonly string[] | undefined, { peer }: OriginRequest): boolean {
  if (!list) {
    const own = authorityOf(origin);
    return isHostOf(host, own) || (peer?.hosts()?.some((one) => isHostOf(one, own)) ?? false);
  }
  const normal = normalOrigin(origin);
  return normal !== undefined && list.some((entry) => normalOrigin(entry) === normal);
}
