/** Differs from run to run: nobody can make a capture whose pairs all meet in one place. */
const SEED: number = (Math.random() * 2 ** 32) | 1;

/**
 * Gives each pair of two numbers of 32 bits an index, from 0 on. A Map of such keys takes ten times the memory, and the time: its
 * keys would be doubles or texts.
 */
export class Pairs {
  size = 0;
  readonly #most: number;
  /** By their hash, the index after that of the pair; 0 where there is none. At least half of it is empty. */
  #places: Int32Array = new Int32Array(1 << 10);
  #first: Uint32Array = new Uint32Array(1 << 9);
  #second: Uint32Array = new Uint32Array(1 << 9);

  /** @param most more pairs are not taken */
  constructor(most: number) {
    this.#most = most;
  }

  /** The index of a pair; undefined for a new one where there are too many. */
  indexOf(first: number, second: number): number | undefined {
    const place = this.#placeOf(first, second);
    const known = this.#places[place]!;
    if (known > 0) return known - 1;
    if (this.size >= this.#most) return undefined;
    const index = this.size++;
    this.#first[index] = first;
    this.#second[index] = second;
    this.#places[place] = index + 1;
    if (this.size === this.#first.length) this.#grow();
    return index;
  }

  /** The pair of an index. */
  at(index: number): readonly [first: number, second: number] {
    return [this.#first[index]!, this.#second[index]!];
  }

  #placeOf(first: number, second: number): number {
    const mask = this.#places.length - 1;
    let hash = Math.imul(first ^ SEED, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), SEED);
    for (let place = (hash ^ (hash >>> 13)) & mask; ; place = (place + 1) & mask) {
      const known = this.#places[place]! - 1;
      if (known < 0 || (this.#first[known] === first >>> 0 && this.#second[known] === second >>> 0)) return place;
    }
  }

  #grow(): void {
    this.#first = grown(this.#first);
    this.#second = grown(this.#second);
    this.#places = new Int32Array(this.#places.length * 2);
    for (let index = 0; index < this.size; index++)
      this.#places[this.#placeOf(this.#first[index]!, this.#second[index]!)] = index + 1;
  }
}

function grown(numbers: Uint32Array): Uint32Array {
  const larger = new Uint32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
