// Who is here.

import { bdi, element, find, put } from "./dom.js";
import { avatar, colour } from "./log.js";

/** @import { Person } from "../protocol.ts" */

const people = find("people", HTMLElement);
const list = find("people-list", HTMLElement);
const button = find("people-button", HTMLButtonElement);

/** The number beside each name. @type {Map<string, HTMLElement>} */
const counts = new Map();

/** @param {ReadonlyMap<string, Person>} everyone @param {string} you */
export function showPeople(everyone, you) {
  const sorted = [...everyone.values()].sort(
    (a, b) => Number(b.id === you) - Number(a.id === you) || a.name.localeCompare(b.name),
  );
  put("people-short", String(sorted.length));
  put("people-title", `Here now: ${sorted.length}`);
  counts.clear();
  list.replaceChildren(...sorted.map((person) => personItem(person, person.id === you)));
  const alone = sorted.length <= 1;
  put(
    "empty-text",
    alone
      ? "Send the room’s link to somebody you would like to talk to. Nothing is kept: they see what is said once they are here."
      : "Nothing has been said since you came in. Be the first.",
  );
}

/** Changes one number; false where nobody has it. */
export function showCount(/** @type {Person} */ { id, said }) {
  const count = counts.get(id);
  count?.replaceChildren(String(said), element("span", "sr", said === 1 ? " message" : " messages"));
  return count !== undefined;
}

function personItem(/** @type {Person} */ person, /** @type {boolean} */ isYou) {
  const who = element("span", "who", bdi(person.name));
  if (isYou) who.append(" ", element("span", "you", "you"));
  const count = element("span", "count");
  counts.set(person.id, count);
  showCount(person);
  return colour(element("li", "person", avatar(person.name), who, count), person.name);
}

function open(/** @type {boolean} */ open) {
  people.classList.toggle("open", open);
  button.ariaExpanded = String(open);
}

/** Closes the panel that it is on a phone; false when it was not open. */
export function closePeople() {
  if (!people.classList.contains("open")) return false;
  open(false);
  button.focus();
  return true;
}

button.onclick = () => open(!people.classList.contains("open"));
document.addEventListener("click", ({ target }) => {
  if (target instanceof Node && !people.contains(target) && !button.contains(target)) open(false);
});
