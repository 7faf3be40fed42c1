import { type Asked, bare, hostOfRule, nameOfHost } from "../handshake.ts";
import { patternOf } from "../pattern.ts";

/** Whether a rule such as ``Host(`a`) && PathPrefix(`/b`)`` fits; undefined where that is not known. */
export function ruleFits(rule: string, asked: Asked): boolean | undefined {
  const tokens =
    rule.slice(0, 5000).match(/&&|\|\||[!()]|\w+\s*\((?:\s*(?:`[^`]*`|"[^"]*"|'[^']*')\s*,?)*\s*\)/g) ?? [];
  return new Rule(tokens, asked).or();
}

class Rule {
  readonly #tokens: readonly string[];
  readonly #asked: Asked;
  #at = 0;

  constructor(tokens: readonly string[], asked: Asked) {
    this.#tokens = tokens;
    this.#asked = asked;
  }

  or(): boolean | undefined {
    let value = this.#and();
    while (this.#tokens[this.#at] === "||") {
      this.#at++;
      const right = this.#and();
      value = value === true || right === true ? true : value === undefined || right === undefined ? undefined : false;
    }
    return value;
  }

  #and(): boolean | undefined {
    let value = this.#not();
    while (this.#tokens[this.#at] === "&&") {
      this.#at++;
      const right = this.#not();
      value =
        value === false || right === false ? false : value === undefined || right === undefined ? undefined : true;
    }
    return value;
  }

  #not(): boolean | undefined {
    const token = this.#tokens[this.#at++];
    if (token === "!") {
      const value = this.#not();
      return value === undefined ? undefined : !value;
    }
    if (token === "(") {
      const value = this.or();
      this.#at++;
      return value;
    }
    return token === undefined ? undefined : matches(token, this.#asked);
  }
}

function matches(call: string, { path, host }: Asked): boolean | undefined {
  const name = /^\w+/.exec(call)?.[0] ?? "";
  const values = [...call.matchAll(/`([^`]*)`|"([^"]*)"|'([^']*)'/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
  const now = bare(path);
  switch (name) {
    case "Host":
    case "HostHeader":
      return values.some((one) => hostOfRule(one).toLowerCase() === nameOfHost(host));
    case "HostRegexp":
      return some(values, nameOfHost(host));
    case "Path":
      return values.includes(now);
    case "PathPrefix":
      return values.some((one) => now.startsWith(one));
    case "PathRegexp":
      return some(values, now);
    case "Method":
      return values.includes("GET");
    case "Header":
    case "Headers":
      return /^upgrade$/i.test(values[0] ?? "")
        ? values[1] === "websocket"
        : /^connection$/i.test(values[0] ?? "")
          ? values[1] === "Upgrade"
          : undefined;
    case "HeaderRegexp":
    case "HeadersRegexp":
      return /^upgrade$/i.test(values[0] ?? "") ? some(values.slice(1), "websocket") : undefined;
    default:
      return undefined;
  }
}

/** `{name:pattern}` is how version 2 writes patterns. */
function some(patterns: readonly string[], text: string): boolean | undefined {
  const results = patterns.map((one) => (/\{\w*:?/.test(one) ? undefined : patternOf(one, false)?.test(text)));
  return results.includes(true) ? true : results.includes(undefined) ? undefined : false;
}
