import { type Stats, unwatchFile, watchFile } from "node:fs";

/**
 * How often each file is looked at. Looked at rather than listened to: that sees files on network and container mounts,
 * those that an editor replaces, and those that are not there yet.
 */
const INTERVAL_MS = 200;

/** How long nothing more has to change: editors and version control write several files at once. */
const QUIET_MS = 50;

/** Files whose changes are waited for. */
export class WatchedFiles {
  /** Counts the changes; several within a moment are one. */
  version = 0;
  readonly #files = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  add(files: readonly string[]): void {
    for (const file of files) {
      if (this.#files.has(file)) continue;
      this.#files.add(file);
      watchFile(file, { interval: INTERVAL_MS }, this.#looked);
    }
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.#files.size > 0;
  }

  /** Resolves when a file has changed since that version. */
  async after(version: number): Promise<"changed"> {
    while (this.version === version) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return "changed";
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const file of this.#files) unwatchFile(file, this.#looked);
  }

  readonly #looked = (now: Stats, before: Stats): void => {
    if (now.mtimeMs === before.mtimeMs && now.size === before.size && now.ino === before.ino) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.version++;
      for (const wake of this.#waiting.splice(0)) wake();
    }, QUIET_MS);
  };
}
