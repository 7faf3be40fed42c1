/** More edits than these are no slip of the fingers, and would take long to look for. */
const MAX_EDITS = 4;

/** The one of `names` that `name` is probably a slip for; undefined when all are too far from it. */
export function closestName(name: string, names: readonly string[]): string | undefined {
  for (let edits = 0; edits <= Math.min(MAX_EDITS, Math.ceil(name.length / 3)); edits++) {
    const found = names.find((other) => isWithin(edits, name.toLowerCase(), other.toLowerCase()));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether at most so many letters have to be put in, left out or changed (Levenshtein). */
function isWithin(edits: number, one: string, two: string): boolean {
  if (one === two || edits < 0) return edits >= 0;
  const [rest, other] = [one.slice(1), two.slice(1)];
  if (one[0] === two[0]) return isWithin(edits, rest, other);
  return isWithin(edits - 1, rest, other) || isWithin(edits - 1, rest, two) || isWithin(edits - 1, one, other);
}
