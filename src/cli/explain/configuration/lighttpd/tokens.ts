/** One token of a configuration. */
export interface Token {
  readonly text: string;
  readonly kind: "string" | "word" | "sign";
  /** From 0 on. */
  readonly line: number;
}

const TOKEN = /\s+|#.*|"((?:\\.|[^"\\])*)"|([A-Za-z_$][\w.$-]*|\d+)|(=>|\+=|==|!=|=~|!~|=\^|=\$|[=(){},+[\]])/gy;

/** The tokens of lines from one on, up to the first line that has something else. */
export function tokensOf(lines: readonly string[], from: number): readonly Token[] {
  const tokens: Token[] = [];
  for (let line = from; line < lines.length; line++) {
    const text = lines[line]!.slice(0, 5000);
    const row: Token[] = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
      const match = TOKEN.exec(text);
      if (!match) return tokens;
      const [, string, word, sign] = match;
      if (string !== undefined) row.push({ text: string.replace(/\\(["\\])/g, "$1"), kind: "string", line });
      else if (word !== undefined) row.push({ text: word, kind: "word", line });
      else if (sign !== undefined) row.push({ text: sign, kind: "sign", line });
    }
    tokens.push(...row);
  }
  return tokens;
}
