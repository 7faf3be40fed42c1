import type { SocketDefinition } from "../contract/definition.ts";
import { FAILURES, type Failure, failureResponse } from "../contract/failures.ts";
import { type HandshakeSeen, type Observer, tellBoth } from "../contract/observer.ts";
import type { HeaderSource } from "../protocol/headers.ts";

/** The answer to a failed handshake, in the form that definition and client ask for; observers are told. */
export function refusal(
  definition: SocketDefinition,
  host: Observer,
  failure: Failure,
  headers: HeaderSource,
  handshake?: HandshakeSeen,
): Response {
  const status = FAILURES[failure.code][0];
  tellBoth(definition, host, { type: "refused", failure, status, handshake });
  return failureResponse(failure, definition.failures, wantsJson(headers));
}

/** Only a client that names JSON gets it: `*\/*` is what browsers and curl send. */
function wantsJson(headers: HeaderSource): boolean {
  return /\bapplication\/json\b/i.test(headers.get("accept") ?? "");
}
