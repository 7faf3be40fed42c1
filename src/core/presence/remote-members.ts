import type { Others } from "../rpc/wire.ts";

/** How many checks a process that was asked may leave unanswered: at the next it is taken for gone. */
const MAX_UNANSWERED = 2;

/** The members of a room in other processes, as those tell: what is shown of each, as JSON, by process and by socket. */
export class RemoteMembers {
  readonly #processes = new Map<string, Map<string, string>>();
  /** Processes that were asked and have not answered, and how many checks have found it so. */
  readonly #asked = new Map<string, number>();

  get(id: string): string | undefined {
    for (const shown of this.#processes.values()) {
      const text = shown.get(id);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /** Notes what a process tells: all of its members, or what has changed. Returns the ids of those it is about. */
  update(from: string, { all, shown = all ?? {}, gone = [] }: Others): Iterable<string> {
    const touched = all ? this.drop(from) : [];
    const known = this.#processes.get(from) ?? new Map<string, string>();
    this.#processes.set(from, known);
    for (const [id, value] of Object.entries(shown)) known.set(id, JSON.stringify(value));
    for (const id of gone) known.delete(id);
    return [...touched, ...Object.keys(shown), ...gone];
  }

  /** Forgets a process. Returns the ids of the members that it had. */
  drop(from: string): string[] {
    const ids = [...(this.#processes.get(from)?.keys() ?? [])];
    this.#processes.delete(from);
    this.#asked.delete(from);
    return ids;
  }

  /** Forgets all processes. Returns the ids of their members. */
  clear(): string[] {
    return [...this.#processes.keys()].flatMap((from) => this.drop(from));
  }

  /** All known processes have been asked who is there. */
  asked(): void {
    for (const from of this.#processes.keys()) this.#asked.set(from, this.#asked.get(from) ?? 0);
  }

  /** Counts one more check, and returns the processes that have left too many unanswered. */
  unanswered(): string[] {
    for (const [from, times] of this.#asked) this.#asked.set(from, times + 1);
    return [...this.#asked].filter(([, times]) => times > MAX_UNANSWERED).map(([from]) => from);
  }
}
