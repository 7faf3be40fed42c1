import { lookup } from "../lookup.ts";
import { patternOf } from "../pattern.ts";
import type { Section } from "./parse.ts";

/** What conditions are asked about: undefined where a value is not known. */
export interface Subject {
  readonly path: string;
  readonly query: string;
  readonly host: string;
  readonly secure: boolean | undefined;
  /** Whether the request may not be there yet when it is asked about: in mode tcp, unless that waits for it. */
  readonly isEarly?: boolean;
  header(name: string): string | null | undefined;
}

/** Whether the words behind `if` or `unless` hold; undefined where that is not known. */
export function holds(words: readonly string[], section: Section, subject: Subject): boolean | undefined {
  const [first, ...rest] = words;
  if (first === undefined) return true;
  const value = anyOf(rest, section, subject);
  if (first === "if") return value;
  return first === "unless" && value !== undefined ? !value : undefined;
}

/** Where the condition of a line begins; its length where it has none. */
export function conditionAt(words: readonly string[]): number {
  const at = words.findIndex((word, index) => index > 0 && (word === "if" || word === "unless"));
  return at < 0 ? words.length : at;
}

/** Terms beside one another all have to hold; `or` stands between what may hold instead. */
function anyOf(words: readonly string[], section: Section, subject: Subject): boolean | undefined {
  const results: (boolean | undefined)[] = [];
  let all: boolean | undefined = true;
  for (let at = 0; at < words.length; ) {
    if (words[at] === "or" || words[at] === "||") {
      results.push(all);
      all = true;
      at++;
      continue;
    }
    const { value, to } = term(words, at, section, subject);
    all = both(all, value);
    at = to;
  }
  results.push(all);
  return results.includes(true) ? true : results.includes(undefined) ? undefined : false;
}

function both(left: boolean | undefined, right: boolean | undefined): boolean | undefined {
  if (left === false || right === false) return false;
  return left === undefined || right === undefined ? undefined : true;
}

function term(
  words: readonly string[],
  at: number,
  section: Section,
  subject: Subject,
): { readonly value: boolean | undefined; readonly to: number } {
  const word = words[at]!;
  if (word === "!") {
    const { value, to } = term(words, at + 1, section, subject);
    return { value: value === undefined ? undefined : !value, to };
  }
  const isNegated = word.startsWith("!");
  const bare = word.replace(/^!/, "");
  const end = bare === "{" ? words.indexOf("}", at) : at;
  const value =
    bare === "{" ? test(words.slice(at + 1, end < 0 ? words.length : end), subject) : byName(bare, section, subject);
  return { value: value === undefined ? undefined : value !== isNegated, to: (end < 0 ? words.length : end) + 1 };
}

/** Several lines of one name: any of them. */
function byName(name: string, section: Section, subject: Subject): boolean | undefined {
  const known: Readonly<Record<string, boolean>> = {
    TRUE: true,
    FALSE: false,
    HTTP: true,
    "HTTP_1.1": true,
    "HTTP_1.0": false,
    METH_GET: true,
    METH_POST: false,
  };
  const value = lookup(known, name);
  if (value !== undefined) return subject.isEarly && /^(?:HTTP|METH)/.test(name) ? undefined : value;
  const lines = [section, section.defaults]
    .flatMap((one) => one?.lines ?? [])
    .filter(({ words }) => words[0] === "acl" && words[1] === name);
  const results = lines.map(({ words }) => test(words.slice(2), subject));
  return results.includes(true) ? true : results.length === 0 || results.includes(undefined) ? undefined : false;
}

const FETCH = /^([\w.]+)(?:\(([^)]*)\))?((?:,\w+(?:\([^)]*\))?)*)$/;

/** One test: a fetch, flags, and the values of which one has to fit. */
function test(words: readonly string[], subject: Subject): boolean | undefined {
  const [, name = "", argument = "", converters = ""] = FETCH.exec(words[0] ?? "") ?? [];
  const { flags, method, values } = optionsOf(words.slice(1));
  const [, base = name, suffix] = /^(.*?)_(beg|end|sub|dir|dom|reg|len)$/.exec(name) ?? [];
  const fetched = fetch(base, argument, subject);
  const value = typeof fetched === "string" ? converted(fetched, converters) : fetched;
  if (value === undefined || flags.has("-f")) return undefined;
  if (typeof value === "boolean") return value;
  if (method === "found") return value !== null;
  if (value === null) return false;
  const how = method ?? (name.endsWith("_cnt") ? "int" : (suffix ?? "str"));
  if (how === "int") return compares(Number(value), values);
  const results = values.map((pattern) => fits(value, pattern, how, flags.has("-i")));
  return results.includes(true) ? true : results.includes(undefined) ? undefined : false;
}

function optionsOf(words: readonly string[]): {
  readonly flags: ReadonlySet<string>;
  readonly method: string | undefined;
  readonly values: readonly string[];
} {
  const flags = new Set<string>();
  let method: string | undefined;
  let at = 0;
  for (; at < words.length && /^-[a-zA-Z]$/.test(words[at]!); at++) {
    if (words[at] === "-m") method = words[++at];
    else flags.add(words[at]!);
  }
  return { flags, method, values: words.slice(words[at] === "--" ? at + 1 : at) };
}

/** What is read in a request of HTTP. */
const OF_REQUEST = /^(?:path|url|pathq|query|method|base|(?:req[._])?ver|(?:req\.)?f?hdr|(?:req\.)?(?:hdr_cnt|cook))$/;

/** A header that is not there is null; what is not known is undefined. */
function fetch(name: string, argument: string, subject: Subject): string | boolean | null | undefined {
  if (subject.isEarly && OF_REQUEST.test(name)) return undefined;
  switch (name) {
    case "path":
      return subject.path;
    case "url":
    case "pathq":
      return subject.path + subject.query;
    case "query":
      return subject.query.slice(1);
    case "method":
      return "GET";
    case "hdr":
    case "req.hdr":
    case "req.fhdr":
    case "fhdr":
      return subject.header(argument.split(",")[0]!.trim());
    case "hdr_cnt":
    case "req.hdr_cnt":
      return count(subject.header(argument));
    case "base":
      return subject.host + subject.path;
    case "ssl_fc":
      return subject.secure;
    case "req.ver":
    case "req_ver":
      return "1.1";
    case "always_true":
      return true;
    case "always_false":
      return false;
    default:
      return undefined;
  }
}

function count(value: string | null | undefined): string | undefined {
  return value === undefined ? undefined : value === null ? "0" : `${value.split(",").length}`;
}

function converted(value: string, converters: string): string | undefined {
  let result: string | undefined = value;
  for (const [, name, argument = ""] of converters.matchAll(/,(\w+)(?:\(([^)]*)\))?/g)) {
    if (name === "lower") result = result?.toLowerCase();
    else if (name === "upper") result = result?.toUpperCase();
    else if (name === "host_only" || (name === "field" && argument === "1,:")) result = result?.replace(/:.*$/, "");
    else if (name !== "url_dec") result = undefined;
  }
  return result;
}

/** `gt 0`, or a number alone. */
function compares(value: number, values: readonly string[]): boolean | undefined {
  const [first = "", second] = values;
  const number = Number(second ?? first);
  if (Number.isNaN(number) || Number.isNaN(value)) return undefined;
  const results: Readonly<Record<string, boolean>> = {
    gt: value > number,
    ge: value >= number,
    lt: value < number,
    le: value <= number,
  };
  return lookup(results, first) ?? value === number;
}

function fits(value: string, pattern: string, how: string, ignoreCase: boolean): boolean | undefined {
  const [left, right] = ignoreCase ? [value.toLowerCase(), pattern.toLowerCase()] : [value, pattern];
  switch (how) {
    case "str":
      return left === right;
    case "beg":
      return left.startsWith(right);
    case "end":
      return left.endsWith(right);
    case "sub":
      return left.includes(right);
    case "dir":
      return `/${left}/`.includes(`/${right.replace(/^\/|\/$/g, "")}/`);
    case "dom":
      return `.${left.replace(/:\d+$/, "")}.`.includes(`.${right}.`);
    case "reg":
      return patternOf(pattern, ignoreCase)?.test(value);
    default:
      return undefined;
  }
}
