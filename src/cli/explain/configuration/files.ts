import { globSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";

/** So many files are read, of so many bytes each. */
const MOST_FILES = 500;
const MOST_BYTES = 1 << 20;

/** A file that a configuration includes. */
export interface IncludedFile {
  /** As it is shown. */
  readonly name: string;
  readonly lines: readonly string[];
}

/** Finds what a configuration includes. */
export class Files {
  readonly #folder: string | undefined;
  readonly #root: RegExp;
  #count = 0;

  /**
   * @param path the configuration's own file, undefined where it is none
   * @param root the folder that it usually lies in, such as `^/etc/apache2/`: a copy of it may have its files beside it
   */
  constructor(path: string | undefined, root: RegExp) {
    this.#folder = path === undefined ? undefined : dirname(path);
    this.#root = root;
  }

  /** The files that a name or a pattern means; none where they are not here. */
  find(pattern: string): readonly IncludedFile[] {
    const folder = this.#folder;
    if (folder === undefined || this.#count >= MOST_FILES) return [];
    const places = isAbsolute(pattern)
      ? [pattern, join(folder, pattern.replace(this.#root, ""))]
      : [join(folder, pattern), join(folder, "..", pattern)];
    const found = places.map(matches).find((files) => files.length > 0) ?? [];
    this.#count += found.length;
    return found.slice(0, MOST_FILES).map((file) => ({ name: this.#shown(file), lines: linesOf(file) }));
  }

  #shown(file: string): string {
    const shown = relative(this.#folder ?? "", file);
    return shown.startsWith("..") ? file : shown;
  }
}

function matches(pattern: string): readonly string[] {
  return globSync(pattern)
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .sort();
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file).subarray(0, MOST_BYTES).toString("utf8").split(/\r?\n/);
  } catch {
    return [];
  }
}
