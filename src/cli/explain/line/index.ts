import type { Given } from "../bytes/given.ts";
import { bytesFinding } from "../bytes/looks.ts";
import { bytesIn } from "../bytes/notation.ts";
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
  const message = symptomFinding(line);
  const given = bytesIn(line);
  // What a message quotes, its program has read: a header, or the body of an answer.
  const isQuoted = message !== undefined && /^b?["']/.test(line.slice(given?.column ?? 0));
  const seen = given && !isQuoted ? bytesFinding(given.bytes, given.explicit) : undefined;
  const close = message ? undefined : closeCodeIn(line);
  const found = [message, seen, close === undefined ? undefined : closeFinding(close)];
  return found
    .filter((finding) => finding !== undefined)
    .map((one) => (seen && given ? { ...one, input: shortened(line, given) } : one));
}

/** Bytes are told, and not shown again: in hex nobody sees what is secret. */
function shortened(line: string, { bytes, column = 0 }: Given): string {
  return bytes.length > 16 ? `${line.slice(0, column)}… (${bytes.length} bytes)` : line;
}

/** A close code behind a word for one. */
const CLOSE_CODE =
  /\b(?:(?:code|closed?(?: with)?(?: code)?)\b["']?\s*[:=([]?\s*([1-4]\d{3})\b|(?:received|sent) ([1-4]\d{3}) \(|\bwebsocket (?:error|closed?) \(([1-4]\d{3})\)|status = StatusCode\(([1-4]\d{3})\))/i;

/** What makes such a number one: the line is about a socket that closes, or says nothing else. */
const ABOUT_CLOSING =
  /clos|disconnected \(code|connect to server\(? \(code|socket|\bws\b|wasclean|\b(?:received|sent) [1-4]\d{3} \(/i;
/** As Python's websockets 10 says it, in a log too; an exit code is another thing. */
const WITHOUT_REASON = /(?<![a-z] )\bcode = [1-4]\d{3} \([\w [\]]+\), no reason\b/;
const NOTHING_ELSE = /^\W*code["']?\s*[:=]\s*\d{4}\W*(?:reason\b.*)?$/i;

function closeCodeIn(line: string): number | undefined {
  const [, labelled, told = labelled, bracketed = told, named = bracketed] = CLOSE_CODE.exec(line) ?? [];
  const isOne = [ABOUT_CLOSING, WITHOUT_REASON, NOTHING_ELSE].some((form) => form.test(line));
  return isOne ? numberOf(named) : undefined;
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}
