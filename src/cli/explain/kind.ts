import type { Document, Part } from "./document.ts";
import type { Finding } from "./explanation.ts";
import type { Secrets } from "./secrets.ts";

/** One kind of evidence: how it is recognised, and what is read in it. */
export interface Kind {
  /**
   * The line after the last one of a piece of evidence of this kind that begins at line `at`; undefined when none does.
   * Asked at line 0 of what is no text, too. Looks at no more than it has to.
   */
  recognise(document: Document, at: number): number | undefined;
  /** What that piece shows; nothing when it only looked like it. */
  read(part: Part, question: Question): readonly Finding[];
}

/** What was asked beside the evidence. */
export interface Question {
  /** The path, with its query, that `--for` asks about. */
  readonly path: string | undefined;
  /** The host that `--for` asks about, with its port. */
  readonly host: string | undefined;
  /** Whether `--for` asks about wss:; undefined where it does not tell. */
  readonly secure: boolean | undefined;
  /** Where a kind puts what must not be shown. */
  readonly secrets: Secrets;
}
