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

/** The room's id in a path such as /r/lobby, or undefined where there is none. */
export function roomFrom(/** @type {string} */ path) {
  const match = /^\/r\/([^/]+)/.exec(path);
  return match ? roomId(decode(match[1] ?? "")) : undefined;
}

/** What people type, as a room's id: lower case letters, digits and dashes, at most 48; "lobby" for nothing. */
export function roomId(/** @type {string} */ text) {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return (
    plain
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 48)
      .replace(/^-+|-+$/g, "") || "lobby"
  );
}

export function forRoom(/** @type {string} */ room) {
  return `/r/${room}`;
}

/** A room that nobody is likely to be in. */
export function surprise() {
  const pick = (/** @type {string[]} */ words) => words[Math.floor(Math.random() * words.length)];
  return `${pick(QUIET)}-${pick(PLACES)}-${Math.floor(Math.random() * 90 + 10)}`;
}

/** The name that was last used: in this tab, or in this browser. */
export function recall(/** @type {Storage} */ storage) {
  return storage.getItem("name") ?? "";
}

export function remember(/** @type {string} */ name) {
  sessionStorage.setItem("name", name);
  localStorage.setItem("name", name);
}

function decode(/** @type {string} */ text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
