// What people see around the conversation: the door, the message box, and how the connection is.

import { bdi, element, find, put, speak } from "./dom.js";
import { roomId } from "./door.js";
import { toEnd } from "./log.js";
import { closePeople } from "./people.js";
import "./tools.js";

/** @import { State } from "./connection.js" */

/** How many characters are left when the page begins to count them. */
const COUNT_BELOW = 200;

const page = document.body;
const door = find("door", HTMLElement);
const chat = find("chat", HTMLElement);
const text = find("text", HTMLTextAreaElement);

/** @type {ReturnType<typeof setInterval> | undefined} */
let countdown;
let wasConnected = false;
let title = document.title;
let unread = 0;

/** Why there is no connection, in words for a person, by its code. @type {Record<string, string>} */
const REASONS = {
  1001: "the server restarts",
  1012: "the server restarts",
  1013: "the line is too slow",
  PING_TIMEOUT: "the line went quiet",
  ENDED_WITHOUT_CLOSE: "the line was cut",
  HTTP_FAILS_TOO: "the server does not answer",
  OVERLOADED: "the server is full",
  DRAINING: "the server restarts",
};

/**
 * @param {{ room: string | undefined, name: string, problem?: string, roomProblem?: boolean, notice?: string,
 *   surprise(): string, enter(room: string, name: string): void }} options
 * `problem` is with the name, `roomProblem` with the room that a link led to, `notice` is why one stands outside again.
 */
export function showDoor({ room, name, problem, roomProblem, notice, surprise, enter }) {
  const roomInput = find("room", HTMLInputElement);
  const nameInput = find("name", HTMLInputElement);
  chat.hidden = true;
  door.hidden = false;
  if (room !== undefined) {
    find("room-field", HTMLElement).hidden = true;
    find("door-title", HTMLElement).replaceChildren("Join ", bdi(room));
    put("door-text", notice ?? "One thing before you go in: what should people call you?");
  }
  nameInput.value = name;
  find("surprise", HTMLButtonElement).onclick = () => {
    roomInput.value = surprise();
    (nameInput.value ? find("enter-button", HTMLButtonElement) : nameInput).focus();
  };
  find("enter", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const typed = roomInput.value.trim() || "lobby";
    const chosenRoom = room ?? roomId(typed);
    const chosenName = nameInput.value.trim();
    if (chosenRoom === undefined)
      showProblem("room", "A room’s name has a letter or digit at least, and 48 characters at most.");
    else if (chosenName === "") showProblem("name", "Please give a name first.");
    else enter(chosenRoom, chosenName);
  };
  (room === undefined ? roomInput : nameInput).focus();
  if (problem) showProblem("name", problem);
  if (roomProblem)
    showProblem("room", "That link leads to no room: its name has no letter or digit, or is too long. Pick one here.");
}

/** @param {"room" | "name"} field @param {string} problem */
function showProblem(field, problem) {
  const input = find(field, HTMLInputElement);
  const mark = (/** @type {boolean} */ isWrong) => {
    input.ariaInvalid = String(isWrong);
    input.closest(".field")?.classList.toggle("wrong", isWrong);
  };
  mark(true);
  input.oninput = () => mark(false);
  put(`${field}-hint`, problem);
  input.focus();
}

/** @param {{ room: string, say(text: string): boolean, typing(on: boolean): void, retry(): void }} options */
export function showChat({ room, say, typing, retry }) {
  door.hidden = true;
  chat.hidden = false;
  title = `${room} · onesocket chat`;
  showUnread();
  find("room-name", HTMLElement).replaceChildren(bdi(room));
  find("retry", HTMLButtonElement).onclick = retry;
  find("composer", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const written = text.value.trim();
    if (written === "") return text.focus();
    if (!say(written)) return tooMuch();
    text.value = "";
    grow();
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

/** What was written stays in the box. */
function tooMuch() {
  const words = "Too much is waiting to be sent. This stays here until there is room.";
  put("room-left", words);
  speak(words);
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
    const reason = REASONS[state.why];
    tick(state.until);
    countdown = setInterval(() => tick(state.until), 1000);
    speak(`${wasConnected ? "Connection lost" : "No connection yet"}${reason ? `: ${reason}` : ""}. Trying again.`);
    put("status-reason", reason ?? "");
    return;
  }
  put("status-reason", "");
}

function tick(/** @type {number} */ until) {
  const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1000));
  put("status", `Reconnecting in ${seconds} s`);
}

/** Somebody said something: where nobody looks, the title counts it. */
export function countUnread() {
  if (!document.hidden) return;
  unread += 1;
  showUnread();
}

function showUnread() {
  document.title = unread > 0 ? `(${unread}) ${title}` : title;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  showUnread();
});

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

function dots() {
  const result = element("span", "dots", element("i", ""), element("i", ""), element("i", ""));
  result.ariaHidden = "true";
  return result;
}

/** The message box is as high is as high as what is in it, up to the style sheet's maximum. */
function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
  const left = text.maxLength - text.value.length;
  put("room-left", left <= COUNT_BELOW ? `${left} characters left` : "");
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || chat.hidden || closePeople()) return;
  toEnd();
  text.focus();
});
