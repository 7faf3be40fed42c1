// The page: what is typed goes to the connection, what arrives goes to the view.

import { Connection } from "./connection.js";
import { forRoom, recall, remember, roomFrom, surprise } from "./door.js";
import * as view from "./view.js";

/** @import { Person, ServerMessage } from "../protocol.ts" */

const BAD_NAME = 4400;
/** A typing hint is repeated this often, and forgotten a little later. In milliseconds. */
const HINT_EVERY = 3000;
const HINT_LASTS = 5000;

const room = roomFrom(location.pathname);
const name = recall(sessionStorage);

if (room !== undefined && location.pathname !== forRoom(room)) history.replaceState(null, "", forRoom(room));
if (room !== undefined && name !== "") chatIn(room, name);
else view.showDoor({ room, name: recall(localStorage), enter, surprise });

function enter(/** @type {string} */ chosenRoom, /** @type {string} */ chosenName) {
  remember(chosenName);
  const path = forRoom(chosenRoom);
  if (location.pathname === path) chatIn(room ?? "lobby", chosenName);
  else location.assign(path);
}

function chatIn(/** @type {string} */ room, /** @type {string} */ name) {
  /** @type {Map<string, Person>} */
  const people = new Map();
  /** What we said and have not seen come back, by the id that we gave it. @type {Map<string, string>} */
  const unsent = new Map();
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {Set<string>} */
  const ours = new Set();
  /** Who is typing, and the timer that forgets it. @type {Map<string, ReturnType<typeof setTimeout>>} */
  const typists = new Map();
  let you = "";
  let hintedAt = 0;

  const url = new URL(`/chat/${room}?${new URLSearchParams({ name })}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const connection = new Connection(url.href, {
    state(state) {
      if (state.kind !== "open") for (const id of [...typists.keys()]) forgetHint(id);
      view.showConnection(state);
    },
    message: receive,
    refused(code) {
      sessionStorage.removeItem("name");
      const problem = code === BAD_NAME ? "That name can’t be shown. Try another one." : `The room said no (${code}).`;
      view.showDoor({ room, name, enter, surprise, problem });
    },
  });

  view.showChat({ room, say, typing, retry: () => connection.retry() });
  connection.start();
  document.addEventListener("visibilitychange", () => connection.send({ type: "hints", on: !document.hidden }));

  function say(/** @type {string} */ text) {
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    unsent.set(id, text);
    ours.add(id);
    hintedAt = 0;
    view.addPending(id, text);
    connection.send({ type: "say", id, text });
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
        return view.addAnnouncement(message.text, message.at);
      case "error":
        if (message.id) unsent.delete(message.id);
        return view.showError(message.text, message.id);
    }
  }

  function welcome(/** @type {string} */ id, /** @type {readonly Person[]} */ everyone) {
    you = id;
    people.clear();
    for (const person of everyone) people.set(person.id, person);
    view.showPeople(people, you);
    if (document.hidden) connection.send({ type: "hints", on: false });
    for (const [id, text] of unsent) connection.send({ type: "say", id, text });
  }

  function presence(/** @type {"joined" | "left"} */ what, /** @type {Person} */ person, /** @type {number} */ at) {
    if (what === "joined") people.set(person.id, person);
    else people.delete(person.id);
    forgetHint(person.id);
    view.showPeople(people, you);
    view.addPresence(person.name, what, at);
  }

  function said(/** @type {Extract<ServerMessage, { type: "said" }>} */ message) {
    people.set(message.from.id, message.from);
    forgetHint(message.from.id);
    view.showPeople(people, you);
    unsent.delete(message.id);
    // It may come twice, when the connection broke after the server had it and before we knew.
    if (seen.has(message.id)) return;
    seen.add(message.id);
    view.addMessage(message, ours.has(message.id));
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
