import type { Level } from "../doctor/report.ts";
import type { Document, Part } from "./document.ts";
import { type Code, type Meaning, meaningOf } from "./meaning.ts";

/** What a piece of evidence is. */
export type EvidenceKind =
  | "message"
  | "bytes"
  | "close"
  | "status"
  | "code"
  | "head"
  | "access"
  | "capture"
  | "har"
  | "netlog"
  | "configuration"
  | "source";

/** What `onesocket explain` says of one piece of evidence. */
export interface Explanation {
  /** Where it comes from: a file's name, `stdin` or `arguments`. */
  readonly source: string;
  /** Its first and its last line there, from 1 on; null for what has no lines, or is read as a whole: a HAR. */
  readonly lines: readonly [first: number, last: number] | null;
  /** What was recognised in it. */
  readonly kind: EvidenceKind;
  /** The line as it was given, or what there is in a few words; without control characters. */
  readonly input: string;
  /** The programs that print or read such a thing; empty where that is not known. */
  readonly by: readonly string[];
  /** What happened, in a sentence or two. */
  readonly what: string;
  /** Who did what, in order; empty where the evidence has no such thing. */
  readonly steps: readonly Step[];
  /** Whether all of `causes` were seen; else they are what it may be, the likeliest first. */
  readonly sure: boolean;
  /** What is wrong, or may be. */
  readonly causes: readonly Cause[];
  /** What the evidence leaves open. */
  readonly note: string | null;
  /** What to run for certainty. */
  readonly next: string;
}

/** One thing that one side did. */
export interface Step {
  /** Milliseconds since the first one; null where the evidence has no clock. */
  readonly ms: number | null;
  /** Who did it. */
  readonly by: Side;
  /** Such as `SYN`, `101 Switching Protocols` or `text, 5 bytes: "hello"`. */
  readonly what: string;
  /** The codes of what is wrong with it. */
  readonly codes: readonly string[];
}

/** The two ends of one TCP connection: the client is the one that sends the handshake. */
export type Side = "client" | "server";

/** One thing that is wrong, and what to do about it. */
export interface Cause {
  /** Its stable name. */
  readonly code: string;
  /** `fail`, `warn` (a fault that some stumble over) or `advice`. */
  readonly level: Level;
  /** One sentence. */
  readonly cause: string;
  /** What was seen of it here; "" for nothing more. */
  readonly detail: string;
  /** Where, such as `nginx.conf:12`; null where that has no meaning. */
  readonly where: string | null;
  /** One sentence, for this hop where it is known. */
  readonly fix: string;
  /** The HTTP status that a server of ours refuses the handshake with; else null. */
  readonly status: number | null;
  /** The code that a connection of ours closes with; else null. */
  readonly close: number | null;
  /** Lines to paste; null for none. */
  readonly snippet: string | null;
}

/** What a kind of evidence finds, before codes are looked up. */
export interface Finding {
  readonly kind: EvidenceKind;
  /** Default: the lines themselves. */
  readonly input?: string | undefined;
  readonly by?: readonly string[];
  readonly what: string;
  readonly steps?: readonly Step[];
  /** Default: not sure. */
  readonly sure?: boolean;
  readonly codes: readonly (Code | Seen)[];
  readonly note?: string | undefined;
  /** The URL for the doctor, where the evidence has one; default: one in its lines. */
  readonly url?: string | undefined;
  /** Of what was taken, the lines that this is about, from 0 on in the document; default: all of them. */
  readonly lines?: readonly [first: number, end: number] | undefined;
}

/** The first findings of many, the last of which says how many there are beside them. */
export function firstOf(findings: readonly Finding[], most: number): readonly Finding[] {
  const left = findings.length - most;
  if (left <= 0) return findings;
  const last = findings[most - 1]!;
  const note = `${last.note ?? ""} ${left} more connection${left === 1 ? " is" : "s are"} not told here.`.trim();
  return [...findings.slice(0, most - 1), { ...last, note }];
}

/** A code, and what was seen of it here. */
export interface Seen {
  readonly code: Code;
  /** Default `fail`. */
  readonly level?: Level;
  /** A sentence without its full stop. */
  readonly detail?: string;
  readonly where?: string | undefined;
  /** In the place of the code's own. */
  readonly fix?: string | undefined;
  readonly snippet?: string | undefined;
}

/** The whole explanation of a part of a document. */
export function explanation(part: Part, finding: Finding): Explanation {
  const { kind, by = [], what, steps = [], sure = false, codes, note = null, lines } = finding;
  const { document, from, to } = part;
  const [first, end] = lines ?? [from, to];
  const text = document.isText ? shownLines(document, first, end) : "";
  const hasLines = document.isText && Number.isFinite(end);
  return {
    source: document.name,
    lines: hasLines ? [document.firstLine + first, document.firstLine + Math.max(first, end - 1)] : null,
    kind,
    input: finding.input ?? text,
    by,
    what,
    steps,
    sure,
    causes: sorted(
      codes.map((code) => causeOf(code, isOfNginx(finding))).filter((cause) => cause !== undefined),
      sure,
    ),
    note,
    next: `onesocket doctor ${quoted(finding.url ?? urlIn(text))}`,
  };
}

const ORDER = { fail: 0, warn: 1, advice: 2 } as const;

/** The gravest first, where all of them were seen; each code at a place once. */
function sorted(causes: readonly Cause[], sure: boolean): readonly Cause[] {
  const once = causes.filter(
    ({ code, where, detail }, at) =>
      !causes.some(
        (other, index) => other.code === code && other.where === where && isMore(other.detail, index, detail, at),
      ),
  );
  return sure ? once.toSorted((a, b) => ORDER[a.level] - ORDER[b.level]) : once;
}

/** Whether one of two of the same code tells more than the other, or the same and first. */
function isMore(other: string, index: number, detail: string, at: number): boolean {
  return index !== at && (detail === "" ? other !== "" || index < at : detail === other && index < at);
}

/** More lines of a piece of evidence are not repeated. */
const SHOWN_LINES = 40;

/** Nor is more of a line. */
export const SHOWN_CHARACTERS = 2000;

function shownLines({ lines }: Document, first: number, end: number): string {
  const shown = lines.slice(first, Math.min(end, first + SHOWN_LINES));
  return shown
    .map((line) => line.slice(0, SHOWN_CHARACTERS))
    .join("\n")
    .trim();
}

/** Proxies that nginx's lines, which codes have of their own, are no help for. */
const OTHER_PROXIES: ReadonlySet<string> = new Set(["Apache", "Caddy", "Envoy", "HAProxy", "Traefik"]);

/** Whether nginx may be the hop: it is, where none is known. */
function isOfNginx({ kind, by = [] }: Finding): boolean {
  return kind !== "configuration" && !by.some((one) => OTHER_PROXIES.has(one));
}

function causeOf(given: Code | Seen, hasLines: boolean): Cause | undefined {
  const seen: Seen = typeof given === "string" ? { code: given } : given;
  const meaning = meaningOf(seen.code);
  return meaning && { ...texts(meaning, seen, hasLines), level: seen.level ?? "fail", detail: seen.detail ?? "" };
}

function texts(meaning: Meaning, { where, fix, snippet }: Seen, hasLines: boolean): Omit<Cause, "level" | "detail"> {
  return {
    code: meaning.code,
    cause: meaning.cause,
    where: where ?? null,
    fix: fix ?? meaning.fix,
    status: meaning.status ?? null,
    close: meaning.close ?? null,
    snippet: snippet ?? (hasLines ? meaning.snippet : undefined) ?? null,
  };
}

/** The URL that a text names. */
function urlIn(text: string): string | undefined {
  return /\bwss?:\/\/[^\s'"<>]+/.exec(text)?.[0].replace(/[.,;:)\]]+$/, "");
}

/** For a shell. */
function quoted(url = "<url>"): string {
  return /^[\w:/.-]+$|^<url>$/.test(url) ? url : `'${url.replaceAll("'", "%27")}'`;
}
