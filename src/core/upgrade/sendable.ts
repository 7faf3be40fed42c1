import type { Observer } from "../contract/observer.ts";
import { isResponse } from "../contract/shapes.ts";
import { checkSendable } from "../protocol/headers.ts";
import { broken } from "./failed.ts";

/**
 * The answer, or a 500 for one that cannot be sent, which is told: a header with a control character or a body that somebody reads
 * already ends Deno's process (2.9.5, 2026-11), and workerd cuts the connection for the latter. Never throws.
 */
export function sendable(response: Response, observe: Observer): Response {
  try {
    // What is no Response at all is the runtime's to refuse.
    if (isResponse(response)) {
      checkSendable(response.headers);
      if (response.bodyUsed || response.body?.locked)
        throw new TypeError("the body of the answer is being read already");
    }
    return response;
  } catch (error) {
    return broken(error, observe).response;
  }
}
