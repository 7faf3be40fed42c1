import { closestName } from "./closest-name.ts";

/**
 * Throws a TypeError for an option that there is none of, and says which one was probably meant. `of`: whose options they are;
 * `kind`: what they are, where that is another word.
 */
export function checkNames(given: unknown, known: readonly string[], of: string, kind = "option"): void {
  for (const name of Object.keys(given ?? {})) {
    if (!known.includes(name)) throw new TypeError(`${of} has no ${kind} ${JSON.stringify(name)}${meant(name, known)}`);
  }
}

/** Words to append to an error: which of the known names was probably meant; "" when none is close. */
export function meant(name: string, known: readonly string[]): string {
  const found = closestName(name, known);
  return found === undefined ? "" : `: did you mean ${JSON.stringify(found)}?`;
}
