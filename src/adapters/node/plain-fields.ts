import type { HeaderSource } from "../../core/protocol/headers.ts";
import { pairsOf } from "./header-pairs.ts";

const UPPER_CASE = /[A-Z]/;

/** What was asked for, and has no capitals: to look at the letters takes longer, and the core asks every head for the same few. */
const lowerCase = new Set<string>();
const MOST_NAMES = 64;

function isLowerCase(name: string): boolean {
  if (lowerCase.has(name)) return true;
  if (UPPER_CASE.test(name)) return false;
  if (lowerCase.size < MOST_NAMES) lowerCase.add(name);
  return true;
}

/** The fields of a plain head. Each name comes once, in lower case. */
export class PlainFields implements HeaderSource {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  /** Those whose names few clients send, or none. */
  #others: Map<string, string> | undefined;

  /** How many there are. */
  get size(): number {
    return this.#names.length + (this.#others?.size ?? 0);
  }

  /** False for a name that is there already. `known`: one of few, which are strings of this program's own. */
  add(name: string, value: string, known: boolean): boolean {
    if (this.#find(name) !== null) return false;
    if (known) {
      this.#names.push(name);
      this.#values.push(value);
    } else {
      this.#others ??= new Map();
      this.#others.set(name, value);
    }
    return true;
  }

  get(name: string): string | null {
    const found = this.#find(name);
    // The core asks in lower case; others need not.
    return found === null && !isLowerCase(name) ? this.#find(name.toLowerCase()) : found;
  }

  #find(name: string): string | null {
    const names = this.#names;
    // To compare what is known takes less time than to look it up.
    for (let at = 0; at < names.length; at++) if (names[at] === name) return this.#values[at]!;
    return this.#others?.get(name) ?? null;
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (let at = 0; at < this.#names.length; at++) visit(this.#values[at]!, this.#names[at]!);
    this.#others?.forEach(visit);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return pairsOf(this);
  }
}
