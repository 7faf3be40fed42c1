import type { Place } from "../place.ts";
import { Node } from "../tree.ts";

/** Deeper objects are not read. */
const DEEPEST = 30;

/** What is no literal, in the texts of nodes: a name, a call, anything else that is computed. */
export function isCode(node: Node | undefined): boolean {
  return node?.text?.startsWith("(") === true;
}

/** What is no literal as the text of a node; these words are literals. */
function asCode(expression: string): string {
  return /^(?:true|false|null|undefined|!0|!1|[\d._]+)$/.test(expression) ? expression : `(${expression})`;
}

/** Names that are set to objects elsewhere in the text are not looked up: what is no literal stands in parentheses, as it is written. */
export function objectAt(text: string, from: number, placeOf: (offset: number) => Place): Node | undefined {
  return new Reader(text, from, placeOf).value(0);
}

class Reader {
  readonly #text: string;
  readonly #placeOf: (offset: number) => Place;
  #at: number;

  constructor(text: string, from: number, placeOf: (offset: number) => Place) {
    this.#text = text;
    this.#at = from;
    this.#placeOf = placeOf;
  }

  value(depth: number, place?: Place): Node | undefined {
    this.#space();
    const here = place ?? this.#placeOf(this.#at);
    if (depth > DEEPEST) return undefined;
    if (this.#text[this.#at] === "{") return this.#object(depth, here);
    if (this.#text[this.#at] === "[") return this.#list(depth, here);
    const string = this.#string();
    this.#space();
    if (string !== undefined && /[,}\]\n;]|^$/.test(this.#text[this.#at] ?? "")) return new Node(string, here);
    const rest = this.#expression();
    return new Node(string === undefined ? asCode(rest) : `(${JSON.stringify(string)} ${rest})`, here);
  }

  #object(depth: number, place: Place): Node | undefined {
    const map = new Map<string, Node>();
    this.#at++;
    for (;;) {
      this.#space();
      const character = this.#text[this.#at];
      if (character === undefined) return undefined;
      if (character === "}") {
        this.#at++;
        return new Node(map, place);
      }
      if (character === ",") {
        this.#at++;
        continue;
      }
      const start = this.#at;
      const key =
        this.#string() ?? this.#stringInBrackets() ?? this.#take(/(?:async\s+)?[\w$]+/y) ?? this.#take(/\[[^\]]*\]/y);
      if (key === undefined) {
        map.set(`(${start})`, new Node(this.#expression(), this.#placeOf(start)));
        if (this.#at === start) return undefined;
        continue;
      }
      this.#space();
      if (this.#text[this.#at] === ":") {
        this.#at++;
        const value = this.value(depth + 1, this.#placeOf(start));
        if (!value) return undefined;
        map.set(key, value);
      } else map.set(key, new Node(asCode(this.#expression() || key), this.#placeOf(start)));
    }
  }

  #list(depth: number, place: Place): Node | undefined {
    const items: Node[] = [];
    this.#at++;
    for (;;) {
      this.#space();
      const character = this.#text[this.#at];
      if (character === undefined) return undefined;
      if (character === "]") {
        this.#at++;
        return new Node(items, place);
      }
      if (character === ",") {
        this.#at++;
        continue;
      }
      const before = this.#at;
      const value = this.value(depth + 1);
      if (!value || this.#at === before) return undefined;
      items.push(value);
    }
  }

  /** Up to the comma or the bracket that ends it. */
  #expression(): string {
    const start = this.#at;
    for (let open = 0; this.#at < this.#text.length; ) {
      if (this.#string() !== undefined || this.#comment()) continue;
      const character = this.#text[this.#at]!;
      if (open === 0 && /[,}\])]/.test(character)) break;
      if (/[{[(]/.test(character)) open++;
      else if (/[}\])]/.test(character)) open--;
      this.#at++;
    }
    return this.#text.slice(start, this.#at).trim();
  }

  #string(): string | undefined {
    const quote = this.#text[this.#at] ?? "";
    if (!/["'`]/.test(quote)) return undefined;
    let out = "";
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const character = this.#text[at]!;
      if (character === quote) {
        this.#at = at + 1;
        return out;
      }
      out += character === "\\" ? this.#text[++at] : character;
    }
    return undefined;
  }

  /** `["/ws"]` is a key like any other. */
  #stringInBrackets(): string | undefined {
    const [, text] = this.#take(/\[\s*(?:"[^"\\\]]*"|'[^'\\\]]*')\s*\]/y)?.match(/^\[\s*["'](.*)["']\s*\]$/) ?? [];
    return text;
  }

  #space(): void {
    while (this.#take(/\s+/y) !== undefined || this.#comment());
  }

  #comment(): boolean {
    return this.#take(/\/\/[^\n]*|\/\*.*?\*\//sy) !== undefined;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined || found === "") return undefined;
    this.#at += found.length;
    return found;
  }
}
