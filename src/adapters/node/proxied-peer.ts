import type { Socket as NetSocket } from "node:net";

/** The address of a peer, as a socket has it. */
export type PeerAddress = Pick<NetSocket, "remoteAddress" | "remotePort">;

/** Gives a socket, for its peer, the client that a proxy of ours speaks for, or its own peer where the proxy speaks for itself. */
export function setPeer(socket: NetSocket, { remoteAddress, remotePort }: PeerAddress): void {
  const remoteFamily = remoteAddress?.includes(":") ? "IPv6" : "IPv4";
  for (const [name, value] of Object.entries({ remoteAddress, remotePort, remoteFamily })) {
    Object.defineProperty(socket, name, { value, configurable: true, enumerable: true });
  }
}

/** Whether a proxy's header came first: what comes behind it is from its client. */
export function isPeerSet(socket: NetSocket): boolean {
  return Object.hasOwn(socket, "remoteAddress");
}
