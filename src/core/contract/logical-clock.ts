/** Counts what happens to definitions: that they are made, and that they come into use. It tells the order, not the time. */
let now = 0;

const made = new WeakMap<object, number>();

/** A number that is greater than all before it. */
export function tick(): number {
  now += 1;
  return now;
}

/** When a definition was made; for one that another copy of the package made, when it was first seen. */
export function createdAt(definition: object): number {
  const at = made.get(definition) ?? tick();
  made.set(definition, at);
  return at;
}
