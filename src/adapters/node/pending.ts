import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/**
 * The response that writes to a connection now. A client that pipelines (RFC 9112 §9.3.2) may wait for several. Node (24, 2026-11)
 * has no other way to tell than this field.
 */
export function currentResponse(stream: Duplex): ServerResponse | undefined {
  return (stream as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/** Resolves when all that came whole before on this connection is answered; undefined when that is so now. */
export function answersOn(stream: Duplex): Promise<void> | undefined {
  return awaitedResponse(stream) && answered(stream);
}

async function answered(stream: Duplex): Promise<void> {
  for (let response = awaitedResponse(stream); response; response = awaitedResponse(stream)) {
    await new Promise((resolve) => response?.once("close", resolve));
  }
}

/** The response to wait for. One whose request is not whole may never come. */
function awaitedResponse(stream: Duplex): ServerResponse | undefined {
  const response = currentResponse(stream);
  return response && !response.closed && response.req.complete ? response : undefined;
}
