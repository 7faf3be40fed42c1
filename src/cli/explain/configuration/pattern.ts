/** A pattern of PCRE as one of JavaScript; undefined for what there is none of. */
export function patternOf(text: string, ignoreCase: boolean): RegExp | undefined {
  const flags = /^\(\?i\)/.test(text) || ignoreCase ? "i" : "";
  try {
    return new RegExp(
      text
        .replace(/^\(\?[a-z]+\)/, "")
        .replace(/\(\?P?<(\w+)>/g, "(?<$1>")
        .replace(/([*+?}])\+/g, "$1"),
      flags,
    );
  } catch {
    return undefined;
  }
}
