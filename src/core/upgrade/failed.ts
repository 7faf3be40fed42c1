import type { CountLimit } from "../contract/capacity.ts";
import type { SocketDefinition } from "../contract/definition.ts";
import { type Failure, failure, failureResponse, textsOf } from "../contract/failures.ts";
import { type HandshakeSeen, type Observer, tell, tellBoth } from "../contract/observer.ts";
import type { HeaderSource } from "../protocol/headers.ts";
import type { Answer } from "./outcome.ts";
import { hostFailure } from "./validate.ts";

/** The answer to a handshake that failed for a definition, in the form that it and the client ask for; observers are told. */
export function failed(
  reason: Failure,
  definition: SocketDefinition,
  observe: Observer,
  headers: HeaderSource,
  handshake?: HandshakeSeen,
): Answer {
  const [status] = textsOf(reason.code);
  tellBoth(definition, observe, { type: "refused", failure: reason, status, handshake });
  return { kind: "answer", response: failureResponse(reason, definition.failures, wantsJson(headers)) };
}

/** Only a client that names JSON gets it: `*\/*` is what browsers and curl send. */
function wantsJson(headers: HeaderSource): boolean {
  return /\bapplication\/json\b/i.test(headers.get("accept") ?? "");
}

/** The same where no definition is concerned, or none is known yet. */
export function failedEarly(reason: Failure, observe: Observer): Answer {
  const response = failureResponse(reason);
  tell(observe, { type: "refused", definition: "", failure: reason, status: response.status });
  return { kind: "answer", response };
}

/** The same for something that should not have failed: the client learns nothing of it. */
export function broken(error: unknown, observe: Observer): Answer {
  tell(observe, { type: "error", error, definition: "" });
  return { kind: "answer", response: failureResponse(failure("HANDLER_ERROR")) };
}

/**
 * The answer to a request of any kind whose Host is none, before an app has looked at it: Deno and workerd would show its
 * routes another path than the one that was asked for, and Bun a URL without a host.
 */
export function misaddressed(headers: HeaderSource, observe: Observer): Answer | undefined {
  const reason = hostFailure(headers);
  return reason && failedEarly(reason, observe);
}

/** Why there is no place for another socket. */
export function overloaded({ limits }: SocketDefinition, limit: CountLimit): Failure {
  return failure("OVERLOADED", `limits.${limit} (${limits[limit]}) is reached`);
}
