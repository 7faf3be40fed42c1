import type { HeaderSource } from "../../core/protocol/headers.ts";

/** Iterates over what `forEach` visits, for who asks headers so: few do. */
export function pairsOf(headers: Pick<HeaderSource, "forEach">): Iterator<[string, string]> {
  const pairs: [string, string][] = [];
  headers.forEach((value, name) => {
    pairs.push([name, value]);
  });
  return pairs[Symbol.iterator]();
}
