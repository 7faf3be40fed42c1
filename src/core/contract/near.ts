/** The one of some names that a slip has probably made another one of; undefined when none is near. */
export function near(name: string, names: readonly string[]): string | undefined {
  const distances = names.map((other) => [distance(name.toLowerCase(), other.toLowerCase()), other] as const);
  const [nearest] = distances.sort(([one], [two]) => one - two);
  return nearest && nearest[0] <= Math.ceil(name.length / 3) ? nearest[1] : undefined;
}

/** How many letters have to be put in, left out or changed (Levenshtein). */
function distance(one: string, two: string): number {
  let row = Array.from({ length: two.length + 1 }, (_, index) => index);
  for (const [above, letter] of [...one].entries()) {
    const next = [above + 1];
    for (const [index, other] of [...two].entries()) {
      next.push(Math.min(row[index]! + (letter === other ? 0 : 1), row[index + 1]! + 1, next[index]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
