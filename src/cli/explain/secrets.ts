const HIDDEN = "[hidden]";

/** Parameters of a URL whose values are likely to be secret. */
const PARAMETER = "token|key|secret|pass|auth|sig|session|jwt|ticket|code|credential|\\bsid\\b";

/** Fields, headers and settings whose values are. A bare `key` is none: Sec-WebSocket-Key is to be seen. */
const NAME =
  "[\\w-]{0,40}(?:token|secret|passwd|password|passphrase|api[-_]?key|access[-_]?key|private[-_]?key|session[-_]?(?:id|key)|credentials?|csrf|xsrf|jwt)[\\w-]{0,40}";

/** A quote, which in a quoted text has backslashes before it; or none. */
const Q = `(?:\\\\*["'])?`;

/** Between a name and its value; an arrow is one sign, as in PHP and Elixir. */
const SIGN = "(?:=>|[:=](?!>))";

/** What stands before a value: `: `, `=`, or JSON's and code's ways to write that. A comma is one between quotes alone. */
const IS = `(?:${Q}\\s*${SIGN}|["']\\s*,(?=\\s*(?:b["']|[{\\\\"'])))\\s*(?:\\{?\\s*${Q}value${Q}\\s*:\\s*)?(?:b(?=["']))?${Q}`;

/** A value up to the end of its line or its quotes; a variable of a configuration is none. */
const VALUE = `((?!["'$%{\\\\])[^"'\\n\\\\]+)`;

/** Text around what is a secret wherever it stands: `$1` is shown, `$2` is not. */
const SURE: readonly RegExp[] = [
  new RegExp(`((?<![\\w-])(?:proxy-)?authorization${IS})${VALUE}`, "gi"),
  new RegExp(`((?<![\\w-])(?:set-)?cookie2?${IS})${VALUE}`, "gi"),
  // As nginx and others set headers.
  /(\b(?:(?:proxy-)?authorization|cookie)\s+["'])((?![$%])[^"'\n]+)/gi,
  // As curl, wscat and websocat are told them.
  /((?<!\S)(?:-u|-U|--(?:proxy-)?user|--auth|--basic-auth)[\s=]\s*["']?[^\s:"'@/]{1,99}:)(?![/$%])([^\s"']+)/g,
  /((?<!\S)(?:-b|--cookie)[\s=]\s*["'])([^"'\n]*=[^"'\n]*)/g,
  /((?<!\S)(?:-b|--cookie)[\s=]\s*)((?!["'])[^\s=]+=\S+)/g,
  // `user:password` is how texts, ours too, write that something belongs there.
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)(?!user:password@)([^\s/@"'<>]+)(?=@)/gi,
  /(\b(?:bearer|digest)[\s.]+)((?=[^\s"',;]{0,999}[\dA-Z_=])[\w.~+/=-]{6,})/gi,
  /(\b[Bb]asic\s+)((?=[\w+/=-]{0,999}(?:[\d=]|[a-z][A-Z]))[\w+/=-]{6,})/g,
  /()(\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?)/g,
  /()(\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|[sr]k_(?:live|test)_|AKIA|ASIA|AIza|ya29\.|npm_|dop_v1_|SG\.)[\w.-]{8,})/g,
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)([\s\S]+?)(?=-----END|$)/g,
];

/** The same for what may be a word of a sentence: it is hidden where it stands, and elsewhere only if it looks like one. */
const LIKELY: readonly RegExp[] = [
  new RegExp(
    `([?&;][^=&\\s"'<>]{0,60}(?:${PARAMETER})[^=&\\s"'<>]{0,60}=)(?!\\[hidden\\])([^&\\s"'<>)\\]#;]*[^&\\s"'<>)\\]#;.,:!?])`,
    "gi",
  ),
  new RegExp(
    `((?<![\\w-])${NAME}${Q}\\s*${SIGN}\\s*${Q})((?!["'$%{[(]|(?:null|true|false|undefined)\\b)[^\\s"',;&)\\]}]{3,})`,
    "gi",
  ),
  /(\binsecure-password\s+|\bpassword\s+(?=["']))(["']?[^\s"';]{3,})/gi,
];

/** Of a cookie that is set, what is no secret. */
const ATTRIBUTE = /^(?:path|domain|expires|max-age|samesite|httponly|secure|priority|partitioned)\b/i;

/** Shorter ones are hidden only where they are told. */
const SHORTEST = 6;

/** More than a hash has. */
const LONG_HEX = /(?:(?:0x|\\x)?[0-9a-f]{2}[ ,:-]{0,2}){40,}/gi;

function cutHex(hex: string): string {
  return `${hex.slice(0, 16)}… (${(hex.replace(/0x|\\x|[^0-9a-f]/gi, "").length / 2) | 0} bytes)`;
}

/** What must not be seen in what is printed, wherever in a report it stands. */
export class Secrets {
  readonly #values = new Set<string>();

  /** The value of a header or a parameter that is secret: hidden wherever it stands, in whole and in its parts. */
  add(value: string): void {
    const pairs = value.split(/;\s*/).filter((pair) => !ATTRIBUTE.test(pair));
    for (const pair of pairs) this.#keep(pair.slice(Math.max(pair.indexOf("="), pair.lastIndexOf(" ")) + 1));
    this.#keep(value);
  }

  /** The text with all secrets hidden, and long hex, in which nobody sees them, cut. */
  hide(text: string): string {
    return this.#known(this.#masked(text.replace(LONG_HEX, cutHex)));
  }

  /** A copy of plain data with all secrets hidden, but for the members named, which hold texts of our own. */
  hideIn<Data>(data: Data, ours: ReadonlySet<string>): Data {
    const visit = (change: (text: string) => string) =>
      JSON.parse(JSON.stringify(data), (key, value: unknown) =>
        typeof value === "string" && !ours.has(key) ? change(value) : value,
      ) as Data;
    // What one member tells to be secret must not be seen in one before it.
    visit((text) => this.#masked(text));
    return visit((text) => this.hide(text));
  }

  #keep(value: string): void {
    if (value.length >= SHORTEST && value !== HIDDEN) this.#values.add(value);
  }

  #masked(text: string): string {
    const sure = SURE.reduce(
      (rest, pattern) =>
        rest.replace(
          pattern,
          this.#mask((secret) => this.add(secret)),
        ),
      text,
    );
    const likely = this.#mask((secret) => /\d|.{16}/.test(secret) && this.#keep(secret));
    return LIKELY.reduce((rest, pattern) => rest.replace(pattern, likely), sure);
  }

  #mask(learn: (secret: string) => void) {
    return (_: string, before: string, secret: string): string => {
      if (secret !== HIDDEN) learn(secret);
      return before + HIDDEN;
    };
  }

  /** The longest first: a part of it must not be hidden before the whole. */
  #known(text: string): string {
    const values = [...this.#values].filter((value) => text.includes(value)).sort((a, b) => b.length - a.length);
    return values.reduce((rest, value) => rest.replaceAll(value, HIDDEN), text);
  }
}
