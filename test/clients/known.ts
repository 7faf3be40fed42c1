import type { CompressionOptions } from "onesocket/deflate";

/** Real clients whose compression keeps to less than RFC 7692, as Debian 12 has them. */
export const CLIENTS = {
  tornado: "Tornado 6.2",
  mojolicious: "Mojolicious 9.31",
  netty: "Netty 4.1.48",
} as const;

export type ClientName = keyof typeof CLIENTS;

/** What becomes of a conversation of messages that resemble one another. */
export type Outcome = "understands" | "fails with 1007" | "refuses" | "can't send";

/** What a server is told, and what each client makes of it. */
export interface Setting extends Readonly<Record<ClientName, Outcome>> {
  readonly runtime: "node" | "bun";
  readonly compression: CompressionOptions;
}

const all = (outcome: Outcome) => ({ tornado: outcome, mojolicious: outcome, netty: outcome });

/** Measured 2026-11, and by every run of the tests. */
export const SETTINGS: readonly Setting[] = [
  { runtime: "node", compression: {}, ...all("understands") },
  { runtime: "node", compression: { threshold: 0 }, ...all("understands") },
  { runtime: "node", compression: { serverNoContextTakeover: false }, ...all("understands") },
  { runtime: "node", compression: { windowBits: 9 }, ...all("understands"), netty: "can't send" },
  { runtime: "node", compression: { clientNoContextTakeover: true }, ...all("fails with 1007"), netty: "refuses" },
  { runtime: "bun", compression: {}, ...all("understands"), netty: "refuses" },
  { runtime: "bun", compression: { serverNoContextTakeover: false }, ...all("understands") },
  { runtime: "bun", compression: { clientNoContextTakeover: true }, ...all("fails with 1007"), netty: "refuses" },
];
