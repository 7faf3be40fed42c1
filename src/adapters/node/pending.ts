import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/**
 * The response that writes to a connection now. A client that pipelines (RFC 9112 §9.3.2) may wait for several. Node (24, 2026-11)
 * tells of them by this field alone.
 */
export function pendingOn(stream: Duplex): ServerResponse | undefined {
  return (stream as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/** Resolves when all that came whole before on this connection is answered; undefined when that is so now. */
export function answersOn(stream: Duplex): Promise<void> | undefined {
  return nextOn(stream) && answered(stream);
}

async function answered(stream: Duplex): Promise<void> {
  for (let response = nextOn(stream); response; response = nextOn(stream)) {
    await new Promise((resolve) => response?.once("close", resolve));
  }
}

/** The one to wait for: one whose request is not whole may never come. */
function nextOn(stream: Duplex): ServerResponse | undefined {
  const response = pendingOn(stream);
  return response && !response.closed && response.req.complete ? response : undefined;
}
