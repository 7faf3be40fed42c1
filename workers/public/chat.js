// The page: what is typed goes to the connection, what arrives goes to the view.

import { Connection } from "./connection.js";
import { forRoom, recall, remember, roomFrom, surprise } from "./door.js";
import * as log from "./log.js";
import { showCount, showPeople } from "./people.js";
import { Recent } from "./recent.js";
import * as view from "./view.js";

/** @import { Person, ServerMessage } from "../protocol.ts" */

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

function chatIn(/** @type {string} */ room, /** @type {string} */ name) {
  /** @type {Map<string, Person>} */
  const people = new Map();
  /** What we said and have not seen come back, by the id that we gave it. @type {Map<string, string>} */
  const unsent = new Map();
  const seen = new Recent();
  /** Who is typing, and the timer that forgets it. @type {Map<string, ReturnType<typeof setTimeout>>} */
  const typists = new Map();
  let you = "";
  let hintedAt = 0;

  const url = new URL(`/chat/${encodeURIComponent(room)}?${new URLSearchParams({ name })}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const connection = new Connection(url.href, {
    state(state) {
      if (state.kind !== "open") for (const id of [...typists.keys()]) forgetHint(id);
      view.showConnection(state);
    },
    message: receive,
    refused(code) {
      remember(undefined);
      const problem = code === BAD_NAME ? "That name can’t be shown. Try another one." : undefined;
      const notice = REFUSALS[code] ?? `The room said no (${code}).`;
      view.showDoor({ room, name, enter, surprise, ...(problem ? { problem } : { notice }) });
    },
  });

  view.showChat({ room, say, typing, retry: () => connection.retry() });
  connection.start();
  document.addEventListener("visibilitychange", () => connection.send({ type: "hints", on: !document.hidden }));

  /** False when too much is waiting already: the text is still the caller's. */
  function say(/** @type {string} */ text) {
    if (unsent.size >= MAX_UNSENT) return false;
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    unsent.set(id, text);
    hintedAt = 0;
    log.addPending(id, text);
    connection.send({ type: "say", id, text });
    return true;
  }

  function typing(/** @type {boolean} */ on) {
    if (on ? Date.now() - hintedAt < HINT_EVERY : hintedAt === 0) return;
    hintedAt = on ? Date.now() : 0;
    connection.send({ type: "typing", on });
  }

  function receive(/** @type {ServerMessage} */ message) {
    switch (message.type) {
      case "welcome":
        return welcome(message.you, message.people);
      case "joined":
      case "left":
        return presence(message.type, message.person, message.at);
      case "said":
        return said(message);
      case "typing":
        return hint(message.from, message.on);
      case "announcement":
        return log.addAnnouncement(message.text, message.at);
      case "error":
        if (message.id) unsent.delete(message.id);
        return log.showError(message.text, message.id);
    }
  }

  function welcome(/** @type {string} */ id, /** @type {readonly Person[]} */ everyone) {
    you = id;
    people.clear();
    for (const person of everyone) people.set(person.id, person);
    showPeople(people, you);
    if (document.hidden) connection.send({ type: "hints", on: false });
    for (const [id, text] of unsent) connection.send({ type: "say", id, text });
  }

  function presence(/** @type {"joined" | "left"} */ what, /** @type {Person} */ person, /** @type {number} */ at) {
    if (what === "joined") people.set(person.id, person);
    else people.delete(person.id);
    forgetHint(person.id);
    showPeople(people, you);
    log.addPresence(person.name, what, at);
  }

  function said(/** @type {Extract<ServerMessage, { type: "said" }>} */ message) {
    people.set(message.from.id, message.from);
    forgetHint(message.from.id);
    if (!showCount(message.from)) showPeople(people, you);
    const isOwn = unsent.delete(message.id);
    // It may come twice, when the connection broke after the server had it and before we knew.
    if (!seen.add(message.id)) return;
    log.addMessage(message, isOwn);
    if (!isOwn) view.countUnread();
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
    typists.delete(id);
    view.showTyping(namesOfTypists());
  }

  function namesOfTypists() {
    return [...typists.keys()].flatMap((id) => people.get(id)?.name ?? []);
  }
}
