// The conversation: what was said, in order, and how far it has been read.

import { bdi, element, find, speak } from "./dom.js";

/** @import { Person } from "../protocol.ts" */

/** Messages of one person this close together share a heading. In milliseconds. */
const GROUP_WITHIN = 5 * 60_000;
/** Nearer to the end than this, in pixels, counts as reading the end. */
const NEAR_END = 60;
/** So many messages and lines are shown; nobody scrolls back further, and each costs the page something. */
const MAX_SHOWN = 500;
const MAX_FAILED = 20;

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const initial = new Intl.Segmenter(undefined, { granularity: "grapheme" });

const scroll = find("scroll", HTMLElement);
const log = find("log", HTMLElement);
const outbox = find("outbox", HTMLElement);
const newer = find("newer", HTMLButtonElement);
const older = find("older", HTMLElement);

let atEnd = true;
/** The page will be set in order before it is painted. */
let isDue = false;
/** How high the conversation was when it was. */
let height = 0;
/** Who said the last thing, and when: the next message may belong to it. */
let last = { author: "", at: 0 };

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
  const failed = outbox.querySelectorAll(".failed");
  if (failed.length > MAX_FAILED) failed[0]?.remove();
}

/** @param {string} name @param {"joined" | "left"} what @param {number} at */
export function addPresence(name, what, at) {
  add(line("", "presence", bdi(name), what === "joined" ? " came in" : " left", time(at)));
}

export function addRename(/** @type {string} */ before, /** @type {string} */ name, /** @type {number} */ at) {
  add(line("", "presence", bdi(before), " is now called ", bdi(name), time(at)));
}

/** Something was said that nobody can tell us any more. */
export function addGap() {
  add(line("Some of what was said meanwhile is not kept any more.", "notice gap"));
}

/** From here on what comes is news, which is read out; what was said before is there to be read. */
export function live() {
  log.ariaLive = "polite";
}

export function addAnnouncement(/** @type {string} */ text, /** @type {number} */ at) {
  const words = element("p", "text");
  words.dir = "auto";
  words.append(...linked(text));
  add(element("div", "announcement", element("p", "label", "Announcement", time(at)), words));
}

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

export function avatar(/** @type {string} */ name) {
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

/** A name's own hue, the same in everybody's browser; the style sheet gives it the lightness that the theme needs. */
export function colour(/** @type {HTMLElement} */ target, /** @type {string} */ name) {
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

// Reading on.

function add(/** @type {HTMLElement} */ entry) {
  if (!entry.classList.contains("message")) last = { author: "", at: 0 };
  log.append(entry);
  // A page that nobody sees is not painted.
  if (log.childElementCount > 2 * MAX_SHOWN) forgetOldest();
  changed();
}

/** Once for each time the page is painted, however much has come: to ask how high it is costs a layout. */
function changed() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    settle();
  });
}

/** Follows the conversation for those who read its end, and tells the others that it goes on. */
function settle() {
  forgetOldest();
  find("empty", HTMLElement).hidden = log.childElementCount + outbox.childElementCount > 0;
  if (atEnd) toEnd();
  else newer.hidden = false;
  height = scroll.scrollHeight;
}

function forgetOldest() {
  if (log.childElementCount <= MAX_SHOWN) return;
  older.hidden = false;
  while (log.childElementCount > MAX_SHOWN) log.firstElementChild?.remove();
  // What was the second of several has their heading now.
  log.firstElementChild?.classList.remove("again");
  log.firstElementChild?.querySelector(".from:not(.own *)")?.classList.remove("sr");
}

export function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
  atEnd = true;
  newer.hidden = true;
}

scroll.onscroll = () => {
  // What has come since the page was painted is not a reader's doing.
  atEnd = height - scroll.scrollTop - scroll.clientHeight < NEAR_END;
  if (atEnd) newer.hidden = true;
};
// A phone's keyboard and a growing message box make the view smaller.
new ResizeObserver(() => atEnd && toEnd()).observe(scroll);
newer.onclick = () => {
  toEnd();
  find("text", HTMLElement).focus();
};

/** @returns {HTMLElement | undefined} */
function pending(/** @type {string} */ id) {
  return [...outbox.children].filter((child) => child instanceof HTMLElement).find((child) => child.dataset.id === id);
}
