import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document as YamlDocument } from "yaml";
import { Node } from "./tree.ts";

/** Of a text no more is read: characters, and values in it, which may name one another. */
const MOST_CHARACTERS = 1 << 20;
const MOST_NODES = 50_000;
const MOST_ALIASES = 500;
const DEEPEST = 60;

/** The documents of a text in YAML, which JSON is as well; undefined for what is none. */
export function yamlOf(text: string, file: string, firstLine: number): readonly Node[] | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const lines = new LineCounter();
  try {
    const documents = parseAllDocuments(text, { lineCounter: lines, logLevel: "silent", uniqueKeys: false });
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
    const tree = new Tree(file, (offset) => firstLine - 1 + lines.linePos(offset).line);
    return documents.flatMap((one) => tree.node(one.contents, one, 0) ?? []);
  } catch {
    return undefined;
  }
}

class Tree {
  readonly #file: string;
  readonly #lineOf: (offset: number) => number;
  #left = MOST_NODES;
  #aliases = MOST_ALIASES;

  constructor(file: string, lineOf: (offset: number) => number) {
    this.#file = file;
    this.#lineOf = lineOf;
  }

  /** A value; `offset` is where its key stands. */
  node(value: unknown, document: YamlDocument, depth: number, offset?: number): Node | undefined {
    if (--this.#left < 0 || depth > DEEPEST) throw new RangeError("too much of it");
    if (isAlias(value) && --this.#aliases < 0) throw new RangeError("too many names");
    if (isAlias(value)) return this.node(value.resolve(document), document, depth + 1, offset ?? value.range?.[0]);
    const at = offset ?? (value as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
    const place = { file: this.#file, line: this.#lineOf(at) };
    if (isScalar(value))
      return new Node(
        typeof value.value === "string" ? value.value : (value.source ?? `${value.value ?? ""}`),
        place,
        typeof value.value === "number" || typeof value.value === "boolean",
      );
    if (isSeq(value))
      return new Node(
        value.items.flatMap((one) => this.node(one, document, depth + 1) ?? []),
        place,
      );
    if (!isMap(value)) return value == null && offset !== undefined ? new Node("", place) : undefined;
    const map = new Map<string, Node>();
    for (const { key, value: member } of value.items) {
      const name = isScalar(key) ? `${key.value}` : undefined;
      const found = this.node(member, document, depth + 1, isScalar(key) ? key.range?.[0] : undefined);
      if (name === "<<" && found)
        for (const [inherited, one] of found.entries) if (!map.has(inherited)) map.set(inherited, one);
      if (name !== undefined && name !== "<<" && found) map.set(name, found);
    }
    return new Node(map, place);
  }
}
