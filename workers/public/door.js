// Rooms and names before there is a connection.

const QUIET = [
  "amber",
  "brisk",
  "calm",
  "dapper",
  "early",
  "fond",
  "gentle",
  "hazel",
  "idle",
  "jolly",
  "lucid",
  "mellow",
];
const PLACES = [
  "attic",
  "bay",
  "cabin",
  "dock",
  "garden",
  "harbour",
  "island",
  "kitchen",
  "lantern",
  "meadow",
  "orchard",
  "porch",
];

const MAX_ROOM = 48;

/** The room's id in a path such as /r/lobby, or undefined where there is none, or no room can be called so. */
export function roomFrom(/** @type {string} */ path) {
  const match = /^\/r\/([^/]+)/.exec(path);
  return match ? roomId(decode(match[1] ?? "")) : undefined;
}

/**
 * What people type, as a room's id: lower-case letters of any script, digits and dashes, at most 48; undefined when that
 * can't be: a name that is changed further would lead to somebody else's room.
 */
export function roomId(/** @type {string} */ text) {
  // "Café", "cafe" and "ｃａｆｅ" are one room. In other scripts a mark makes another word.
  const plain = text
    .replace(/[\uff00-\uffef]/g, (wide) => wide.normalize("NFKC"))
    .normalize("NFD")
    .replace(/(\p{Script=Latin})\p{M}+/gu, "$1")
    .toLowerCase();
  const id = plain
    .normalize("NFC")
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  return id.length <= MAX_ROOM && /[\p{L}\p{N}]/u.test(id) ? id : undefined;
}

export function forRoom(/** @type {string} */ room) {
  return `/r/${encodeURIComponent(room)}`;
}

/** A room that nobody is likely to be in. */
export function surprise() {
  const pick = (/** @type {string[]} */ words) => words[Math.floor(Math.random() * words.length)];
  return `${pick(QUIET)}-${pick(PLACES)}-${Math.floor(Math.random() * 90 + 10)}`;
}

/** The name that was last used: in this tab, or in this browser. */
export function recall(/** @type {"sessionStorage" | "localStorage"} */ storage) {
  try {
    return globalThis[storage].getItem("name") ?? "";
  } catch {
    // Storage may be forbidden.
    return "";
  }
}

/** Keeps the name, or forgets that it is used in this tab. */
export function remember(/** @type {string | undefined} */ name) {
  try {
    if (name === undefined) return sessionStorage.removeItem("name");
    sessionStorage.setItem("name", name);
    localStorage.setItem("name", name);
  } catch {
    // Then it is asked for again.
  }
}

function decode(/** @type {string} */ text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** The URL of a room's socket, for somebody who gets a ticket with this name, or needs none. */
export async function wayIn(/** @type {string} */ room, /** @type {string} */ name) {
  const ticket = await ticketFor(name).catch(() => "");
  const query = new URLSearchParams(ticket ? { ticket } : { name });
  return `/chat/${encodeURIComponent(room)}?${query}`;
}

/** Without a connection there is none: the attempt that follows finds out why. */
async function ticketFor(/** @type {string} */ name) {
  const answer = await fetch("/ticket", { method: "POST", body: name, signal: AbortSignal.timeout(5000) });
  return answer.ok ? answer.text() : "";
}
