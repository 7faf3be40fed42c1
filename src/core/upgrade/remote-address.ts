import { plainAddress } from "../contract/ip-address.ts";
import type { Peer } from "../contract/origin.ts";
import type { HeaderSource } from "../protocol/headers.ts";
import type { ReadPreamble } from "./proxy-signature.ts";

/** The operator's own proxies, and how they tell of their clients: made by `trustProxies` of `onesocket/proxies`. */
export interface Proxies {
  /** Whether a peer is one of them. */
  has(peer: string): boolean;
  /**
   * The client's address: the peer's or, when that is one of them, what their header tells. It is read from the right, and the first
   * hop that is none of them is the client. A hop that is no address (`unknown`, `_hidden`) ends the search at the last good one.
   */
  clientOf(peer: string, headers: HeaderSource): string;
  /** The hosts that were asked for on the way, the client's first, as their header tells. */
  hostsOf(headers: HeaderSource): readonly string[];
  /** Reads the header of the PROXY protocol that one of them may put before all else. */
  readonly readPreamble: ReadPreamble;
}

/** Throws a TypeError for what is nothing that `trustProxies` makes. */
export function checkProxies(proxies: Proxies | undefined): void {
  if (proxies !== undefined && typeof proxies?.clientOf !== "function")
    throw new TypeError('proxies is trustProxies(["10.0.0.0/8"]), imported from "onesocket/proxies"');
}

/** The last one: behind a proxy that is not trusted, all sockets have the same, and keep one string. */
let last = { peer: "", address: "" };

/**
 * The client's address, as far as it is known and believed. IPv4-mapped IPv6 is told as IPv4, IPv6 in the form of RFC 5952. A peer
 * that is no address is told as it is.
 */
export function remoteAddress(peer: string, headers: HeaderSource, proxies: Proxies | undefined): string {
  if (proxies) return proxies.clientOf(peer, headers);
  if (peer !== last.peer) last = { peer, address: plainAddress(peer) };
  return last.address;
}

/** The peer of a request, with the hosts that it tells where it is one of `proxies`. */
export function peerOf(address: string, headers: HeaderSource, proxies: Proxies | undefined): Peer {
  return {
    address: plainAddress(address),
    hosts: () => (proxies?.has(address) ? proxies.hostsOf(headers) : undefined),
  };
}
