import { headerValue, type RequestHead } from "../../http/request-head.ts";
import { type Asked, bare, UNKNOWN, withHeader } from "../handshake.ts";
import { lookup } from "../lookup.ts";
import { patternOf } from "../pattern.ts";
import { conditionAt, holds, type Subject } from "./condition.ts";
import type { Line, Section } from "./parse.ts";

/** What the rules of a section make of a request. */
export interface Ruled {
  readonly request: RequestHead;
  readonly answer?: { readonly status: number; readonly to?: string; readonly by: Line };
  /** The lines that took or changed a header, by its name in lower case. */
  readonly changes: ReadonlyMap<string, Line>;
  /** Lines of which is not known whether they apply. */
  readonly doubts: readonly Line[];
}

/** Goes through `http-request` and `redirect`, in their order. */
export function ruled(section: Section, request: RequestHead, asked: Asked): Ruled {
  const ruling = new Ruling(section, request, asked);
  const all = [...(section.defaults?.name ? section.defaults.lines : []), ...section.lines];
  const isOver = all
    .filter(({ words }) => words[0] === "http-request")
    .some((line) => ruling.rule(line, line.words.slice(1)));
  if (!isOver || !ruling.result().answer)
    all.filter(({ words }) => words[0] === "redirect").some((line) => ruling.rule(line, line.words));
  return ruling.result();
}

/** What conditions see of a request. */
export function subjectOf(request: RequestHead, { host, secure }: Asked): Subject {
  const path = bare(request.target);
  const header = (name: string) => {
    const value = headerValue(request, name.toLowerCase());
    return value === UNKNOWN || (value === null && MAY_BE_SENT.test(name)) ? undefined : value;
  };
  return { path, query: request.target.slice(path.length), host, secure, header };
}

/** What a browser may well send. */
const MAY_BE_SENT = /^(?:cookie|user-agent|referer|authorization|accept.*|x-.*|cf-.*|forwarded|via)$/i;

class Ruling {
  readonly #section: Section;
  readonly #asked: Asked;
  readonly #changes = new Map<string, Line>();
  readonly #doubts: Line[] = [];
  #request: RequestHead;
  #answer: Ruled["answer"];

  constructor(section: Section, request: RequestHead, asked: Asked) {
    this.#section = section;
    this.#request = request;
    this.#asked = asked;
  }

  result(): Ruled {
    return {
      request: this.#request,
      ...(this.#answer && { answer: this.#answer }),
      changes: this.#changes,
      doubts: this.#doubts,
    };
  }

  /** Whether a rule ends the others. */
  rule(line: Line, words: readonly string[]): boolean {
    const at = conditionAt(words);
    const applies = holds(words.slice(at), this.#section, subjectOf(this.#request, this.#asked));
    const [action = "", ...args] = words.slice(0, at);
    if (applies === undefined && ACTIONS.test(action)) this.#doubts.push(line);
    return applies === true && this.#act(action.replace(/\(.*/, ""), args, line);
  }

  #act(action: string, args: readonly string[], by: Line): boolean {
    switch (action) {
      case "deny":
      case "reject":
      case "tarpit":
      case "return":
        this.#answer = { status: Number(after(args, /status$/) ?? lookup(DEFAULTS, action)), by };
        return true;
      case "auth":
        this.#answer = { status: 401, by };
        return true;
      case "redirect":
        this.#answer = { status: Number(after(args, /^code$/) ?? 302), to: this.#redirected(args), by };
        return true;
      case "allow":
        return true;
      default:
        this.#edit(action, args, by);
        return false;
    }
  }

  #redirected([how = "", to = ""]: readonly string[]): string {
    const { target } = this.#request;
    const filled = this.#filled(to) ?? to;
    if (how === "scheme") return `${filled}://${headerValue(this.#request, "host") ?? ""}${target}`;
    return how === "prefix" ? filled + target : filled;
  }

  #edit(action: string, args: readonly string[], by: Line): void {
    const [name = "", value = ""] = args;
    const set = (text: string | undefined) => {
      this.#request = withHeader(this.#request, name, text);
      this.#changes.set(name.toLowerCase(), by);
    };
    const old = headerValue(this.#request, name.toLowerCase());
    if (action === "set-header") set(this.#filled(value) ?? UNKNOWN);
    else if (action === "del-header") set(undefined);
    else if (action === "add-header" && old !== null) set(`${old}, ${this.#filled(value) ?? UNKNOWN}`);
    else if (action === "add-header") set(this.#filled(value) ?? UNKNOWN);
    else if (action === "replace-header" && old !== null)
      set(old.replace(patternOf(value, false) ?? /$^/, backReferences(args[2] ?? "")));
    else if (action === "set-method") this.#request = { ...this.#request, method: this.#filled(name) ?? "GET" };
    else this.#editPath(action, name, value);
  }

  #editPath(action: string, first: string, second: string): void {
    const { target } = this.#request;
    const path = bare(target);
    const query = target.slice(path.length);
    const filled = this.#filled(first) ?? path;
    if (action === "set-path") this.#request = { ...this.#request, target: filled + query };
    else if (action === "set-pathq" || action === "set-uri") this.#request = { ...this.#request, target: filled };
    else if (action === "set-query") this.#request = { ...this.#request, target: `${path}?${filled}` };
    else if (action === "replace-path" || action === "replace-pathq" || action === "replace-uri") {
      const isPath = action === "replace-path";
      const changed = (isPath ? path : target).replace(patternOf(first, false) ?? /$^/, backReferences(second));
      this.#request = { ...this.#request, target: isPath ? changed + query : changed };
    }
  }

  /** A text with `%[…]` filled in; undefined where that is not known. */
  #filled(text: string): string | undefined {
    let isKnown = true;
    const filled = text.replace(/%\[([^\]]*)\]/g, (_, what: string) => {
      const value = this.#sample(what);
      isKnown &&= value !== undefined;
      return value ?? "";
    });
    return isKnown && !/%\[|%[a-z]\b/i.test(filled) ? filled : undefined;
  }

  #sample(what: string): string | undefined {
    const { path, query, header } = subjectOf(this.#request, this.#asked);
    const [, name] = /^(?:req\.|f|req\.f)?hdr\(([\w-]+)\)$/.exec(what) ?? [];
    if (name !== undefined) return header(name) ?? undefined;
    return what === "path" ? path : what === "query" ? query.slice(1) : what === "url" ? path + query : undefined;
  }
}

/** What decides or changes something that is looked at. */
const ACTIONS =
  /^(?:deny|reject|tarpit|return|auth|redirect|set-path|set-uri|set-pathq|replace-(?:path|pathq|uri)|(?:set|del|add|replace)-header|silent-drop|use-service)/;

const DEFAULTS: Readonly<Record<string, number>> = { deny: 403, reject: 400, tarpit: 500, return: 200 };

function after(args: readonly string[], name: RegExp): string | undefined {
  const at = args.findIndex((arg) => name.test(arg));
  return at < 0 ? undefined : args[at + 1];
}

function backReferences(text: string): string {
  return text.replace(/\$/g, "$$$$").replace(/\\(\d)/g, "$$$1");
}
