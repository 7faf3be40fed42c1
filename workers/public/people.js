// Who is here.

import { bdi, element, find, put, speak } from "./dom.js";
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
      ? "Send the room’s link to somebody you would like to talk to. They see what was said before they came."
      : "Nothing has been said yet. Be the first.",
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

/** @param {(name: string) => Promise<string>} rename resolves with the name as it is shown, rejects with an error in words */
export function onRename(rename) {
  const form = find("rename", HTMLFormElement);
  const input = find("rename-name", HTMLInputElement);
  const opener = find("rename-button", HTMLButtonElement);
  const show = (/** @type {boolean} */ isOpen) => {
    form.hidden = !isOpen;
    opener.hidden = isOpen;
    (isOpen ? input : opener).focus();
  };
  const complain = (/** @type {string} */ problem) => {
    input.ariaInvalid = String(problem !== "");
    put("rename-hint", problem);
  };
  opener.onclick = () => {
    input.value = list.querySelector(".you")?.parentElement?.querySelector("bdi")?.textContent ?? "";
    complain("");
    show(true);
    input.select();
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      const name = await rename(input.value);
      show(false);
      speak(`You are now called ${name}.`);
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
      input.focus();
    }
  };
  form.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    show(false);
  };
  find("rename-cancel", HTMLButtonElement).onclick = () => show(false);
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
