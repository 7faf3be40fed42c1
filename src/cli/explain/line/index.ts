import { viewOf } from "../bytes/hex.ts";
import { bytesFinding } from "../bytes/looks.ts";
import type { Finding } from "../explanation.ts";
import type { Kind } from "../kind.ts";
import { type Meaning, meaningOf } from "../meaning.ts";
import { symptomFinding } from "./message.ts";
import { closeFinding } from "./number.ts";

/** Longer lines are looked at as far as this. */
const LINE_CHARACTERS = 65_536;

/** What is one line: a program's message, or a code of ours. Any line may be one. */
export const line: Kind = {
  recognise: (document, at) => (document.isText ? at + 1 : undefined),
  read({ document, from }) {
    const text = document.lines[from]!.slice(0, LINE_CHARACTERS).trim();
    return [...codeFindings(text), ...textFindings(text)];
  },
};

/** Codes of ours. Those of one word, such as INTERNAL, stand in many logs: they count where the line is about them. */
function codeFindings(line: string): readonly Finding[] {
  const words = new Set(line.match(/\b[A-Z][A-Z0-9_]+\b/g));
  const codes = [...words].filter(
    (word) => word.includes("_") || line.startsWith(word) || /onesocket|reason/i.test(line),
  );
  return codes.flatMap((code) => {
    const meaning = meaningOf(code);
    return meaning ? [{ kind: "code" as const, what: sayer(meaning), codes: [meaning.code] }] : [];
  });
}

function sayer({ status, close }: Meaning): string {
  if (close !== undefined) return `onesocket: an open connection failed, and closes with ${close}.`;
  return status === undefined ? "A finding of onesocket doctor." : `onesocket: a handshake is refused with ${status}.`;
}

function textFindings(line: string): readonly Finding[] {
  const bytes = viewOf(line);
  const seen = bytes && bytesFinding(bytes);
  const message = symptomFinding(line);
  const close = /\b(?:code|closed?(?: with)?|received|sent)\b["']?\s*[:=(]?\s*([1-4]\d{3})\b/i.exec(line)?.[1];
  return [message, seen, message || close === undefined ? undefined : closeFinding(Number(close))].filter(
    (finding) => finding !== undefined,
  );
}
