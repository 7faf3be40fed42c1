import type { SessionHost } from "../../core/session/host.ts";
import type { Attempt } from "../../core/upgrade/attempt.ts";
import { type Proxies, peerOf, remoteAddress } from "../../core/upgrade/remote-address.ts";
import { HTTP1 } from "../../core/upgrade/validate.ts";

/** A web `Request` as the core sees it. `address`: its peer's, or "" where that is not known. */
export function fetchAttempt(
  host: SessionHost,
  request: Request,
  address: string,
  proxies: Proxies | undefined,
): Attempt {
  const { method, url, headers } = request;
  return {
    host,
    method,
    url,
    headers,
    profile: HTTP1,
    remoteAddress: remoteAddress(address, headers, proxies),
    get peer() {
      return peerOf(address, headers, proxies);
    },
    // Only when asked for: Deno 2.9.5 (2026-11) aborts a signal that was looked at on success too, with a warning.
    get gone() {
      return request.signal;
    },
    request: () => request,
  };
}
