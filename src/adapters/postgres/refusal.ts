/** Rooms can't span processes through this server, and won't until somebody changes something: the message says what. */
export class UnfitServer extends Error {}

/** What to change, by SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const WORDS: ReadonlyMap<string, string> = new Map([
  ["25006", "this PostgreSQL is a standby, which carries no notifications: give postgres() the address of the primary"],
  [
    "54000",
    "PostgreSQL's queue of notifications is full, so that nobody can publish: a session that listens has been in one transaction for long. " +
      "Its server log names it; pg_stat_activity shows it as idle in transaction: end it",
  ],
]);

/** Nothing that is notified arrives here. */
export const DEAF: string =
  "LISTEN has no effect on this connection, as behind PgBouncer in transaction mode: connect postgres() to PostgreSQL itself, " +
  "or to a pool in session mode";

/** The same error, or one that says what to change. */
export function explained(error: unknown): unknown {
  const words = WORDS.get(codeOf(error));
  return words ? new UnfitServer(words, { cause: error }) : error;
}

/** Whether a server was there and refused: it will again, until somebody changes something. One that starts or stops does not. */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  const isSqlState = /^[0-9][0-9A-Z]{4}$/.test(code) && !code.startsWith("57P");
  // pg's own words, without a code, for a password that is missing.
  return error instanceof UnfitServer || isSqlState || /^SASL/.test(String((error as Error | undefined)?.message));
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | undefined)?.code);
}
