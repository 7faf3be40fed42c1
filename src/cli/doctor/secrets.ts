/** Headers of which the value tells nothing secret. */
const OPEN = /^(host|origin|user-agent|accept|accept-language|accept-encoding|cache-control|pragma|referer)$/i;

const MASK = "[hidden]";

/** The members of a report that hold nothing from the wire. A cookie of the value "fail" must not hide a verdict. */
const OURS = new Set(["url", "code", "cause", "fix", "level", "verdict", "name", "snippet"]);

/** What was given to the doctor and must not be seen in what it prints, whoever quotes it. */
export class Secrets {
  readonly #values: readonly string[];

  /** @param values secret wherever they stand */
  constructor(headers: readonly (readonly [name: string, value: string])[], values: readonly string[] = []) {
    const given = headers.filter(([name]) => !OPEN.test(name)).map(([, value]) => value);
    const all = new Set([...given, ...given.flatMap(parts), ...values].flatMap(spellings));
    // The longest first: a part of it must not be hidden before the whole.
    this.#values = [...all].filter((value) => value.length > 3).sort((a, b) => b.length - a.length);
  }

  /** The text with each secret hidden. */
  hide(text: string): string {
    return this.#values.reduce((rest, value) => rest.replaceAll(value, MASK), text);
  }

  /** Bytes of the same length, with each secret blotted out. */
  blot(bytes: Buffer): Buffer {
    const text = this.#values.reduce(
      (rest, value) => rest.replaceAll(value, "*".repeat(value.length)),
      bytes.toString("latin1"),
    );
    return Buffer.from(text, "latin1");
  }

  /** A header's value as it may be shown. */
  value(name: string, value: string): string {
    return OPEN.test(name) || /^(upgrade|connection|sec-websocket-)/i.test(name) ? this.hide(value) : MASK;
  }

  /** A copy of plain data, hidden in all texts but those that are the doctor's own. */
  hideIn<Data>(data: Data): Data {
    return JSON.parse(JSON.stringify(data), (key, value: unknown) =>
      typeof value === "string" && !OURS.has(key) ? this.hide(value) : value,
    ) as Data;
  }
}

/** The values of cookies, and what follows a scheme such as Bearer. */
function parts(value: string): string[] {
  return value.split(/[;,\s]+/).flatMap((part) => [part, part.slice(part.indexOf("=") + 1)]);
}

/** As it stands in a URL, in HTML and in JSON. */
function spellings(value: string): string[] {
  const html = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return [value, encodeURIComponent(value.toWellFormed()), html, JSON.stringify(value).slice(1, -1)];
}
