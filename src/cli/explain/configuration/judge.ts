import type { Finding, Seen } from "../explanation.ts";
import { codeOfAnswer } from "./answered.ts";
import type { Asked } from "./handshake.ts";
import type { Outcome, Passed } from "./outcome.ts";
import { judgePassage, shownPassage } from "./passage.ts";
import { placeOf } from "./place.ts";
import { shownTime } from "./time.ts";

/** What a configuration does with a handshake, as a finding. */
export interface Judged {
  readonly finding: Finding;
  /** Whether upgrades pass. */
  readonly passes: boolean;
  /** Whether it cannot be told. */
  readonly isUnknown: boolean;
}

/** What is judged: an outcome, and for which handshake. */
export interface Case {
  readonly proxy: string;
  readonly asked: Asked;
  /** Whether the path was not asked for, but stands for a route's. */
  readonly isSample: boolean;
}

/** Judges what becomes of a handshake. */
export function judgeOutcome(outcome: Outcome, { proxy, asked, isSample }: Case): Judged {
  const which = isSample ? "A handshake for this" : `A handshake for ${asked.path}`;
  const { what, codes } = said(outcome, proxy, asked, which);
  const all = [...codes, ...outcome.beside];
  return {
    finding: {
      kind: "configuration",
      input: outcome.title,
      by: [proxy],
      what,
      sure: outcome.doubts.length === 0,
      codes: all,
      note: outcome.doubts.length > 0 ? outcome.doubts.join(" ") : undefined,
    },
    passes: outcome.fate.kind === "passed" && !all.some(isFailure),
    isUnknown: outcome.fate.kind === "unknown",
  };
}

function isFailure({ level = "fail" }: Seen): boolean {
  return level === "fail";
}

interface Said {
  readonly what: string;
  readonly codes: readonly Seen[];
}

function said({ fate }: Outcome, proxy: string, asked: Asked, which: string): Said {
  switch (fate.kind) {
    case "passed":
      return saidPassed(fate, asked, which);
    case "answered": {
      const where = placeOf(fate.by);
      const to = fate.to === undefined ? "" : `, with ${fate.to}`;
      const seen = fate.seen ?? { code: codeOfAnswer(fate.status), ...fixOf(fate.status) };
      return {
        what: `${which} is answered ${fate.status} by ${proxy} itself${to}.`,
        codes: [{ ...seen, where: seen.where ?? where }],
      };
    }
    case "lost":
      return { what: `${which} ${fate.what}.`, codes: [fate.seen] };
    case "unknown":
      return { what: `${which} ${fate.what}.`, codes: [] };
    case "broken":
      return { what: `${proxy} does not start with this configuration.`, codes: [fate.seen] };
  }
}

function fixOf(status: number): Pick<Seen, "fix"> {
  if (status >= 300 && status < 400) return { fix: "Connect to where this leads; a WebSocket follows no redirection." };
  return { fix: "Take this path out of what answers it." };
}

function saidPassed({ request, upstream, idleMs, idleBy, mend }: Passed, asked: Asked, which: string): Said {
  const found = judgePassage({ request, host: asked.host, idleMs, idleBy });
  const codes = found.map((seen): Seen => ({ ...seen, ...mend(seen.code) }));
  const goes = `goes to ${upstream} as ${shownPassage(request)}`;
  const verdict = codes.some(isFailure) ? "it opens no WebSocket" : `the upgrade passes${patience(idleMs)}`;
  return { what: `${which} ${goes}: ${verdict}.`, codes };
}

function patience(idleMs: number | undefined): string {
  if (idleMs === undefined) return "";
  return idleMs === Number.POSITIVE_INFINITY
    ? ", and silence ends nothing"
    : `, and a silence of ${shownTime(idleMs)} is endured`;
}

/** Which route is for sockets is not known: where one is right, the others need not be. */
export function sampled(all: readonly Judged[]): readonly Finding[] {
  const right = all.filter(({ passes }) => passes);
  if (right.length === 0) return all.map(({ finding }) => finding);
  const others = all.filter(({ passes, isUnknown }) => !passes && !isUnknown).map(({ finding }) => finding.input);
  if (others.length === 0) return right.map(({ finding }) => finding);
  const note = `Upgrades do not pass in ${others.join(", ")}: ask with --for /path if that has sockets, too.`;
  return right.map(({ finding }) => ({ ...finding, note: [finding.note, note].filter(Boolean).join(" ") }));
}
