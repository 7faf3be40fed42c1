import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** A handshake's connection, as a function on Vercel is given it. */
interface VercelUpgrade {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Uint8Array;
}

interface RequestContext {
  upgradeWebSocket?(): VercelUpgrade;
}

/**
 * Takes the connection of the request that this function answers; undefined where there is none, or elsewhere than on Vercel.
 * It is what `experimental_upgradeWebSocket` of @vercel/functions (3.9.9, 2026-11) calls.
 */
export function vercelUpgrade(): VercelUpgrade | undefined {
  const contexts = (globalThis as { [CONTEXTS]?: { get?(): RequestContext | undefined } })[CONTEXTS];
  return contexts?.get?.()?.upgradeWebSocket?.();
}

const CONTEXTS: unique symbol = Symbol.for("@vercel/request-context") as never;
