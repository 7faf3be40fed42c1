import type { SocketDefinition } from "../contract/definition.ts";
import { type Failure, failure, failureResponse } from "../contract/failures.ts";
import { type HandshakeSeen, type Observer, tellBoth } from "../contract/observer.ts";
import type { HeaderSource } from "../protocol/headers.ts";
import type { Answer } from "./outcome.ts";
import { hostFailure } from "./validate.ts";

/** What is asked of a definition here. */
type Concerned = Pick<SocketDefinition, "name" | "observe" | "failures">;

/** Where no definition is concerned, or none is known yet. */
const NONE: Concerned = { name: "" };

/** The answer to a handshake that failed, in the form that its definition and the client ask for; observers are told. */
export function failed(
  reason: Failure,
  observe: Observer,
  definition: Concerned = NONE,
  headers?: HeaderSource,
  handshake?: HandshakeSeen,
): Answer {
  // Only a client that names JSON gets it: `*/*` is what browsers and curl send.
  const wantsJson = /\bapplication\/json\b/i.test(headers?.get("accept") ?? "");
  const response = failureResponse(reason, definition.failures, wantsJson);
  tellBoth(definition, observe, { type: "refused", failure: reason, status: response.status, handshake });
  return { kind: "answer", response };
}

/** The user's code threw: observers are told, the client learns nothing of it. */
export function handlerError(error: unknown, observe: Observer, definition: Concerned = NONE): Failure {
  tellBoth(definition, observe, { type: "error", error });
  return failure("HANDLER_ERROR");
}

/** The answer where what threw is concerned with no definition. */
export function broken(error: unknown, observe: Observer): Answer {
  return { kind: "answer", response: failureResponse(handlerError(error, observe)) };
}

/**
 * The answer to a request of any kind whose Host is none, before an app has looked at it: Deno and workerd would show its
 * routes another path than the one that was asked for, and Bun a URL without a host.
 */
export function misaddressed(headers: HeaderSource, observe: Observer): Answer | undefined {
  const reason = hostFailure(headers);
  return reason && failed(reason, observe);
}
