import type { Socket as NetSocket } from "node:net";
import type { Source } from "../../core/upgrade/proxy-protocol.ts";

const introduced = new WeakSet<NetSocket>();

/** Remembers that a proxy of ours has told whom a connection is from, and tells it as the peer's address from now on. */
export function introduce(socket: NetSocket, source: Source | undefined): void {
  introduced.add(socket);
  if (!source) return;
  const family = source.address.includes(":") ? "IPv6" : "IPv4";
  const told = { remoteAddress: source.address, remotePort: source.port, remoteFamily: family };
  for (const [name, value] of Object.entries(told)) {
    Object.defineProperty(socket, name, { value, configurable: true, enumerable: true });
  }
}

/** Whether a proxy's header came first: what comes behind it is from its client. */
export function isIntroduced(socket: NetSocket): boolean {
  return introduced.has(socket);
}
