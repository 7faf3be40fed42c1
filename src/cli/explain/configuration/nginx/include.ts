import { Files } from "../files.ts";
import { lookup } from "../lookup.ts";
import { type Directive, parseFrom } from "./parse.ts";

/** So deep files may include one another. */
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
  readonly #files: Files;
  readonly #isFile: boolean;

  constructor(path: string | undefined) {
    this.#files = new Files(path, /^\/etc\/nginx\//);
    this.#isFile = path !== undefined;
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
    const files = depth < DEEPEST ? this.#files.find(pattern) : [];
    if (files.length > 0)
      return files.flatMap(({ lines, name }) => this.expand(parseFrom(lines, 0, name).directives, depth + 1));
    const known = lookup(KNOWN, pattern.split("/").at(-1)!);
    if (known !== undefined) return parseFrom([known], 0, directive.file, directive.line).directives;
    // A pattern that nothing fits is no error to nginx.
    if (!IRRELEVANT.test(pattern) && (!this.#isFile || !/[*?[]/.test(pattern))) this.missing.push(directive);
    return [];
  }
}
