/** What may stand before a whole message: words about a WebSocket, and names of errors as runtimes put them. */
const BEFORE =
  "(?:.{0,200}\\bWebSocket\\b.{0,200}: )?(?:Uncaught )?(?:\\(in promise\\) )?(?:(?!Syntax)(?:[\\w.]*(?:Error|Exception|Event)|websockets?\\.[\\w.]+)(?: \\[\\w+\\])?: )*";

/** What a template of a symptom fits. */
export interface Pattern {
  readonly pattern: RegExp;
  /** Whether that is a whole line, and not some words of it. */
  readonly isWhole: boolean;
}

/** The template as a pattern: see `Symptom`. */
export function patternOf(template: string): Pattern {
  const isWhole = template.startsWith("=");
  const text = isWhole ? template.slice(1) : template;
  const source = text
    .replace(/[.*+?^$()[\]|\\/]/g, "\\$&")
    .replace("{n}", "(?<status>\\d{3})\\b")
    .replaceAll("{}", ".{0,200}?");
  // Bun's and Python's words differ in their capitals alone.
  if (isWhole) return { isWhole, pattern: new RegExp(`^${BEFORE}${source}\\.?$`) };
  const [before, after] = [
    /^\w/.test(text) ? "(?<![A-Za-z\\d])" : "",
    /[A-Za-z\d]$/.test(text) ? "(?![A-Za-z\\d])" : "",
  ];
  return { isWhole, pattern: new RegExp(`${before}${source}${after}`, "i") };
}
