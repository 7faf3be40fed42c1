import type { FAILURES } from "./all-failures.ts";
import { HANDSHAKE_FAILURES } from "./failure-texts.ts";

/** The stable name of a cause: to switch on, search for and chart. */
export type FailureCode = keyof typeof FAILURES;

/** What is told of a code. */
export type FailureTexts = readonly [status: number, cause: string, fix: string];

const known: Partial<Record<FailureCode, FailureTexts>> = { ...HANDSHAKE_FAILURES };

/** Has the texts of more codes than the validator's: who can meet others calls it, before any is met. */
export function addFailures(texts: Partial<Record<FailureCode, FailureTexts>>): void {
  Object.assign(known, texts);
}

/** The texts of a code that an adapter in this process can meet. */
export function textsOf(code: FailureCode): FailureTexts {
  return known[code]!;
}

/** Why a handshake failed, or what is odd about one that did not. */
export interface Failure {
  readonly code: FailureCode;
  /** For the server's log only: it may hold values from the request, control characters escaped. */
  readonly detail?: string;
}

/** Makes a failure. Quote what comes from the request with `JSON.stringify`. */
export function failure(code: FailureCode, detail?: string): Failure {
  return detail === undefined ? { code } : { code, detail };
}

/** What a client is told about a failure, as plain text. */
export function failureText(code: FailureCode): string {
  const [, cause, fix] = textsOf(code);
  return `${code}: ${cause}\nFix: ${fix}\nMore: npx onesocket explain ${code}, or ${docsOf(code)} in the npm package onesocket\n`;
}

/** Where a code is told of in the package: no network is needed for it. */
function docsOf(code: FailureCode): string {
  return `docs/failures.md#${code.toLowerCase()}`;
}

/**
 * The HTTP answer to a failed handshake: the same for everyone, and nothing of the request in it. `form` "code" leaves
 * cause and fix out; `json` puts it as JSON. Over HTTP/2, and on workerd by itself, the `Upgrade` header of a 426 does
 * not reach the client.
 */
export function failureResponse({ code }: Failure, form: "text" | "code" = "text", json = false): Response {
  const [status, cause, fix] = textsOf(code);
  const told = form === "code" ? { code } : { code, cause, fix, docs: docsOf(code) };
  const text = form === "code" ? `${code}\n` : failureText(code);
  const headers = new Headers({
    "content-type": json ? "application/json" : "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "onesocket-failure": code,
  });
  // RFC 9110 §15.5.22, §15.5.6 and §15.6.4; RFC 6455 §4.4.
  if (status === 426) headers.set("upgrade", "websocket");
  if (code === "VERSION_UNSUPPORTED") headers.set("sec-websocket-version", "13");
  if (status === 405) headers.set("allow", "GET");
  if (status === 503) headers.set("retry-after", "5");
  return new Response(json ? `${JSON.stringify(told)}\n` : text, { status, headers });
}
