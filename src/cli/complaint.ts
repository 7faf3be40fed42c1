/** Why a command can't do what it was asked to: one sentence for stderr, and exit code 2. */
export class Complaint extends Error {}

/** What was thrown, as the end of a sentence. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
