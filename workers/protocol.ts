// What the chat's methods take and its notifications carry. The page shares these types.

import type { Schema, SchemaResult } from "onesocket";

/** In UTF-16 units, as `maxlength` counts. */
export const MAX_NAME = 32;
/** In UTF-16 units, as `maxlength` counts. */
export const MAX_TEXT = 2_000;

/** In UTF-16 units. */
const MAX_ROOM = 48;
/** In one room, and process: everybody is told of everybody. */
export const MAX_PEOPLE = 100;

/** The close code for one without a ticket, or with an old one: unauthorized, after which a client comes back with another. */
export const NO_TICKET = 3000;
/** The close code for a name that nothing is left of; the page asks for another one. */
export const BAD_NAME = 4400;
/** For one who sends much more than anybody types. */
export const TOO_FAST = 4429;
/** For one more than `MAX_PEOPLE`. */
export const FULL = 4503;

/** Somebody in the room. `said` counts the messages of this connection. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly said: number;
}

/** `id` is the page's own: it comes back in `said`, so that a message that was sent twice is shown once. */
export interface Say {
  readonly id: string;
  readonly text: string;
}

/** What the server sends, by its names. `at` is in milliseconds since the epoch. */
export interface News {
  /** To one who has come in, after what was said before. */
  readonly welcome: { readonly you: string; readonly people: readonly Person[] };
  readonly joined: Presence;
  readonly left: Presence;
  readonly renamed: Presence & { readonly before: string };
  readonly said: Say & { readonly from: Person; readonly at: number };
  readonly announcement: { readonly text: string; readonly at: number };
  readonly typing: { readonly from: Person; readonly on: boolean };
}

export interface Presence {
  readonly person: Person;
  readonly at: number;
}

/** A schema of a few lines. Anything that implements Standard Schema will do, such as zod's: this one adds nothing to the Worker. */
function schema<Value>(read: (value: unknown) => Value | Problem): Schema<Value> {
  const validate = (given: unknown): SchemaResult<Value> => {
    const value = read(given);
    return value instanceof Problem ? { issues: [value] } : { value };
  };
  return { "~standard": { version: 1, vendor: "onesocket-chat", validate } };
}

/** Why something that a client sent is not taken; a value, for the client is not ours to trust. */
class Problem {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

export const SAY: Schema<Say> = schema((value) => {
  const { id, text: raw } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof id !== "string" || !/^[\w-]{1,64}$/.test(id))
    return new Problem("id must be 1 to 64 letters, digits, - or _");
  const text = readText(raw);
  return text === undefined ? new Problem(`text must be 1 to ${MAX_TEXT} characters`) : { id, text };
});

export const NAME: Schema<string> = schema((value) => {
  const name = typeof value === "string" ? cleanName(value) : "";
  return name === "" ? new Problem("that name can’t be shown") : name;
});

export const SWITCH: Schema<boolean> = schema((value) =>
  typeof value === "boolean" ? value : new Problem("it is true or false"),
);

/** The text as it is shown, or undefined where nothing, or too much, is left of it. */
export function readText(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.replace(/\r\n?/g, "\n").trim();
  return text !== "" && text.length <= MAX_TEXT ? text : undefined;
}

/** A name without control, invisible and direction characters, and at most 32 long; "" when nothing is left. */
export function cleanName(value: string): string {
  // Zero-width joiners stay: Persian and Indic names need them.
  const visible = value
    .normalize("NFC")
    .replace(/(?!\u200c|\u200d)[^\P{C}\s]/gu, "")
    .replace(/\s+/gu, " ");
  const name = cut(visible.trim(), MAX_NAME).trim();
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(name) ? name : "";
}

/**
 * Whether a room can be called so: lower-case letters of any script, their marks, digits and dashes. The page makes such a
 * name of what people type; here nothing is changed, for a changed name would be another room's.
 */
export function isRoom(name: string): boolean {
  if (name.length > MAX_ROOM || !/^[\p{L}\p{M}\p{N}-]+$/u.test(name)) return false;
  return /[\p{L}\p{N}]/u.test(name) && name === name.toLowerCase().normalize("NFC");
}

/** At most `length` UTF-16 units, and never half a character. */
function cut(text: string, length: number): string {
  let result = "";
  for (const character of text) {
    if (result.length + character.length > length) break;
    result += character;
  }
  return result;
}
