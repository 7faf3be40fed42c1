import type { Decision } from "../core/contract/definition.ts";
import type { Socket } from "../core/contract/socket.ts";

/** What a socket's state holds for such definitions: a Durable Object's socket opens elsewhere than its request arrives. */
export interface Carried {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** What `upgrade` or the route decided. */
  readonly state?: unknown;
}

/** Headers that are the same in all handshakes, or say nothing of one. The key stays: to some servers it is the client's name. */
const NOT_CARRIED = /^(connection|upgrade|content-length|sec-websocket-version)$/;

/** A decision whose state carries the request's headers too. */
export function carrying(request: Request, decision: Decision, state: unknown): Decision {
  const headers = [...request.headers].filter(([name]) => !NOT_CARRIED.test(name));
  const carried: Carried = state === undefined ? { headers } : { headers, state };
  return { ...decision, state: carried };
}

/** The request that a socket was opened by, as the web has it: method, URL and headers. */
export function requestOf(socket: Socket): Request {
  return new Request(socket.url, { headers: carriedBy(socket).headers as [string, string][] });
}

export function carriedBy({ state }: Socket): Carried {
  return state as unknown as Carried;
}
