import type { Others } from "../rpc/wire.ts";

/** What a roster tells those of the same room in other processes: what it tells clients, and whether it asks them the same. */
export interface RosterMessage extends Others {
  /** Whether each is to tell all of its own members. */
  readonly ask?: boolean | undefined;
}

/** All who are there, as JSON. `ask`: whether the other processes are asked for theirs; left out where clients read it. */
export function rosterText(shown: Iterable<readonly [id: string, text: string]>, ask?: boolean): string {
  const all = Array.from(shown, ([id, text]) => `${JSON.stringify(id)}:${text}`);
  return ask === undefined ? `{"all":{${all}}}` : `{"all":{${all}},"ask":${ask}}`;
}

/** Throws an Error for what is no message of a roster. */
export function readRosterMessage(text: string): RosterMessage {
  const message = JSON.parse(text) as RosterMessage;
  const { all = {}, shown = {}, gone = [] } = Object(message) as RosterMessage;
  if (
    isTable(message) &&
    isTable(all) &&
    isTable(shown) &&
    Array.isArray(gone) &&
    gone.every((id) => typeof id === "string")
  )
    return message;
  throw new Error("this is no message of a roster");
}

function isTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
