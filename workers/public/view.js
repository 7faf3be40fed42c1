// Everything that touches the document. What people wrote only ever goes into textContent.

import { roomId } from "./door.js";

/** @import { Person } from "../protocol.ts" */
/** @import { State } from "./connection.js" */

/** Messages of one person this close together share a heading. In milliseconds. */
const GROUP_WITHIN = 5 * 60_000;
/** Nearer to the end than this, in pixels, counts as reading the end. */
const NEAR_END = 60;
/** How many characters are left when the page begins to count them. */
const COUNT_BELOW = 200;

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const initial = new Intl.Segmenter(undefined, { granularity: "grapheme" });

const page = document.body;
const door = find("door", HTMLElement);
const chat = find("chat", HTMLElement);
const scroll = find("scroll", HTMLElement);
const log = find("log", HTMLElement);
const outbox = find("outbox", HTMLElement);
const newer = find("newer", HTMLButtonElement);
const text = find("text", HTMLTextAreaElement);
const people = find("people", HTMLElement);
const peopleButton = find("people-button", HTMLButtonElement);
const announcer = find("announcer", HTMLElement);

let atEnd = true;
/** Who said the last thing, and when: the next message may belong to it. */
let last = { author: "", at: 0 };
/** @type {ReturnType<typeof setInterval> | undefined} */
let countdown;
let wasConnected = false;

/**
 * @param {{ room: string | undefined, name: string, problem?: string, surprise(): string,
 *   enter(room: string, name: string): void }} options
 */
export function showDoor({ room, name, problem, surprise, enter }) {
  const roomInput = find("room", HTMLInputElement);
  const nameInput = find("name", HTMLInputElement);
  chat.hidden = true;
  door.hidden = false;
  if (room !== undefined) {
    find("room-field", HTMLElement).hidden = true;
    put("door-title", `Join ${room}`);
    put("door-text", "One thing before you go in: what should people call you?");
  }
  nameInput.value = name;
  if (problem) showNameProblem(problem);
  find("surprise", HTMLButtonElement).onclick = () => {
    roomInput.value = surprise();
    (nameInput.value ? find("enter-button", HTMLButtonElement) : nameInput).focus();
  };
  find("enter", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const chosen = nameInput.value.trim();
    if (chosen === "") showNameProblem("Please give a name first.");
    else enter(room ?? roomId(roomInput.value), chosen);
  };
  (room === undefined ? roomInput : nameInput).focus();
}

function showNameProblem(/** @type {string} */ problem) {
  const input = find("name", HTMLInputElement);
  input.setAttribute("aria-invalid", "true");
  put("name-hint", problem);
  input.focus();
}

/** @param {{ room: string, say(text: string): void, typing(on: boolean): void, retry(): void }} options */
export function showChat({ room, say, typing, retry }) {
  door.hidden = true;
  chat.hidden = false;
  document.title = `${room} · onesocket chat`;
  put("room-name", room);
  find("retry", HTMLButtonElement).onclick = retry;
  find("composer", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const written = text.value.trim();
    if (written === "") return text.focus();
    text.value = "";
    grow();
    say(written);
    toEnd();
    text.focus();
  };
  text.oninput = () => {
    grow();
    typing(text.value.trim() !== "");
  };
  text.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    find("composer", HTMLFormElement).requestSubmit();
  };
  text.focus();
}

/** What the connection is doing, in the bar; a change of mind is also spoken, a countdown is not. */
export function showConnection(/** @type {State} */ state) {
  clearInterval(countdown);
  page.dataset.connection = state.kind;
  find("retry", HTMLButtonElement).hidden = state.kind !== "waiting";
  if (state.kind === "open") {
    put("status", "Connected");
    if (wasConnected) speak("Connected again.");
    wasConnected = true;
  } else if (state.kind === "offline") {
    put("status", "Offline");
    speak("You are offline. What you write is sent later.");
  } else if (state.kind === "connecting") {
    put("status", wasConnected ? "Reconnecting…" : "Connecting…");
  } else if (state.kind === "waiting") {
    tick(state.until);
    countdown = setInterval(() => tick(state.until), 1000);
    speak(wasConnected ? "Connection lost. Reconnecting." : "No connection yet. Trying again.");
  }
}

function tick(/** @type {number} */ until) {
  const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1000));
  put("status", `Reconnecting in ${seconds} s`);
}

/** @param {ReadonlyMap<string, Person>} everyone @param {string} you */
export function showPeople(everyone, you) {
  const sorted = [...everyone.values()].sort(
    (a, b) => Number(b.id === you) - Number(a.id === you) || a.name.localeCompare(b.name),
  );
  put("people-short", String(sorted.length));
  put("people-title", `Here now: ${sorted.length}`);
  find("people-list", HTMLElement).replaceChildren(...sorted.map((person) => personItem(person, person.id === you)));
  const alone = sorted.length <= 1;
  put(
    "empty-text",
    alone
      ? "Send the room’s link to somebody you would like to talk to. Nothing is kept: they see what is said once they are here."
      : "Nothing has been said since you came in. Be the first.",
  );
}

function personItem(/** @type {Person} */ person, /** @type {boolean} */ isYou) {
  const who = element("span", "who", bdi(person.name));
  if (isYou) who.append(" ", element("span", "you", "you"));
  const count = element("span", "count", String(person.said));
  count.append(element("span", "sr", person.said === 1 ? " message" : " messages"));
  return colour(element("li", "person", avatar(person.name), who, count), person.name);
}

/** @param {{ id: string, from: Person, text: string, at: number }} message @param {boolean} own */
export function addMessage({ id, from, text, at }, own) {
  pending(id)?.remove();
  const again = last.author === from.id && at - last.at < GROUP_WITHIN;
  last = { author: from.id, at };
  const message = bubble(from.name, text, own, time(at));
  // The name is heard each time, and seen once.
  if (again) message.querySelector(".from")?.classList.add("sr");
  message.classList.toggle("again", again);
  add(message);
}

/** Something that we said and that the server has not sent back. */
export function addPending(/** @type {string} */ id, /** @type {string} */ text) {
  const message = bubble("You", text, true, element("span", "wait", "Waiting to be sent"));
  message.dataset.id = id;
  message.classList.add("pending");
  outbox.append(message);
  changed();
}

/** The server did not take something; `id` tells which message, if it was one. */
export function showError(/** @type {string} */ problem, /** @type {string | undefined} */ id) {
  const message = id === undefined ? undefined : pending(id);
  if (!message) return add(line(`The server did not understand: ${problem}`, "notice"));
  message.classList.replace("pending", "failed");
  const state = message.querySelector(".wait");
  if (state) state.textContent = `Not sent: ${problem}`;
  speak(`Not sent: ${problem}`);
}

/** @param {string} name @param {"joined" | "left"} what @param {number} at */
export function addPresence(name, what, at) {
  add(line("", "presence", bdi(name), what === "joined" ? " came in" : " left", time(at)));
}

export function addAnnouncement(/** @type {string} */ text, /** @type {number} */ at) {
  const words = element("p", "text");
  words.dir = "auto";
  words.append(...linked(text));
  add(element("div", "announcement", element("p", "label", "Announcement", time(at)), words));
}

/** A place for it is always kept, so that nothing jumps. */
export function showTyping(/** @type {readonly string[]} */ names) {
  const typing = find("typing", HTMLElement);
  typing.classList.toggle("on", names.length > 0);
  const [first, second] = names;
  if (first === undefined) typing.replaceChildren();
  else if (second === undefined) typing.replaceChildren(bdi(first), " is typing", dots());
  else if (names.length === 2) typing.replaceChildren(bdi(first), " and ", bdi(second), " are typing", dots());
  else typing.replaceChildren("Several people are typing", dots());
}

// How it looks.

/** @param {string} name @param {string} text @param {boolean} own @param {HTMLElement} meta */
function bubble(name, text, own, meta) {
  const heading = element("p", own ? "from sr" : "from", bdi(own ? "You" : name));
  const words = element("p", "text");
  words.dir = "auto";
  words.append(...linked(text));
  const message = element("article", own ? "message own" : "message");
  if (!own) message.append(avatar(name));
  message.append(element("div", "bubble", heading, words, meta));
  return colour(message, name);
}

function line(/** @type {string} */ words, /** @type {string} */ kind, /** @type {(Node | string)[]} */ ...parts) {
  return element("p", `line ${kind}`, words, ...parts);
}

function avatar(/** @type {string} */ name) {
  const first = initial.segment(name)[Symbol.iterator]().next().value?.segment ?? "?";
  const circle = element("span", "avatar", first.toLocaleUpperCase());
  circle.ariaHidden = "true";
  return circle;
}

function time(/** @type {number} */ at) {
  const date = new Date(at);
  const result = document.createElement("time");
  result.dateTime = date.toISOString();
  result.textContent = clock.format(date);
  return result;
}

function dots() {
  const result = element("span", "dots", element("i", ""), element("i", ""), element("i", ""));
  result.ariaHidden = "true";
  return result;
}

/** A name's own hue, the same in everybody's browser; the style sheet gives it the lightness that the theme needs. */
function colour(/** @type {HTMLElement} */ target, /** @type {string} */ name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  target.style.setProperty("--hue", String((hash % 24) * 15));
  return target;
}

/** The text, with its web addresses as links. */
function* linked(/** @type {string} */ text) {
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,:;!?)\]]/g)) {
    yield text.slice(from, match.index);
    const link = document.createElement("a");
    link.href = match[0];
    link.rel = "noopener noreferrer nofollow";
    link.target = "_blank";
    link.textContent = match[0];
    yield link;
    from = match.index + match[0].length;
  }
  yield text.slice(from);
}

/** @param {string} tag @param {string} className @param {(Node | string)[]} parts */
function element(tag, className, ...parts) {
  const result = document.createElement(tag);
  if (className) result.className = className;
  result.append(...parts);
  return result;
}

function bdi(/** @type {string} */ name) {
  return element("bdi", "", name);
}

// Reading on.

function add(/** @type {HTMLElement} */ entry) {
  if (!entry.classList.contains("message")) last = { author: "", at: 0 };
  log.append(entry);
  changed();
}

/** Follows the conversation for those who read its end, and tells the others that it goes on. */
function changed() {
  find("empty", HTMLElement).hidden = log.childElementCount + outbox.childElementCount > 0;
  if (atEnd) toEnd();
  else newer.hidden = false;
}

function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
  atEnd = true;
  newer.hidden = true;
}

scroll.onscroll = () => {
  atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
  if (atEnd) newer.hidden = true;
};
// A phone's keyboard and a growing message box make the view smaller.
new ResizeObserver(() => atEnd && toEnd()).observe(scroll);
newer.onclick = () => {
  toEnd();
  text.focus();
};

/** The message box is as high as what is in it, up to the style sheet's maximum. */
function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
  const left = text.maxLength - text.value.length;
  put("room-left", left <= COUNT_BELOW ? `${left} characters left` : "");
}

// The tools.

const theme = find("theme", HTMLButtonElement);
const THEMES = ["system", "light", "dark"];

function showTheme() {
  theme.ariaLabel = `Theme: ${document.documentElement.dataset.theme ?? "system"}`;
  theme.title = theme.ariaLabel;
}

theme.onclick = () => {
  const now = THEMES.indexOf(document.documentElement.dataset.theme ?? "system");
  const next = THEMES[(now + 1) % THEMES.length] ?? "system";
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  localStorage.setItem("theme", next);
  showTheme();
  speak(theme.ariaLabel ?? "");
};
showTheme();

find("copy", HTMLButtonElement).onclick = async () => {
  const copied = await copy(location.href);
  put("copy-text", copied ? "Copied" : "Copy link");
  speak(copied ? "The room’s link is copied." : "Copying is not allowed here; the address bar has the link.");
  find("copy", HTMLButtonElement).classList.toggle("done", copied);
  setTimeout(() => {
    put("copy-text", "Copy link");
    find("copy", HTMLButtonElement).classList.remove("done");
  }, 2000);
};

/** @returns {Promise<boolean>} */
async function copy(/** @type {string} */ address) {
  try {
    await navigator.clipboard.writeText(address);
    return true;
  } catch {
    return false;
  }
}

function openPeople(/** @type {boolean} */ open) {
  people.classList.toggle("open", open);
  peopleButton.ariaExpanded = String(open);
}

peopleButton.onclick = () => openPeople(!people.classList.contains("open"));
document.addEventListener("click", ({ target }) => {
  if (target instanceof Node && !people.contains(target) && !peopleButton.contains(target)) openPeople(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || chat.hidden) return;
  if (people.classList.contains("open")) {
    openPeople(false);
    peopleButton.focus();
  } else {
    toEnd();
    text.focus();
  }
});

/** Says something to those who listen rather than look. */
function speak(/** @type {string} */ words) {
  announcer.textContent = words;
}

/** @returns {HTMLElement | undefined} */
function pending(/** @type {string} */ id) {
  return [...outbox.children].filter((child) => child instanceof HTMLElement).find((child) => child.dataset.id === id);
}

function put(/** @type {string} */ id, /** @type {string} */ words) {
  const target = find(id, HTMLElement);
  if (target.textContent !== words) target.textContent = words;
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{ new (): T }} type
 * @returns {T}
 */
function find(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}
