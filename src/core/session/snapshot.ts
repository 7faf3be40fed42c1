import type { Limits } from "../contract/limits.ts";
import { cloneState, jsonBytes } from "../contract/state.ts";

/** What a socket is made of, and what of it survives hibernation. */
export interface Snapshot {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly remoteAddress: string;
  readonly room: string;
  readonly state: unknown;
  readonly topics: readonly string[];
  /** When it was accepted, in milliseconds since 1970. */
  readonly since: number;
  /** When it is to be closed, in the same; absent for never. */
  readonly until?: number;
}

/** With another state. Throws what `socket.setState` does. */
export function withState(snapshot: Snapshot, next: unknown, { stateBytes }: Limits): Snapshot {
  return { ...snapshot, state: cloneState(next, stateBytes, `socket ${snapshot.id}`) };
}

/** With one topic more. Throws a RangeError when they are too much. */
export function withTopic(snapshot: Snapshot, topic: string, { topicsBytes }: Limits): Snapshot {
  const topics = [...snapshot.topics, topic];
  const size = jsonBytes(topics);
  if (size <= topicsBytes) return { ...snapshot, topics };
  throw new RangeError(`socket ${snapshot.id}: topics are ${size} bytes as JSON; limits.topicsBytes is ${topicsBytes}`);
}

/** Without a topic. */
export function withoutTopic(snapshot: Snapshot, topic: string): Snapshot {
  return { ...snapshot, topics: snapshot.topics.filter((each) => each !== topic) };
}

/** The form in which a snapshot travels and sleeps. */
export function writeSnapshot<Form extends Snapshot>(snapshot: Form): string {
  return JSON.stringify(snapshot);
}

/** A snapshot from its written form; its state is frozen throughout (M10). */
export function readSnapshot<Form extends Snapshot>(text: string): Form {
  const snapshot: Form = JSON.parse(text);
  freeze(snapshot.state);
  return snapshot;
}

/** Not by a reviver, which takes eight times as long as the parsing: a room may wake with thousands. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const part of Object.values(value)) freeze(part);
  Object.freeze(value);
}

/** The time in milliseconds since 1970. Throws a RangeError for what is none. */
export function timeOf(until: number | { getTime(): number }): number {
  const time = typeof until === "object" ? until?.getTime?.() : until;
  if (typeof time === "number" && Number.isFinite(time)) return time;
  throw new RangeError("until is a Date, or milliseconds since 1970");
}
