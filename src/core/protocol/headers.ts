/** Request headers as every runtime shows them. The web's `Headers` is one; names come in lower case. */
export interface HeaderSource {
  /** A field's value, case-insensitively; several lines of it are joined with ", ". */
  get(name: string): string | null;
  [Symbol.iterator](): Iterator<[string, string]>;
  /** What the iterator gives, without making a pair of each. */
  forEach(visit: (value: string, name: string) => void): void;
}

/** One parameter of an extension: `name` alone, or `name=value`. */
export interface ExtensionParam {
  readonly name: string;
  readonly value: string | undefined;
}

/** One element of `Sec-WebSocket-Extensions`. */
export interface ExtensionOffer {
  readonly name: string;
  /** In the order of the header; a name may come twice. */
  readonly params: readonly ExtensionParam[];
}

/** `token` of RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Whether a value is a `token` of RFC 9110 §5.6.2. */
export function isToken(value: string): boolean {
  return TOKEN.test(value);
}

/** RFC 9110 §5.5: control characters are "invalid and dangerous" in a value; the web's `Headers` takes all but three of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;

/**
 * Throws a TypeError for a field that cannot be sent. Deno 2.9.5 (2026-11) ends the process for it, others leave it out, or send
 * it all the same.
 */
export function checkSendable(headers: Pick<HeaderSource, "forEach">): void {
  headers.forEach((value, name) => {
    if (CONTROL.test(value)) throw new TypeError(`the header ${JSON.stringify(name)} has a control character`);
  });
}

/** Optional whitespace of RFC 9110 §5.6.3 is space and tab: `trim` takes more, a pattern takes quadratic time. */
export function trimSpace(value: string): string {
  let start = 0;
  let end = value.length;
  while (value[start] === " " || value[start] === "\t") start++;
  while (end > start && (value[end - 1] === " " || value[end - 1] === "\t")) end--;
  return value.slice(start, end);
}

/** The elements of a comma-separated list (RFC 9110 §5.6.1), empty ones left out; lower-cased if asked. */
export function tokenList(value: string | null, lowerCase = false): string[] {
  if (!value) return [];
  const list = (lowerCase ? value.toLowerCase() : value).split(",").map(trimSpace);
  return list.filter(Boolean);
}

/** The last list that was looked into, unless it was long: most requests have the same `Connection`. */
let lastList: string | undefined;
let lastTokens: readonly string[] = [];
const MOST_KEPT = 64;

/** Whether a list such as `Connection` or `Upgrade` has this token (given in lower case), in whatever case. */
export function hasToken(value: string | null, token: string): boolean {
  if (value === null || value === token) return value !== null;
  if (value === lastList) return lastTokens.includes(token);
  const tokens = tokenList(value, true);
  if (value.length <= MOST_KEPT) {
    lastList = value;
    lastTokens = tokens;
  }
  return tokens.includes(token);
}

/** The value of a `token` or a `quoted-string` (RFC 9110 §5.6.4), or undefined when it is neither. */
export function unquote(value: string): string | undefined {
  if (isToken(value)) return value;
  return /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1]?.replace(/\\(.)/g, "$1");
}

/** `uri-host [ ":" port ]` of RFC 9112 §3.2, but for a comma: several lines of a header are joined with it. */
const HOST = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})+)(?::\d*)?$/i;

/** Most requests have the same: saves a microsecond. */
let lastHost: string | undefined;

/** Whether a value of `Host` or `:authority` is a host with an optional port, and one that a URL can have: `1.2.3.999` is none. */
export function isHost(value: string): boolean {
  if (value === lastHost) return true;
  if (!HOST.test(value) || !URL.canParse(`http://${value}`)) return false;
  lastHost = value;
  return true;
}

/**
 * The offered subprotocols (RFC 6455 §4.1), undefined when malformed or repeated. None for an absent header and, since clients
 * send it, for an empty one.
 */
export function parseSubprotocols(value: string | null): readonly string[] | undefined {
  const list = tokenList(value);
  return list.every(isToken) && new Set(list).size === list.length ? list : undefined;
}

/** The offered extensions (RFC 6455 §9.1), undefined when malformed. None for an absent header and, since libwebsockets sends it, for an empty one. */
export function parseExtensions(value: string | null): readonly ExtensionOffer[] | undefined {
  // Splitting before unquoting is sound: "the value after quoted-string unescaping MUST conform to the 'token' ABNF".
  const list = tokenList(value).map(parseExtension);
  return list.every((offer) => offer !== undefined) ? list : undefined;
}

function parseExtension(text: string): ExtensionOffer | undefined {
  const [name = "", ...rest] = text.split(";").map(trimSpace);
  const params = rest.map(parseParam);
  return isToken(name) && params.every((param) => param !== undefined) ? { name, params } : undefined;
}

function parseParam(text: string): ExtensionParam | undefined {
  const equals = text.indexOf("=");
  if (equals < 0) return isToken(text) ? { name: text, value: undefined } : undefined;
  const name = trimSpace(text.slice(0, equals));
  const value = unquote(trimSpace(text.slice(equals + 1)));
  return isToken(name) && value !== undefined && isToken(value) ? { name, value } : undefined;
}
