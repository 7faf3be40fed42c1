/** More kinds of heads are not kept. */
const MOST = 500;

/** A head without the one value in which it differs from others. */
interface Parts {
  readonly shape: string;
  readonly value: string;
}

/** A head that was read, and the first one that differs from it in that value alone. */
export interface Alike<Head> {
  readonly head: Head;
  readonly like: Head;
}

/**
 * Reads heads of which a capture may have a hundred thousand that differ in one header's value alone: the first of each kind is
 * read, and of the others that value.
 */
export class Shapes<Head extends { readonly headers: readonly { readonly name: string; readonly value: string }[] }> {
  readonly #name: string;
  /** How a line begins, as most write it. */
  readonly #begins: readonly string[];
  readonly #form: RegExp;
  readonly #read: (text: string) => Head | undefined;
  readonly #known = new Map<string, { readonly head: Head; readonly at: number }>();

  /**
   * @param name of the header, as the RFC writes it
   * @param form of values that are alike
   */
  constructor(name: string, form: RegExp, read: (text: string) => Head | undefined) {
    this.#name = name.toLowerCase();
    this.#begins = [`\n${name}: `, `\n${this.#name}: `];
    this.#form = form;
    this.#read = read;
  }

  /** Reads a head; undefined for what is none. */
  read(text: string): Alike<Head> | undefined {
    const parts = this.#parts(text);
    const known = parts && this.#known.get(parts.shape);
    if (known) return { head: this.#filled(known.head, known.at, parts.value), like: known.head };
    const head = this.#read(text);
    if (head && parts) this.#keep(parts.shape, head);
    return head && { head, like: head };
  }

  #parts(text: string): Parts | undefined {
    const [usual, lower] = this.#begins;
    let at = text.indexOf(usual!);
    if (at < 0) at = text.indexOf(lower!);
    if (at < 0) return undefined;
    const start = at + usual!.length;
    const end = text.indexOf("\r\n", start);
    const value = text.slice(start, end);
    return end > 0 && this.#form.test(value) ? { shape: text.slice(0, start) + text.slice(end), value } : undefined;
  }

  /** Only where it comes once. */
  #keep(shape: string, head: Head): void {
    const at = head.headers.findIndex(({ name }) => name.toLowerCase() === this.#name);
    const isAlone = head.headers.findLastIndex(({ name }) => name.toLowerCase() === this.#name) === at;
    if (at >= 0 && isAlone && this.#known.size < MOST) this.#known.set(shape, { head, at });
  }

  #filled(head: Head, at: number, value: string): Head {
    const headers = head.headers.slice();
    headers[at] = { name: headers[at]!.name, value };
    return { ...head, headers };
  }
}
