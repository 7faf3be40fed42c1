import type { Place } from "./place.ts";

/** A value of YAML, TOML or JSON, with where it stands. Of what is in a map that is the line of its key. */
export class Node implements Place {
  readonly file: string;
  readonly line: number;
  /** Whether it is a number, true or false, and not a string of those signs. */
  readonly isBare: boolean;
  readonly #value: string | readonly Node[] | ReadonlyMap<string, Node>;

  constructor(value: string | readonly Node[] | ReadonlyMap<string, Node>, { file, line }: Place, isBare = false) {
    this.#value = value;
    this.isBare = isBare;
    this.file = file;
    this.line = line;
  }

  /** Of a scalar, as it is written. */
  get text(): string | undefined {
    return typeof this.#value === "string" ? this.#value : undefined;
  }

  /** Of a list; what is none is a list of itself. */
  get items(): readonly Node[] {
    return Array.isArray(this.#value) ? (this.#value as readonly Node[]) : [this];
  }

  /** Of a map. */
  get entries(): readonly (readonly [key: string, value: Node])[] {
    return this.#value instanceof Map ? [...(this.#value as ReadonlyMap<string, Node>)] : [];
  }

  get isMap(): boolean {
    return this.#value instanceof Map;
  }

  /** What is found by names, whatever their case is. */
  get(...names: readonly string[]): Node | undefined {
    let at: Node | undefined = this;
    for (const name of names) {
      const wanted: string = name.toLowerCase();
      at = at.entries.find(([key]) => key.toLowerCase() === wanted)?.[1];
      if (!at) return undefined;
    }
    return at;
  }

  /** The text that is found by names. */
  textAt(...names: readonly string[]): string | undefined {
    return this.get(...names)?.text;
  }

  /** Whether it is switched on. */
  isTrue(...names: readonly string[]): boolean {
    return /^(?:true|yes|on|1)$/i.test(this.textAt(...names) ?? "");
  }

  /** All maps in it, itself among them, for which something holds. */
  all(holds: (node: Node) => boolean): readonly Node[] {
    const inside = this.isMap ? this.entries.map(([, value]) => value) : this.text === undefined ? this.items : [];
    return [...(this.isMap && holds(this) ? [this] : []), ...inside.flatMap((one) => one.all(holds))];
  }
}
