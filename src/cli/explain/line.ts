import { stripVTControlCharacters } from "node:util";
import { bytesFinding } from "./bytes.ts";
import { closeSays, codesOfClose, noteOfClose } from "./close-codes.ts";
import { type Explanation, explanation, type Finding } from "./explanation.ts";
import { viewOf } from "./hex.ts";
import { type Meaning, meaningOf } from "./meaning.ts";
import { symptomFinding } from "./message.ts";
import { codesOfStatus, noteOfStatus } from "./statuses.ts";

/** Longer lines are looked at as far as this. */
const LINE_CHARACTERS = 65_536;

/** All that is known about a line, or about a dump of several. */
export function explainLine(raw: string): readonly Explanation[] {
  const line = clean(raw.slice(0, LINE_CHARACTERS));
  const found = numberFindings(line) ?? [...codeFindings(line), ...textFindings(line)];
  return found.map((one) => explanation(line, one));
}

/** Without colours, control characters and typographic apostrophes. */
function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, "")
    .trim();
}

/** A number alone: a close code, or an HTTP status. */
function numberFindings(line: string): readonly Finding[] | undefined {
  if (!/^\d{3,4}$/.test(line)) return undefined;
  const number = Number(line);
  if (number >= 1000 && number <= 4999) return [closeFinding(number)];
  return number >= 100 && number <= 599 ? [statusFinding(number)] : undefined;
}

function statusFinding(status: number): Finding {
  const what = `The server answered ${status}${status === 101 ? "" : ", not 101"}.`;
  return { kind: "status", what, codes: codesOfStatus(status), note: noteOfStatus(status) };
}

function closeFinding(code: number): Finding {
  return { kind: "close", what: `${code}: ${closeSays(code)}`, codes: codesOfClose(code), note: noteOfClose(code) };
}

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
