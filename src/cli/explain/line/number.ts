import { closeSays, codesOfClose, noteOfClose } from "../close-codes.ts";
import type { Finding } from "../explanation.ts";
import type { Kind } from "../kind.ts";
import { codesOfStatus, noteOfStatus } from "../statuses.ts";

/** A number alone: a close code, or an HTTP status. */
export const number: Kind = {
  recognise: (document, at) => (/^\s*\d{3,4}\s*$/.test(document.lines[at] ?? "") ? at + 1 : undefined),
  read({ document, from }) {
    const number = Number(document.lines[from]);
    if (number >= 1000 && number <= 4999) return [closeFinding(number)];
    return number >= 100 && number <= 599 ? [statusFinding(number)] : [];
  },
};

function statusFinding(status: number): Finding {
  const what = `The server answered ${status}${status === 101 ? "" : ", not 101"}.`;
  return { kind: "status", what, codes: codesOfStatus(status), note: noteOfStatus(status) };
}

/** What a close code says. */
export function closeFinding(code: number): Finding {
  return { kind: "close", what: `${code}: ${closeSays(code)}`, codes: codesOfClose(code), note: noteOfClose(code) };
}
