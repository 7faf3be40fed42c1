import type { Changes } from "./words.ts";

/** How often it is looked for answers until one is given up. */
const PATIENCE = 2;

/** Who is in a room in other processes, as these say: projections as JSON, by process and by socket. */
export class Elsewhere {
  readonly #processes = new Map<string, Map<string, string>>();
  /** Those that were asked and have not answered, and how often that was seen. */
  readonly #doubted = new Map<string, number>();

  get(id: string): string | undefined {
    for (const shown of this.#processes.values()) {
      const text = shown.get(id);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /** Takes what a process says, all that is there or what has changed; the ids of those it is about. */
  take(from: string, { all, shown = all ?? {}, gone = [] }: Changes): Iterable<string> {
    const touched = all ? this.drop(from) : [];
    const known = this.#processes.get(from) ?? new Map<string, string>();
    this.#processes.set(from, known);
    for (const [id, value] of Object.entries(shown)) known.set(id, JSON.stringify(value));
    for (const id of gone) known.delete(id);
    return [...touched, ...Object.keys(shown), ...gone];
  }

  /** Forgets a process; the ids that it had. */
  drop(from: string): string[] {
    const ids = [...(this.#processes.get(from)?.keys() ?? [])];
    this.#processes.delete(from);
    this.#doubted.delete(from);
    return ids;
  }

  clear(): string[] {
    return [...this.#processes.keys()].flatMap((from) => this.drop(from));
  }

  /** All are asked who is there. */
  doubt(): void {
    for (const from of this.#processes.keys()) this.#doubted.set(from, this.#doubted.get(from) ?? 0);
  }

  /** Those that have not answered for too long. */
  unanswered(): string[] {
    for (const [from, times] of this.#doubted) this.#doubted.set(from, times + 1);
    return [...this.#doubted].filter(([, times]) => times > PATIENCE).map(([from]) => from);
  }
}
