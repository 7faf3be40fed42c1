/** Counts what happens to definitions: they are made, they come into use. Not a clock. */
let now = 0;

const made = new WeakMap<object, number>();

/** The next moment: larger than all before it. */
export function nextMoment(): number {
  now += 1;
  return now;
}

/** When a definition was made; for one that another copy of the package made, when it was first seen. */
export function madeAt(definition: object): number {
  const moment = made.get(definition) ?? nextMoment();
  made.set(definition, moment);
  return moment;
}
