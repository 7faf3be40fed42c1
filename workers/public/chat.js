// The page: what is typed goes to the connection, what arrives goes to the view.

import { Connection } from "./connection.js";
import { forRoom, recall, remember, roomFrom, surprise, wayIn } from "./door.js";
import * as log from "./log.js";
import { onRename, showCount, showPeople } from "./people.js";
import { Recent } from "./recent.js";
import * as view from "./view.js";

/** @import { News, Person } from "../protocol.ts" */

const BAD_NAME = 4400;
/** Why the server closed for good, in words for a person. @type {Record<number, string>} */
const REFUSALS = {
  4429: "That was too much at once. Take a breath, and come in again.",
  4503: "This room is full. Try again when somebody has left.",
};
/** What is written without a connection is kept, up to so many messages. */
const MAX_UNSENT = 20;
/** A typing hint is repeated this often, and forgotten a little later. In milliseconds. */
const HINT_EVERY = 3000;
const HINT_LASTS = 5000;

const room = roomFrom(location.pathname);
const name = recall("sessionStorage");
const isBadLink = room === undefined && location.pathname !== "/";

if (room !== undefined && location.pathname !== forRoom(room)) history.replaceState(null, "", forRoom(room));
if (room !== undefined && name !== "") chatIn(room, name);
else view.showDoor({ room, name: recall("localStorage"), enter, surprise, roomProblem: isBadLink });

function enter(/** @type {string} */ chosenRoom, /** @type {string} */ chosenName) {
  remember(chosenName);
  const path = forRoom(chosenRoom);
  if (location.pathname === path) chatIn(chosenRoom, chosenName);
  else location.assign(path);
}

function chatIn(/** @type {string} */ room, /** @type {string} */ firstName) {
  let name = firstName;
  /** @type {Map<string, Person>} */
  const people = new Map();
  /** What we said and have not seen come back, by the id that we gave it. @type {Map<string, string>} */
  const unsent = new Map();
  /** Those of them that the server has been asked to say. @type {Set<string>} */
  const asked = new Set();
  const seen = new Recent();
  /** Who is typing, and the timer that forgets it. @type {Map<string, ReturnType<typeof setTimeout>>} */
  const typists = new Map();
  /** The ids of our connections; the last one is the present one's. @type {Set<string>} */
  const own = new Set();
  let you = "";
  let hintedAt = 0;

  const connection = new Connection(() => wayIn(room, name), {
    state(state) {
      if (state.kind === "open") queueMicrotask(sendUnsent);
      else for (const id of [...typists.keys()]) forgetHint(id);
      view.showConnection(state);
    },
    gap: log.addGap,
    refused(code) {
      remember(undefined);
      const problem = code === BAD_NAME ? "That name can’t be shown. Try another one." : undefined;
      const notice = REFUSALS[code] ?? `The room said no (${code}).`;
      view.showDoor({ room, name, enter, surprise, ...(problem ? { problem } : { notice }) });
    },
  });
  const { client } = connection;

  view.showChat({ room, say, typing, retry: () => connection.retry() });
  onRename(rename);
  document.addEventListener("visibilitychange", () => connection.isOpen && client.notify("hints", !document.hidden));

  client.on("welcome", ({ you: id, people: everyone }) => {
    you = id;
    own.add(id);
    people.clear();
    for (const person of everyone) people.set(person.id, person);
    showPeople(people, you);
    log.live();
    if (document.hidden) client.notify("hints", false);
  });
  client.on("joined", ({ person, at }) => presence("joined", person, at));
  client.on("left", ({ person, at }) => presence("left", person, at));
  client.on("renamed", ({ person, before, at }) => {
    changed(person);
    log.addRename(before, person.name, at);
  });
  client.on("said", said);
  client.on("typing", ({ from, on }) => hint(from, on));
  client.on("announcement", ({ text, at }) => log.addAnnouncement(text, at));

  /** False when too much is waiting already: the text is still the caller's. */
  function say(/** @type {string} */ text) {
    if (unsent.size >= MAX_UNSENT) return false;
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    unsent.set(id, text);
    hintedAt = 0;
    log.addPending(id, text);
    sendUnsent();
    return true;
  }

  /** What was asked for on a connection that broke is asked again, unless it has come back with what was missed. */
  function sendUnsent() {
    if (connection.isOpen) for (const [id, text] of unsent) if (!asked.has(id)) void ask(id, text);
  }

  async function ask(/** @type {string} */ id, /** @type {string} */ text) {
    asked.add(id);
    try {
      await client.request("say", { id, text });
    } catch (error) {
      const problem = refusal(error);
      if (problem !== undefined && unsent.delete(id)) log.showError(problem, id);
    }
    asked.delete(id);
  }

  /** The name as it is shown. Rejects with an error in words. */
  async function rename(/** @type {string} */ wanted) {
    if (!connection.isOpen) throw new Error("There is no connection. Try again in a moment.");
    try {
      name = await client.request("rename", wanted);
    } catch (error) {
      throw new Error(`Not changed: ${refusal(error) ?? "the connection was lost"}.`);
    }
    remember(name);
    return name;
  }

  function typing(/** @type {boolean} */ on) {
    if (on ? Date.now() - hintedAt < HINT_EVERY : hintedAt === 0) return;
    hintedAt = on ? Date.now() : 0;
    if (connection.isOpen) client.notify("typing", on);
  }

  function presence(/** @type {"joined" | "left"} */ what, /** @type {Person} */ person, /** @type {number} */ at) {
    // A connection of ours that broke is nobody who left.
    if (own.has(person.id)) return;
    if (what === "joined") people.set(person.id, person);
    else people.delete(person.id);
    forgetHint(person.id);
    showPeople(people, you);
    log.addPresence(person.name, what, at);
  }

  /** Somebody who is here has another name or number; the past tells of others too. */
  function changed(/** @type {Person} */ person) {
    if (!people.has(person.id)) return;
    const before = people.get(person.id);
    people.set(person.id, person);
    if (before?.name !== person.name || !showCount(person)) showPeople(people, you);
  }

  function said(/** @type {News["said"]} */ message) {
    changed(message.from);
    forgetHint(message.from.id);
    const isOwn = unsent.delete(message.id) || own.has(message.from.id);
    // It may come twice, when the connection broke after the server had it and before we knew.
    if (!seen.add(message.id)) return;
    log.addMessage(message, isOwn);
    if (!isOwn && you !== "") view.countUnread();
  }

  function hint(/** @type {Person} */ from, /** @type {boolean} */ on) {
    forgetHint(from.id);
    if (on)
      typists.set(
        from.id,
        setTimeout(() => hint(from, false), HINT_LASTS),
      );
    view.showTyping(namesOfTypists());
  }

  function forgetHint(/** @type {string} */ id) {
    clearTimeout(typists.get(id));
    if (typists.delete(id)) view.showTyping(namesOfTypists());
  }

  function namesOfTypists() {
    return [...typists.keys()].flatMap((id) => people.get(id)?.name ?? []);
  }
}

/** What the server had against it, in words; undefined where it was not the server. @returns {string | undefined} */
function refusal(/** @type {any} */ { code, message, data }) {
  if (code === "TIMEOUT") return "the server did not answer";
  return typeof code === "number" ? (data?.[0]?.message ?? message) : undefined;
}
