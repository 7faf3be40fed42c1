import type { Code } from "../doctor/finding.ts";
import { nginxSnippet } from "../doctor/snippets.ts";

const CODES = ["UPGRADE_STRIPPED", "CONNECTION_NO_UPGRADE", "HTTP_1_0", "IDLE_CUT"] as const satisfies readonly Code[];

/** Lines to paste, for the codes whose fix is some; nginx's, which is the usual hop. */
export const SNIPPETS: Readonly<Partial<Record<Code, string>>> = Object.fromEntries(
  CODES.map((code) => [code, `# nginx\n${nginxSnippet(code)}`]),
);
