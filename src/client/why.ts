import type { FailureCode } from "../core/contract/failures.ts";
import { type ClientFailure, type ClientFailureCode, clientFailure, inFull } from "./failures.ts";

/**
 * By this a server of ours knows that it is asked why it would refuse a handshake. A page may ask for any type without asking first
 * (it is CORS-safelisted), and others overlook one that they do not know.
 */
const ACCEPT = "application/vnd.onesocket.why, application/json, */*;q=0.1";

const LONGEST_RETRY_AFTER_MS = 600_000;

/**
 * Why an attempt failed, asked of its URL by one plain HTTP request. What a page may not read stays unread, redirects are not followed, and
 * a page's credentials go to its own origin alone. `status`: the handshake's, where the runtime tells it, else NaN or undefined. Never rejects.
 */
export async function why(
  url: URL,
  status: number | undefined,
  patienceMs: number,
  forbidden: ReadonlySet<string | undefined>,
): Promise<ClientFailure> {
  const target = url.href.replace("ws", "http");
  // Not the location's: a page in a sandbox is of no origin.
  const page = globalThis.location && origin;
  try {
    return await verdict(
      await fetch(target, {
        headers: { accept: ACCEPT },
        redirect: "manual",
        signal: AbortSignal.timeout(patienceMs),
        // workerd, which knows no other, has no page.
        ...(page && { cache: "no-store" }),
      }),
      status,
    );
  } catch (error) {
    if (status) return clientFailure(codeOf(status), { status });
    // That a policy forbids it is told after the failure, to a worker of Firefox 153 (2026-11) some milliseconds later.
    await new Promise((resolve) => setTimeout(resolve, 99));
    // An answer that came too late, or that another origin or a policy keeps from this page, is one all the same. With a name and a password
    // in its URL nothing was asked. TimeoutError or, in WebKitGTK 2.50 (2026-11), AbortError; what fails by itself is a TypeError.
    const kept =
      /tE/.test((error as Error).name) ||
      url.username ||
      (page && (!target.startsWith(`${page}/`) || forbidden.has(page)));
    return clientFailure(kept ? "NOT_TOLD" : navigator.onLine === false ? "OFFLINE" : "HTTP_FAILS_TOO");
  }
}

/**
 * Certain is what the runtime tells of the handshake, and what a server of ours says. All else is no more than likely: a server answers
 * handshakes and plain requests to one URL by different code, so that an API's 401 or an app's page says nothing of the socket beside it.
 */
async function verdict(response: Response, told: number | undefined): Promise<ClientFailure> {
  const { status, headers } = response;
  const code = headers.get("onesocket-failure");
  const details = { status: told || status, retryAfterMs: retryAfterMs(headers.get("retry-after")) };
  const same = details.status === status;
  // What a server of ours says to a plain request whose handshake it would not refuse by itself.
  if (same && code && code !== "NOT_A_HANDSHAKE") return named(code, await response.json().catch(() => {}), details);
  // It may never end.
  response.body?.cancel().catch(() => {});
  const html = /^text\/html/i.test(headers.get("content-type")!);
  const found = codeOf(details.status, same && html);
  // 200, 400 and 426 are what a plain request to a socket that is well is often answered.
  const likely = code || (found === "STATUS_NOT_101" && status < 429) ? undefined : found;
  return told ? clientFailure(found, details) : clientFailure("NOT_TOLD", { ...details, likely });
}

const CODES: Readonly<Record<number, ClientFailureCode>> = { 401: "AUTH_REQUIRED", 403: "FORBIDDEN", 404: "NO_ROUTE" };

function codeOf(status: number, html?: boolean): ClientFailureCode {
  // A browser does not tell which redirect: 0.
  if (!status || (status >= 300 && status < 400)) return "REDIRECTED";
  return CODES[status] ?? (html && status === 200 ? "HTML_FALLBACK" : "STATUS_NOT_101");
}

/** In the server's own words, where it has any. */
function named(
  code: string,
  words: Partial<ClientFailure> | undefined,
  details: Partial<ClientFailure>,
): ClientFailure {
  const text = (name: "cause" | "fix"): string => `${words?.[name] ?? inFull(code)}`;
  return { ...details, code: code as FailureCode, cause: text("cause"), fix: text("fix") };
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterMs(value: string | null): number {
  return Math.min(Math.max(Number(value) * 1000 || Date.parse(value!) - Date.now() || 0, 0), LONGEST_RETRY_AFTER_MS);
}
