import type { Others } from "../rpc/wire.ts";

/** What rosters say of their members, to clients and to one another. */
export type Changes = Others;

/** What a roster says to one of another process. */
export interface Word extends Changes {
  /** Whether it asks for all who are there. */
  readonly ask?: boolean | undefined;
}

/** All who are there, as JSON. `ask`: with the question who else is. */
export function listOf(shown: Iterable<readonly [id: string, text: string]>, ask?: boolean): string {
  const all = Array.from(shown, ([id, text]) => `${JSON.stringify(id)}:${text}`);
  return ask === undefined ? `{"all":{${all}}}` : `{"all":{${all}},"ask":${ask}}`;
}

/** Throws for what is no word. */
export function readWord(text: string): Word {
  const word = JSON.parse(text) as Word;
  const { all = {}, shown = {}, gone = [] } = Object(word) as Word;
  if (
    isTable(word) &&
    isTable(all) &&
    isTable(shown) &&
    Array.isArray(gone) &&
    gone.every((id) => typeof id === "string")
  )
    return word;
  throw new Error("what came says nothing of who is there");
}

function isTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
