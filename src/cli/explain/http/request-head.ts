import { type HeaderSource, isToken } from "../../../core/protocol/headers.ts";
import type { Header } from "../../doctor/answer.ts";

/** The head of an HTTP request, as it was sent or shown. */
export interface RequestHead {
  readonly method: string;
  /** As it stands in the request line: usually a path, or `:path` of HTTP/2. */
  readonly target: string;
  /** "1.1", "1.0", "2" …; undefined where it is not shown. */
  readonly version: string | undefined;
  readonly headers: readonly Header[];
}

const REQUEST_LINE = /^([A-Z]{3,10}) (\S+)(?: HTTP\/(\d(?:\.\d)?))?$/;

/** A request line and what follows it; undefined when the line is none. Without an HTTP version it has to be followed by headers. */
export function requestHead(line: string, headers: readonly Header[]): RequestHead | undefined {
  const [, method, target, version] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined) return undefined;
  return { method, target, version, headers };
}

/** Whether a line begins a request's head. */
export function isRequestLine(line: string): boolean {
  return /^[A-Z]{3,10} \S+ HTTP\/\d(?:\.\d)?$/.test(line);
}

/** A field line, or undefined for what is none. HTTP/2's pseudo headers begin with a colon. */
export function headerOf(line: string): Header | undefined {
  const colon = line.indexOf(":", 1);
  const name = line.slice(0, colon);
  if (colon < 1 || !isToken(name.startsWith(":") ? name.slice(1) : name)) return undefined;
  return {
    name,
    value: line
      .slice(colon + 1)
      .replace(/^[ \t]+/, "")
      .replace(/[ \t]+$/, ""),
  };
}

/** A header's value, several lines of it joined; null when it is absent. */
export function headerValue({ headers }: Pick<RequestHead, "headers">, name: string): string | null {
  let joined: string | null = null;
  for (const header of headers) {
    if (header.name.length !== name.length || header.name.toLowerCase() !== name) continue;
    joined = joined === null ? header.value : `${joined}, ${header.value}`;
  }
  return joined;
}

/** The path and the query of a request, whatever form its target has. */
export function pathOf({ target }: Pick<RequestHead, "target">): string {
  return target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "") || "/";
}

/** The URL that a request was for, for the doctor; undefined when it names no host. */
export function urlOf(request: RequestHead): string | undefined {
  const host = headerValue(request, "host") ?? headerValue(request, ":authority");
  if (!host || /[\s'"/]/.test(host)) return undefined;
  const secure = /^wss:|^https:/i.test(request.target) || /^(?:https|wss):/i.test(headerValue(request, "origin") ?? "");
  return `${secure ? "wss" : "ws"}://${host}${pathOf(request)}`;
}

/** Headers as the validator reads them. A `Headers` would cost more than all the rest of it. */
export class FieldLines implements HeaderSource {
  readonly #values = new Map<string, string>();

  constructor({ headers }: Pick<RequestHead, "headers">) {
    for (const { name, value } of headers) {
      const key = name.toLowerCase();
      const before = this.#values.get(key);
      this.#values.set(key, before === undefined ? value : `${before}, ${value}`);
    }
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  forEach(visit: (value: string, name: string) => void): void {
    this.#values.forEach(visit);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#values[Symbol.iterator]();
  }
}
