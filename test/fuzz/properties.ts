import { CALLS } from "./calls.ts";
import { CONNECTIONS } from "./connections.ts";
import { DEFLATE } from "./deflate.ts";
import { EVIDENCE, SLOW_EVIDENCE } from "./evidence.ts";
import { HEADS } from "./heads.ts";
import { NETWORK } from "./network.ts";
import { PARSERS } from "./parsers.ts";
import type { AnyProperty } from "./property.ts";

/** All that must hold for any input. */
export const PROPERTIES: readonly AnyProperty[] = [
  ...PARSERS,
  ...CALLS,
  ...CONNECTIONS,
  ...DEFLATE,
  ...NETWORK,
  ...EVIDENCE,
  ...HEADS,
];

/** Those that open real connections or wait for threads: a thousand times slower than the others. */
export const SLOW: ReadonlySet<AnyProperty> = new Set([...DEFLATE, ...NETWORK, ...SLOW_EVIDENCE]);
