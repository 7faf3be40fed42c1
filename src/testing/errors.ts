import { FAILURES } from "../core/contract/all-failures.ts";
import type { FailureCode } from "../core/contract/failures.ts";
import type { SocketEvent } from "../core/contract/observer.ts";

/** What `connect` rejects with where the handshake was answered, and no socket opened. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
  /** Of a failure of ours, such as `ORIGIN_REJECTED`; undefined where the program answered by itself. */
  readonly code: FailureCode | undefined;
  /** The HTTP status. */
  readonly status: number;
  /** What was wrong, in words; undefined where the program answered by itself. */
  override readonly cause: string | undefined;
  /** What to change. */
  readonly fix: string | undefined;
  /** The answer, whose body has not been read. */
  readonly response: Response;

  /** `detail`: what observers are told beside. */
  constructor(response: Response, detail = "") {
    const code = (response.headers.get("onesocket-failure") ?? undefined) as FailureCode | undefined;
    const [, cause, fix] = code ? FAILURES[code] : [];
    super(
      code ? `${code} (${response.status}): ${[detail, cause, fix].filter(Boolean).join(" ")}` : answered(response),
    );
    this.code = code;
    this.status = response.status;
    this.cause = cause;
    this.fix = fix;
    this.response = response;
  }
}

function answered({ status }: Response): string {
  return `the handshake was answered ${status} by the program, and no socket opened`;
}

/** What a refusal's events tell, for who wrote the test. */
export function detailOf(events: readonly SocketEvent[]): string {
  return events
    .map((event) => {
      if (event.type === "error") return `${event.error}.`;
      return event.type === "refused" && event.failure?.detail ? `${event.failure.detail}.` : "";
    })
    .filter(Boolean)
    .join(" ");
}

/**
 * Why a test waits in vain. `CLOSED`: the socket is closed, and all that it had been sent was taken. `NOTHING_CAME`: for `patienceMs` of real time
 * nothing has come. `STILL_RUNNING`: a hook, a handshake or background work has not ended in that time. `ENDED`: the kit is closed.
 */
export type TestErrorCode = "CLOSED" | "NOTHING_CAME" | "STILL_RUNNING" | "ENDED";

/** What a client's and a kit's methods reject with. */
export class TestError extends Error {
  override readonly name = "TestError";
  readonly code: TestErrorCode;

  /** `cause`: what a hook threw before, if one did. */
  constructor(code: TestErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** What a hook threw last: a socket's, or any. */
export function errorIn(events: readonly SocketEvent[], socket?: string): unknown {
  const errors = events.filter((event) => event.type === "error");
  return errors.findLast((event) => socket === undefined || event.socket === socket)?.error;
}

/** Why nobody waits any longer. `running`: what has not ended; `nextMs`: until the next timer. */
export function nothingCame(
  patienceMs: number,
  running: readonly string[],
  nextMs: number | undefined,
  cause: unknown,
): TestError {
  const timer = nextMs === undefined ? "" : `, and the next timer is due in ${nextMs} ms: await t.advance(${nextMs})`;
  const told = `nothing has come for ${patienceMs} ms of real time; ${running.join(", ") || "nothing runs"}${timer}`;
  return new TestError("NOTHING_CAME", told, cause);
}
