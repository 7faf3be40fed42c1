/** More letters than these are no slip, and would take long to look for. */
const MOST = 4;

/** The one of some names that a slip has probably made another one of; undefined when none is near. */
export function near(name: string, names: readonly string[]): string | undefined {
  for (let letters = 0; letters <= Math.min(MOST, Math.ceil(name.length / 3)); letters++) {
    const found = names.find((other) => isWithin(letters, name.toLowerCase(), other.toLowerCase()));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether so many letters have to be put in, left out or changed at most (Levenshtein). */
function isWithin(letters: number, one: string, two: string): boolean {
  if (one === two || letters < 0) return letters >= 0;
  const [rest, other] = [one.slice(1), two.slice(1)];
  if (one[0] === two[0]) return isWithin(letters, rest, other);
  return isWithin(letters - 1, rest, other) || isWithin(letters - 1, rest, two) || isWithin(letters - 1, one, other);
}
