import { Socket as NetSocket } from "node:net";
import { PlainRequest } from "./plain-request.ts";
import type { NodeRequest } from "./request.ts";

/** What Node 24 has beneath a TCP socket (2026-11), and does not document. */
interface Handle {
  /** Writes the peer's address into what it is given, and returns 0 when it has. */
  getpeername?(peer: { address: string }): number;
}

/** One object for all sockets, since Node takes as long to make one and add to it as to ask the system. */
const peer = { address: "", family: "", port: 0 };

/**
 * The address of the peer, or "". A socket keeps the `remoteAddress` that it was asked for as long as it is there, in 90 bytes. Nobody
 * has asked that of a plain request yet, so its address is asked for beneath the socket.
 */
export function peerAddress(request: NodeRequest): string {
  return (request instanceof PlainRequest && addressBeneath(request.socket)) || (request.socket?.remoteAddress ?? "");
}

/** Undefined where somebody else tells who it is, as a proxy's header does. */
function addressBeneath(socket: NetSocket): string | undefined {
  const { _handle } = socket as { readonly _handle?: Handle | null };
  if (!_handle?.getpeername || Object.hasOwn(socket, "remoteAddress")) return undefined;
  if (Object.getPrototypeOf(socket) !== NetSocket.prototype) return undefined;
  return _handle.getpeername(peer) === 0 ? peer.address : undefined;
}
