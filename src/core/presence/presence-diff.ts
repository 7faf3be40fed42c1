/** A projection that has changed; undefined where there is none any more. */
export interface Entry {
  readonly id: string;
  readonly text: string | undefined;
  /** Whether its socket is or was in this process. */
  readonly isOwn: boolean;
}

/** What has changed, as JSON: for all, and for each of those it is about, who is told of the others only. */
export class PresenceDiff {
  readonly #shown: string;
  /** Where each is in it: from its comma on. */
  readonly #places = new Map<string, readonly [from: number, to: number]>();
  readonly #gone = new Set<string>();

  constructor(changed: readonly Entry[]) {
    let shown = "";
    for (const { id, text } of changed) {
      if (text === undefined) this.#gone.add(id);
      else {
        const from = shown.length;
        shown += `,${JSON.stringify(id)}:${text}`;
        this.#places.set(id, [from, shown.length]);
      }
    }
    this.#shown = shown;
  }

  /** For all. */
  get text(): string {
    return written(this.#shown, [...this.#gone]);
  }

  /** Whether there is something about this one. */
  has(id: string): boolean {
    return this.#places.has(id) || this.#gone.has(id);
  }

  /** What this one is told; undefined where there is nothing about anybody else. */
  without(id: string): string | undefined {
    const [from, to] = this.#places.get(id) ?? [0, 0];
    // Cut out of what is written: with a thousand who come at once, each is told of 999.
    const shown = this.#shown.slice(0, from) + this.#shown.slice(to);
    const gone = [...this.#gone].filter((one) => one !== id);
    return shown === "" && gone.length === 0 ? undefined : written(shown, gone);
  }
}

function written(shown: string, gone: readonly string[]): string {
  return `{"shown":{${shown.slice(1)}},"gone":${JSON.stringify(gone)}}`;
}
