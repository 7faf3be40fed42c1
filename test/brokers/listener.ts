import type { Member } from "./cluster.ts";

/** Follows what a member hears of the streams of all members but those on its own host. */
export class Listener {
  /** How many messages came, and how many were sent, by others. */
  received = 0;
  sent = 0;
  /** Messages that came twice or in the wrong order. */
  readonly disorder: string[] = [];
  readonly finished: Promise<void>;
  readonly #id: string;
  readonly #last = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #wake: (() => void) | undefined;

  constructor(member: Member, members: readonly Member[]) {
    this.#id = member.id;
    for (const { id } of members) this.#last.set(id, -1);
    this.finished = this.#listen(member, members.length);
  }

  async #listen(member: Member, streams: number): Promise<void> {
    for (let ended = 0; ended < streams; this.#wake?.()) {
      const [id = "", number = "", total] = String(await member.next()).split(":");
      const isOwn = id === member.id;
      if (!isOwn) this.received += 1;
      if (total === undefined) this.#heard(id, Number(number));
      else ended += 1;
      if (total !== undefined && !isOwn) this.sent += Number(total) + 1;
    }
  }

  #heard(id: string, number: number): void {
    if (number <= (this.#last.get(id) ?? Infinity)) this.disorder.push(`${id}:${number} after ${this.#last.get(id)}`);
    this.#last.set(id, number);
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
  }

  /** Resolves when so many more have come from each member, or from itself alone. */
  async progress(count: number, own = false): Promise<void> {
    const ids = own ? [this.#id] : [...this.#last.keys()];
    const wanted = new Map(ids.map((id) => [id, (this.#counts.get(id) ?? 0) + count]));
    while (ids.some((id) => (this.#counts.get(id) ?? 0) < wanted.get(id)!)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** What a member does, to be used without it. */
export function bind(member: Member) {
  return { id: member.id, say: (data: string) => member.say(data), take: (count: number) => member.take(count) };
}

/** What stands behind the last colon. */
export function numberOf(text: string): number {
  return Number(text.slice(text.lastIndexOf(":") + 1));
}
