import { type Asked, bare } from "../handshake.ts";
import { lookup } from "../lookup.ts";
import { patternOf } from "../pattern.ts";
import { type Directive, named } from "./parse.ts";

/** What the rules of mod_rewrite make of a request. */
export interface Rewritten {
  readonly path: string;
  /** `[P]`: the URL that it is passed on to. */
  readonly proxy?: { readonly url: string; readonly by: Directive };
  readonly answer?: { readonly status: number; readonly to?: string; readonly by: Directive };
  /** Conditions that depend on what is not known. */
  readonly doubts: readonly Directive[];
}

/** Goes through the rules of a server, which begins with `RewriteEngine On`. */
export function rewritten(block: readonly Directive[], asked: Asked): Rewritten {
  const rewriting = new Rewriting(asked, baseOf(block));
  const isOn = named(block, "rewriteengine").at(-1)?.args[0]?.toLowerCase() === "on";
  if (isOn) rewriting.through(block);
  return rewriting.result();
}

/** Of rules for a directory, as in a .htaccess, what their paths begin behind and relative ones are put behind; undefined for a server's. */
function baseOf(block: readonly Directive[]): string | undefined {
  const base = named(block, "rewritebase").at(-1)?.args[0];
  return base ?? (block.some(({ file }) => /(?:^|\/)\.htaccess$/.test(file)) ? "/" : undefined);
}

class Rewriting {
  readonly #base: string | undefined;
  readonly #asked: Asked;
  readonly #doubts: Directive[] = [];
  #path: string;
  #query: string;
  #conditions: Directive[] = [];
  #end: Pick<Rewritten, "proxy" | "answer"> = {};

  constructor(asked: Asked, base: string | undefined) {
    this.#asked = asked;
    this.#base = base;
    this.#path = bare(asked.path);
    this.#query = asked.path.slice(this.#path.length);
  }

  result(): Rewritten {
    return { path: this.#path + this.#query, doubts: this.#doubts, ...this.#end };
  }

  through(block: readonly Directive[]): void {
    let skip = 0;
    let isChained = false;
    for (const one of block) {
      if (one.name === "rewritecond") this.#conditions.push(one);
      if (one.name !== "rewriterule") continue;
      const conditions = this.#conditions;
      this.#conditions = [];
      if (skip > 0) {
        skip--;
        continue;
      }
      const flags = flagsOf(one.args[2] ?? "");
      const applies: boolean = !isChained && this.#rule(one, conditions, flags);
      isChained = flags.has("C") && !applies;
      if (applies && flags.has("S")) skip = Number(flags.get("S")) || 1;
      if (applies && (this.#isOver(flags) || this.#end.answer || this.#end.proxy)) return;
    }
  }

  #isOver(flags: ReadonlyMap<string, string>): boolean {
    return flags.has("L") || flags.has("END") || flags.has("PT");
  }

  /** The path as rules see it. */
  get #shown(): string {
    const base = this.#base ?? "";
    return this.#path.startsWith(base) ? this.#path.slice(base.length) : this.#path;
  }

  /** Whether a rule applied. */
  #rule(rule: Directive, conditions: readonly Directive[], flags: ReadonlyMap<string, string>): boolean {
    const [pattern = "", target = ""] = rule.args;
    const isNegated = pattern.startsWith("!");
    const match = patternOf(pattern.replace(/^!/, ""), flags.has("NC"))?.exec(this.#shown) ?? null;
    if ((match === null) !== isNegated) return false;
    const holds = this.#allHold(conditions);
    if (holds === undefined) this.#doubts.push(...conditions.slice(0, 1), rule);
    if (!holds) return false;
    this.#apply(rule, this.#filled(target, match ?? [], holds.groups), flags);
    return true;
  }

  #apply(by: Directive, target: string, flags: ReadonlyMap<string, string>): void {
    const redirect = flags.get("R");
    if (flags.has("F") || flags.has("G")) this.#end = { answer: { status: flags.has("F") ? 403 : 410, by } };
    else if (redirect !== undefined || (/^(?:https?):/.test(target) && !flags.has("P")))
      this.#end = { answer: { status: lookup(STATUSES, redirect ?? "") ?? (Number(redirect) || 302), to: target, by } };
    else if (target !== "-") {
      const [path = "", query] = target.split(/\?(.*)/s);
      const added = flags.has("QSA") && this.#query !== "" ? `&${this.#query.slice(1)}` : "";
      if (query !== undefined) this.#query = query === "" ? "" : `?${query}${added}`;
      this.#path = this.#base !== undefined && !/^(?:\/|\w+:)/.test(path) ? this.#base + path : path;
    }
    if (flags.has("P")) this.#end = { proxy: { url: this.#path + this.#query, by } };
  }

  /** Whether conditions hold, with the groups of the last one; undefined where that is not known. */
  #allHold(conditions: readonly Directive[]): { readonly groups: readonly string[] } | false | undefined {
    let groups: readonly string[] = [];
    let isUnknown = false;
    for (let at = 0; at < conditions.length; at++) {
      const results = [this.#holds(conditions[at]!)];
      // [OR] joins a condition with the next one.
      while (flagsOf(conditions[at]!.args[2] ?? "").has("OR") && at + 1 < conditions.length)
        results.push(this.#holds(conditions[++at]!));
      const found = results.find((one) => one);
      if (found) groups = found;
      else if (results.includes(undefined)) isUnknown = true;
      else return false;
    }
    return isUnknown ? undefined : { groups };
  }

  #holds({ args: [subject = "", pattern = "", flags = ""] }: Directive): readonly string[] | false | undefined {
    const value = this.#expanded(subject);
    const isNegated = pattern.startsWith("!");
    const test = pattern.replace(/^!/, "");
    // No file has a socket's path.
    if (/^-[fdslFL]$/.test(test)) return isNegated ? [] : false;
    if (value === undefined || /^(?:-[a-zA-Z]+|expr)$/.test(test) || subject === "expr") return undefined;
    if (/^[=<>]/.test(test))
      return (test.startsWith("=") && value === test.slice(1).replace(/^"(.*)"$/, "$1")) !== isNegated && [];
    const match = patternOf(test, flagsOf(flags).has("NC"))?.exec(value);
    return (match == null) === isNegated && (match?.map((group) => group ?? "") ?? []);
  }

  /** `$1` of the rule, `%1` of its conditions, `%{…}` of the request. */
  #filled(text: string, rule: readonly string[], condition: readonly string[]): string {
    const groups = text
      .replace(/\$(\d)/g, (_, index: string) => rule[Number(index)] ?? "")
      .replace(/%(\d)/g, (_, index: string) => condition[Number(index)] ?? "");
    return this.#expanded(groups) ?? groups;
  }

  #expanded(text: string): string | undefined {
    let isKnown = true;
    const filled = text.replace(/%\{([^}]*)\}/g, (_, name: string) => {
      const value = this.#variable(name);
      isKnown &&= value !== undefined;
      return value ?? "";
    });
    return isKnown ? filled : undefined;
  }

  #variable(name: string): string | undefined {
    const { host, secure } = this.#asked;
    switch (name.toUpperCase()) {
      case "HTTP:UPGRADE":
        return "websocket";
      case "HTTP:CONNECTION":
        return "Upgrade";
      case "HTTP:SEC-WEBSOCKET-VERSION":
        return "13";
      case "HTTP_HOST":
      case "HTTP:HOST":
        return host;
      case "SERVER_NAME":
        return host.replace(/:\d+$/, "");
      case "REQUEST_URI":
        return this.#path;
      case "REQUEST_METHOD":
        return "GET";
      case "QUERY_STRING":
        return this.#query.slice(1);
      case "THE_REQUEST":
        return `GET ${this.#asked.path} HTTP/1.1`;
      case "HTTPS":
        return secure === undefined ? undefined : secure ? "on" : "off";
      case "REQUEST_SCHEME":
        return secure === undefined ? undefined : secure ? "https" : "http";
      default:
        return undefined;
    }
  }
}

const STATUSES: Readonly<Record<string, number>> = { permanent: 301, temp: 302, seeother: 303, "": 302 };

/** `[NC,L,R=301]`, with the long names as the short ones. */
function flagsOf(text: string): ReadonlyMap<string, string> {
  const flags = text
    .replace(/^\[|\]$/g, "")
    .split(",")
    .map((flag) => flag.trim().split("="))
    .filter(([name]) => name !== "");
  return new Map(
    flags.map(([name = "", value = ""]) => [lookup(LONG, name.toLowerCase()) ?? name.toUpperCase(), value]),
  );
}

const LONG: Readonly<Record<string, string>> = {
  nocase: "NC",
  last: "L",
  proxy: "P",
  redirect: "R",
  forbidden: "F",
  gone: "G",
  ornext: "OR",
  chain: "C",
  skip: "S",
  passthrough: "PT",
  qsappend: "QSA",
};
