import { Node } from "./tree.ts";

type Table = Map<string, Node>;

/** So deep tables and values are. */
const DEEPEST = 40;

/** A text in TOML, as far as configurations use it: tables, dotted keys, strings, numbers, lists and inline tables. Undefined for what is none. */
export function tomlOf(lines: readonly string[], file: string, firstLine: number): readonly Node[] | undefined {
  const reader = new Reader(file, firstLine);
  for (let at = 0; at < lines.length; at++) {
    let text = lines[at]!;
    const start = at;
    // A list may go on over lines.
    while (isOpen(text) && at + 1 < lines.length && at - start < 500) text += `\n${lines[++at]}`;
    if (!reader.line(text, firstLine + start)) return undefined;
  }
  return [reader.root];
}

function isOpen(text: string): boolean {
  const bare = text.replace(/"(?:\\.|[^"\\])*"|'[^']*'|#.*/g, "");
  return /=/.test(bare) && (bare.match(/[[{]/g) ?? []).length > (bare.match(/[\]}]/g) ?? []).length;
}

class Reader {
  readonly root: Node;
  readonly #file: string;
  readonly #top: Table = new Map();
  #table: Table;

  constructor(file: string, line: number) {
    this.#file = file;
    this.#table = this.#top;
    this.root = new Node(this.#top, { file, line });
  }

  /** Whether a line is one of TOML. */
  line(text: string, line: number): boolean {
    if (/^\s*(?:#.*)?$/.test(text)) return true;
    const [, open, name, close] = /^\s*(\[\[?)\s*([^[\]]+?)\s*(\]\]?)\s*(?:#.*)?$/.exec(text) ?? [];
    if (open !== undefined && name !== undefined && open.length === close?.length) {
      const keys = keysOf(name);
      if (keys.length === 0 || keys.length > DEEPEST) return false;
      this.#table = this.#tableAt(this.#top, keys, line, open === "[[");
      return true;
    }
    const [, key, rest = ""] =
      /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=\s*(.*)$/s.exec(text) ?? [];
    if (key === undefined) return false;
    const value = new ValueReader(rest, this.#file, line).whole();
    const keys = keysOf(key);
    if (!value || keys.length > DEEPEST) return false;
    this.#tableAt(this.#table, keys.slice(0, -1), line, false).set(keys.at(-1)!, value);
    return true;
  }

  #tableAt(from: Table, keys: readonly string[], line: number, isList: boolean): Table {
    let table = from;
    keys.forEach((key, at) => {
      const isLast = at === keys.length - 1;
      const old = table.get(key);
      const inner: Table = new Map();
      const node = new Node(inner, { file: this.#file, line });
      if (isList && isLast) {
        table.set(
          key,
          new Node([...(old && !old.isMap ? old.items : []), node], { file: this.#file, line: old?.line ?? line }),
        );
        tables.set(node, inner);
        table = inner;
      } else {
        const there = old?.isMap ? old : old?.items.at(-1);
        const known = there && tables.get(there);
        if (!known) {
          table.set(key, node);
          tables.set(node, inner);
        }
        table = known ?? inner;
      }
    });
    return table;
  }
}

/** The map that a node was made of, to add to it. */
const tables = new WeakMap<Node, Table>();

function keysOf(text: string): readonly string[] {
  return (text.match(/[\w-]+|"[^"]*"|'[^']*'/g) ?? []).map((key) => key.replace(/^["']|["']$/g, ""));
}

class ValueReader {
  readonly #text: string;
  readonly #place: { readonly file: string; readonly line: number };
  #at = 0;

  constructor(text: string, file: string, line: number) {
    this.#text = text;
    this.#place = { file, line };
  }

  whole(): Node | undefined {
    const value = this.#value(0);
    return value && /^\s*(?:#[^\n]*)?$/.test(this.#text.slice(this.#at)) ? value : undefined;
  }

  #value(depth: number): Node | undefined {
    this.#space();
    if (depth > DEEPEST) return undefined;
    if (this.#take("[")) return this.#list(depth);
    if (this.#take("{")) return this.#inline(depth);
    const pattern = /"((?:\\.|[^"\\])*)"|'([^']*)'|([^\s,\]}#]+)/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return undefined;
    this.#at = pattern.lastIndex;
    return new Node(match[1]?.replace(/\\(["\\])/g, "$1") ?? match[2] ?? match[3] ?? "", this.#place);
  }

  #list(depth: number): Node | undefined {
    const items: Node[] = [];
    for (;;) {
      this.#space();
      if (this.#take("]")) return new Node(items, this.#place);
      const value = this.#value(depth + 1);
      if (!value) return undefined;
      items.push(value);
      this.#space();
      if (!this.#take(",") && this.#text[this.#at] !== "]") return undefined;
    }
  }

  #inline(depth: number): Node | undefined {
    const map: Table = new Map();
    for (;;) {
      this.#space();
      if (this.#take("}")) return new Node(map, this.#place);
      const pattern = /([\w-]+|"[^"]*")\s*=/y;
      pattern.lastIndex = this.#at;
      const key = pattern.exec(this.#text)?.[1];
      if (key === undefined) return undefined;
      this.#at = pattern.lastIndex;
      const value = this.#value(depth + 1);
      if (!value) return undefined;
      map.set(key.replace(/"/g, ""), value);
      this.#space();
      if (!this.#take(",") && this.#text[this.#at] !== "}") return undefined;
    }
  }

  #space(): void {
    const pattern = /(?:\s+|#[^\n]*\n)*/y;
    pattern.lastIndex = this.#at;
    pattern.exec(this.#text);
    this.#at = pattern.lastIndex;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}
