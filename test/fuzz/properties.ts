import { CONNECTIONS } from "./connections.ts";
import { NETWORK } from "./network.ts";
import { PARSERS } from "./parsers.ts";
import type { AnyProperty } from "./property.ts";

/** All that must hold for any input. */
export const PROPERTIES: readonly AnyProperty[] = [...PARSERS, ...CONNECTIONS, ...NETWORK];

/** Those that open real connections: a thousand times slower than the others. */
export const SLOW: ReadonlySet<AnyProperty> = new Set(NETWORK);
