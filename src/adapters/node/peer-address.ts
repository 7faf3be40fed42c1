import { Socket as NetSocket } from "node:net";
import type { NodeRequest } from "./request.ts";

/** What Node 24 has beneath a TCP socket (2026-11), and does not document. */
interface Handle {
  /** Returns 0 when it has told. */
  getpeername?(told: { address: string }): number;
}

/** One for all, with what Node writes into it: to make one, and add to it, takes as long as all that Node does itself. */
const told = { address: "", family: "", port: 0 };

/**
 * The address of who is at the other end, or "". A socket's own `remoteAddress` keeps what it was told for as long as the socket is
 * there, 90 bytes; that of a plain request, which nobody has asked for before, is asked for beneath it.
 */
export function peerAddress({ socket, fields }: NodeRequest): string {
  const beneath = fields && socket && asked(socket);
  return beneath || (socket?.remoteAddress ?? "");
}

/** Undefined where somebody else tells who it is, as a proxy's header does. */
function asked(socket: NetSocket): string | undefined {
  const { _handle } = socket as { readonly _handle?: Handle | null };
  if (!_handle?.getpeername || Object.hasOwn(socket, "remoteAddress")) return undefined;
  if (Object.getPrototypeOf(socket) !== NetSocket.prototype) return undefined;
  return _handle.getpeername(told) === 0 ? told.address : undefined;
}
