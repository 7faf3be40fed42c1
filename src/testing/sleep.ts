import { CLOSURE, type SocketDefinition } from "../core/contract/definition.ts";
import type { SessionInternals } from "../core/session/internals.ts";
import type { ServerEnd, Wire } from "./wire.ts";

/** An open socket: its session, which hibernation replaces, and its connection, which it does not. */
export interface Open {
  readonly wire: Wire;
  readonly end: ServerEnd;
}

/**
 * Those that hibernation takes. A closure lives in the memory of its process, and no object has one; what closes stays until it is closed, and
 * what keeps its object awake stays, too.
 */
export function sleepersOf(open: ReadonlyMap<SessionInternals, Open>): readonly (readonly [SessionInternals, Open])[] {
  return [...open].filter(
    ([{ definition, readyState }, { end }]) => definition.name !== CLOSURE && readyState === 1 && !end.isAwake,
  );
}

/** The definitions whose sockets keep their objects awake. */
export function awakeOf(open: ReadonlyMap<SessionInternals, Open>): ReadonlySet<SocketDefinition> {
  return new Set([...open].flatMap(([{ definition }, { end }]) => (end.isAwake ? [definition] : [])));
}
