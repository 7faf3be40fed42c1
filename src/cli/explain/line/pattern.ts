/** What a log puts before a line: times, and how grave it is. */
const LOGGED =
  "\\s*(?:[\\dT:.,/Z+-]{8,40}\\s+)*(?:\\[?(?:ERROR|WARNING|WARN|INFO|error|warning|warn|info)\\]?:?\\s+-?)?";

/** Names of errors, as runtimes put them before a message. */
const NAMED =
  "(?:Uncaught )?(?:\\(in promise\\) )?(?:(?!Syntax)(?:[\\w.]*(?:Error|Exception|Event)|websockets?\\.[\\w.]+)(?: \\[\\w+\\])?: )*";

/** What may stand before a whole message; words about a WebSocket, too. */
const BEFORE = `${LOGGED}(?:.{0,200}\\bWebSocket\\b.{0,200}: )?${NAMED}`;

/** What a template of a symptom fits. */
export interface Pattern {
  readonly pattern: RegExp;
  /** Whether that is a whole line, and not some words of it. */
  readonly isWhole: boolean;
  /** A word, in small letters, that each line which fits has among its words. */
  readonly word: string;
}

/** The words of a text, in small letters. */
export function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[a-z]{2,}|\d+/g));
}

/** The template as a pattern: see `Symptom`. */
export function patternOf(template: string): Pattern {
  const isWhole = template.startsWith("=");
  const text = isWhole ? template.slice(1) : template;
  const word = longestWord(text);
  const source = text
    .replace(/[.*+?^$()[\]|\\/]/g, "\\$&")
    .replace("{n}", "(?<status>\\d{3})\\b")
    .replaceAll("{}", ".{0,200}?");
  // Bun's and Python's words differ in their capitals alone.
  if (isWhole) return { isWhole, word, pattern: new RegExp(`^${BEFORE}${source}\\.?\\s*$`) };
  const [before, after] = [
    /^\w/.test(text) ? "(?<![A-Za-z\\d])" : "",
    /[A-Za-z\d]$/.test(text) ? "(?![A-Za-z\\d])" : "",
  ];
  return { isWhole, word, pattern: new RegExp(`${before}${source}${after}`, "i") };
}

/** What touches a hole may go on in a line. */
function longestWord(template: string): string {
  const words = [...wordsOf(template.replace(/\w*\{n?\}\w*/g, " "))].sort((a, b) => b.length - a.length);
  if (words[0] === undefined) throw new TypeError(`a symptom needs a word: ${template}`);
  return words[0];
}
