import { globSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { type Directive, parseFrom } from "./parse.ts";

/** So many files are read, of so many bytes each, and so deep. */
const MOST_FILES = 500;
const MOST_BYTES = 1 << 20;
const DEEPEST = 10;

/** Directives with what they include put in its place. */
export interface Included {
  readonly directives: readonly Directive[];
  /** What was to be included and is not here, as it stands in the configuration. */
  readonly missing: readonly Directive[];
}

/** What Debian's `proxy_params` says; it is included where the file itself was not given. */
const KNOWN: Readonly<Record<string, string>> = {
  proxy_params:
    "proxy_set_header Host $http_host; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;",
};

/** Files that say nothing about how requests are passed on. */
const IRRELEVANT =
  /(?:^|\/)(?:mime\.types|fastcgi_params|fastcgi\.conf|uwsgi_params|scgi_params|modules-enabled\/.*|ssl[\w-]*(?:\.conf)?|options-ssl-nginx\.conf|snippets\/(?:ssl|self-signed|fastcgi)[\w-]*\.conf|koi-.*|win-utf)$/;

/** Reads what a configuration includes; `path` is its file, undefined where it is none. */
export function included(directives: readonly Directive[], path: string | undefined): Included {
  const reader = new Includes(path);
  return { directives: reader.expand(directives, 0), missing: reader.missing };
}

class Includes {
  readonly missing: Directive[] = [];
  readonly #folder: string | undefined;
  #files = 0;

  constructor(path: string | undefined) {
    this.#folder = path === undefined ? undefined : dirname(path);
  }

  expand(directives: readonly Directive[], depth: number): readonly Directive[] {
    return directives.flatMap((directive) => {
      if (directive.name === "include") return this.#include(directive, depth);
      const { block } = directive;
      return block && directive.name !== "map" ? [{ ...directive, block: this.expand(block, depth) }] : [directive];
    });
  }

  #include(directive: Directive, depth: number): readonly Directive[] {
    const pattern = directive.args[0] ?? "";
    const files = depth < DEEPEST ? this.#find(pattern) : [];
    if (files.length > 0) return files.flatMap((file) => this.expand(read(file, this.#shown(file)), depth + 1));
    const known = KNOWN[pattern.split("/").at(-1)!];
    if (known !== undefined) return parseFrom([known], 0, directive.file, directive.line).directives;
    // A pattern that nothing fits is no error to nginx.
    if (!IRRELEVANT.test(pattern) && (this.#folder === undefined || !/[*?[]/.test(pattern)))
      this.missing.push(directive);
    return [];
  }

  /** Relative to the folder of the configuration; of one that was copied here, what lies beside it. */
  #find(pattern: string): readonly string[] {
    const folder = this.#folder;
    if (folder === undefined || this.#files >= MOST_FILES) return [];
    const inside = pattern.replace(/^\/etc\/nginx\//, "");
    const places = isAbsolute(pattern)
      ? [pattern, join(folder, inside)]
      : [join(folder, pattern), join(folder, "..", pattern)];
    const found = places.map(matches).find((files) => files.length > 0) ?? [];
    this.#files += found.length;
    return found.slice(0, MOST_FILES);
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

function read(file: string, shown: string): readonly Directive[] {
  try {
    const text = readFileSync(file).subarray(0, MOST_BYTES).toString("utf8");
    return parseFrom(text.split(/\r?\n/), 0, shown).directives;
  } catch {
    return [];
  }
}
