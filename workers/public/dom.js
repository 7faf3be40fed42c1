// What every part of the page is made with. What people wrote only ever goes into textContent.

const announcer = find("announcer", HTMLElement);

/** @param {string} tag @param {string} className @param {(Node | string)[]} parts */
export function element(tag, className, ...parts) {
  const result = document.createElement(tag);
  if (className) result.className = className;
  result.append(...parts);
  return result;
}

export function bdi(/** @type {string} */ name) {
  return element("bdi", "", name);
}

/** Says something to those who listen rather than look. */
export function speak(/** @type {string} */ words) {
  announcer.textContent = words;
}

export function put(/** @type {string} */ id, /** @type {string} */ words) {
  const target = find(id, HTMLElement);
  if (target.textContent !== words) target.textContent = words;
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{ new (): T }} type
 * @returns {T}
 */
export function find(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}
