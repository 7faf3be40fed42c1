/** The chat's own small protocol: JSON text messages, each with a `type`. The page shares these types. */

/** In UTF-16 units, as `maxlength` counts. */
export const MAX_NAME = 32;
/** In UTF-16 units, as `maxlength` counts. */
export const MAX_TEXT = 2_000;

/** In UTF-16 units. */
const MAX_ROOM = 48;
/** In one room, and process: everybody is told of everybody. */
export const MAX_PEOPLE = 100;

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

/** What a page sends. */
export type ClientMessage =
  /** `id` is the page's own: it comes back in `said`, so that a message that was sent twice is shown once. */
  | { readonly type: "say"; readonly id: string; readonly text: string }
  | { readonly type: "typing"; readonly on: boolean }
  /** Whether this page wants typing hints: a hidden one does not. */
  | { readonly type: "hints"; readonly on: boolean };

/** What the server sends. `at` is in milliseconds since the epoch. */
export type ServerMessage =
  | { readonly type: "welcome"; readonly you: string; readonly people: readonly Person[] }
  | { readonly type: "joined" | "left"; readonly person: Person; readonly at: number }
  | { readonly type: "said"; readonly id: string; readonly from: Person; readonly text: string; readonly at: number }
  | { readonly type: "typing"; readonly from: Person; readonly on: boolean }
  | { readonly type: "announcement"; readonly text: string; readonly at: number }
  /** `id` is that of the `say` it is about. */
  | { readonly type: "error"; readonly text: string; readonly id?: string };

/** Why something that a client sent was not understood. */
export interface Problem {
  readonly type: "problem";
  readonly text: string;
  readonly id?: string;
}

/** Reads what a client sent; a problem is a value, for the client is not ours to trust. */
export function readMessage(data: string): ClientMessage | Problem {
  const value = parseObject(data);
  switch (value?.type) {
    case "say":
      return readSay(value);
    case "typing":
    case "hints":
      return typeof value.on === "boolean" ? { type: value.type, on: value.on } : problem("on must be true or false");
    default:
      return problem(value ? "unknown type" : "a message is a JSON object");
  }
}

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

function readSay({ id, text: raw }: Record<string, unknown>): ClientMessage | Problem {
  if (typeof id !== "string" || !/^[\w-]{1,64}$/.test(id)) return problem("id must be 1 to 64 letters, digits, - or _");
  const text = readText(raw);
  return text === undefined ? problem(`text must be 1 to ${MAX_TEXT} characters`, id) : { type: "say", id, text };
}

function problem(text: string, id?: string): Problem {
  return { type: "problem", text, ...(id !== undefined && { id }) };
}

function parseObject(data: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
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
