/** One token of VCL. */
export interface Token {
  readonly text: string;
  readonly kind: "string" | "word" | "sign";
  /** From 0 on. */
  readonly line: number;
}

const TOKEN =
  /\s+|#.*|\/\/.*|\{"((?:[^"]|"(?!\}))*)"\}|"([^"\n]*)"|([A-Za-z_][\w.-]*|\d+(?:\.\d+)?[a-z]*)|(==|!=|!~|&&|\|\||<=|>=|\+=|[{}();=~!,+<>.*/-])/gy;

/** The same lines without inline C, `C{ … }C`, which may do anything. */
export function withoutC(lines: readonly string[]): readonly string[] {
  const text = lines.join("\n");
  if (!/\bC\{/.test(text)) return lines;
  return text.replace(/\bC\{.*?\}C\b/gs, (inline) => inline.replace(/[^\n]/g, " ")).split("\n");
}

/** The tokens of lines from one on, up to the first thing that is none. */
export function tokensOf(given: readonly string[], from: number): readonly Token[] {
  const lines = withoutC(given);
  const tokens: Token[] = [];
  let isComment = false;
  for (let line = from; line < lines.length; line++) {
    let text = lines[line]!.slice(0, 5000);
    if (isComment) {
      const end = text.indexOf("*/");
      if (end < 0) continue;
      text = " ".repeat(end + 2) + text.slice(end + 2);
    }
    text = text.replace(/\/\*.*?\*\//g, " ");
    isComment = /\/\*/.test(text.replace(/"[^"]*"/g, ""));
    if (isComment) text = text.replace(/\/\*.*$/, "");
    const row: Token[] = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
      const match = TOKEN.exec(text);
      if (!match) return tokens;
      const [, long, string, word, sign] = match;
      if (long !== undefined || string !== undefined) row.push({ text: long ?? string ?? "", kind: "string", line });
      else if (word !== undefined) row.push({ text: word, kind: "word", line });
      else if (sign !== undefined) row.push({ text: sign, kind: "sign", line });
    }
    tokens.push(...row);
  }
  return tokens;
}
