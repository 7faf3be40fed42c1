import type { FailureCode } from "../core/contract/failures.ts";

/** What an answer other than 101 is called, as by `onesocket doctor`. */
export type AnswerCode = "AUTH_REQUIRED" | "FORBIDDEN" | "NO_ROUTE" | "HTML_FALLBACK" | "REDIRECTED" | "STATUS_NOT_101";

/** What else a client finds out by itself. */
type OwnCode =
  | "NOT_TOLD"
  | "HTTP_FAILS_TOO"
  | "OFFLINE"
  | "BLOCKED_BY_CSP"
  | "BAD_URL"
  | "OPTION_FAILED"
  | "PING_TIMEOUT"
  | "ENDED_WITHOUT_CLOSE"
  | "CLOSED_BY_SERVER";

/** What a client finds out by itself; a server of ours names its own refusals. */
export type ClientFailureCode = AnswerCode | OwnCode;

/**
 * The cause and, where `onesocket explain` has not more to say, the fix. They are in every page that uses the client, so they are short; and
 * an answer's cause is its status.
 */
const TEXTS: Readonly<Record<OwnCode, readonly [cause: string, fix?: string]>> & {
  readonly [Code in AnswerCode]?: never;
} = {
  NOT_TOLD: ["Why is not told."],
  HTTP_FAILS_TOO: ["Plain HTTP fails too.", "Check host, port, TLS."],
  OFFLINE: ["No network."],
  BLOCKED_BY_CSP: ["The CSP forbids it."],
  BAD_URL: ["Bad url, token or protocols."],
  OPTION_FAILED: ["url, token or protocols failed."],
  PING_TIMEOUT: ["No Pong came."],
  ENDED_WITHOUT_CLOSE: ["No Close came."],
  CLOSED_BY_SERVER: ["The server closed it."],
};

/** Why there is no connection, or was none. It holds neither the URL nor the token. */
export interface ClientFailure {
  /** A stable name: what the server said of itself, or what the client found. `NOT_TOLD` where nobody knows. */
  readonly code: ClientFailureCode | FailureCode;
  readonly cause: string;
  readonly fix: string;
  /** With `NOT_TOLD`: what the answer to a plain HTTP request suggests. The handshake may have failed for another reason. */
  readonly likely?: ClientFailureCode | undefined;
  /** The HTTP status: of the handshake where the runtime tells it, else of a plain request. */
  readonly status?: number | undefined;
  /** With `CLOSED_BY_SERVER`, and its reason. */
  readonly closeCode?: number | undefined;
  readonly reason?: string | undefined;
  /** Milliseconds for which the server asked to be left in peace (`Retry-After`), at most ten minutes. */
  readonly retryAfterMs?: number | undefined;
  /** With `OPTION_FAILED`: what was thrown. */
  readonly error?: unknown;
}

/** What is known beside the code. */
export type FailureDetails = Omit<ClientFailure, "code" | "cause" | "fix">;

export function clientFailure(code: ClientFailureCode, details?: FailureDetails): ClientFailure {
  const [cause, fix = inFull(code)] = TEXTS[code] ?? [`The server answered ${details?.status}.`];
  return { code, cause, fix, ...details };
}

/** Where there is more about a code. */
export function inFull(code: string): string {
  return `npx onesocket explain ${code}`;
}
