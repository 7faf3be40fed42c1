import type { Socket as NetSocket } from "node:net";

/** Whom a connection is from, as a socket tells it. */
type Told = Pick<NetSocket, "remoteAddress" | "remotePort">;

/** Has a socket tell from now on, as its peer, whom a proxy of ours speaks for: another, or the socket's own. */
export function introduce(socket: NetSocket, { remoteAddress, remotePort }: Told): void {
  const remoteFamily = remoteAddress?.includes(":") ? "IPv6" : "IPv4";
  for (const [name, value] of Object.entries({ remoteAddress, remotePort, remoteFamily })) {
    Object.defineProperty(socket, name, { value, configurable: true, enumerable: true });
  }
}

/** Whether a proxy's header came first: what comes behind it is from its client. */
export function isIntroduced(socket: NetSocket): boolean {
  return Object.hasOwn(socket, "remoteAddress");
}
