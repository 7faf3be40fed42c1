import process from "node:process";

/** Hears what the doctor does at the moment. */
export type Progress = (doing: string) => void;

/** One line on stderr that changes, on a terminal; nothing anywhere else. `end` wipes it away. */
export function terminalProgress(): { readonly tell: Progress; readonly end: () => void } {
  const { stderr } = process;
  if (!stderr.isTTY) return { tell: () => {}, end: () => {} };
  const write = (text: string) => void stderr.write(`\r\u001b[K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
  return { tell: (doing) => write(`${doing} …`), end: () => write("") };
}
