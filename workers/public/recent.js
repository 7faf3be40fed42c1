/** As many as can come a second time: what was sent again after a broken connection. */
const MOST = 1000;

/** The ids that were seen last. */
export class Recent {
  /** In the order in which they came. @type {Set<string>} */
  #ids = new Set();

  /** False when it was seen before. */
  add(/** @type {string} */ id) {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > MOST && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
