/** The schema of the report changes only together with this number. */
export const SCHEMA = 1;

/** How grave a finding is: a failure; a fault on the wire that some clients stumble over; or advice. */
export type Level = "fail" | "warn" | "advice";

/** What became of a phase. */
export type Verdict = "ok" | "warn" | "fail" | "skipped";

/** The phases, in their order. */
export const PHASES = ["URL", "DNS", "TCP", "TLS", "handshake", "switch", "echo", "ping", "close"] as const;
export type PhaseName = (typeof PHASES)[number];

/** What `onesocket doctor --json` prints. */
export interface DoctorReport {
  /** 1. Members may be added under the same number. */
  readonly schema: 1;
  /** Without credentials, and with parameters that look secret hidden. */
  readonly url: string;
  /** Whether no failure was found. */
  readonly ok: boolean;
  /** Of the failure; without one, of the gravest warning; null when the wire is clean. Advice never stands here. */
  readonly code: string | null;
  /** One sentence; null with `code`. */
  readonly cause: string | null;
  /** One sentence; null with `code`. */
  readonly fix: string | null;
  /** What was seen of it here; "" for nothing more. */
  readonly detail: string;
  /** The proxy or server that was recognised by its answers: nginx, Apache, HAProxy, Caddy, Varnish, Squid, lighttpd, h2o, Traffic Server, Traefik, Envoy, ALB, Cloudflare, Vite, webpack-dev-server … */
  readonly hop: Hop | null;
  /** Configuration for that hop which mends such a failure; null when there is none to give. */
  readonly snippet: string | null;
  /** Nine, in their order. */
  readonly phases: readonly PhaseReport[];
  /** In the order in which they were done. */
  readonly experiments: readonly ExperimentReport[];
  /** Everything that was found, the gravest first. */
  readonly findings: readonly FindingReport[];
  /** What the verdict rests on. */
  readonly evidence: Evidence;
  /** The silence that `--idle` asked for; null without it, or when no connection opened. */
  readonly idle: IdleReport | null;
  /** The way through the proxy, with `--via`; else null. */
  readonly via: ViaReport | null;
  /** TCP connections that were made, at most 20 for each way. */
  readonly connections: number;
  /** Milliseconds in all. */
  readonly ms: number;
}

/** What answered, and what gave it away. */
export interface Hop {
  /** Such as `nginx`. */
  readonly name: string;
  /** The header, or what else gave it away. */
  readonly sign: string;
}

/** One phase. */
export interface PhaseReport {
  /** `URL`, `DNS`, `TCP`, `TLS`, `handshake`, `switch`, `echo`, `ping` or `close`. */
  readonly name: PhaseName;
  /** `ok`, `warn`, `fail` or `skipped`. */
  readonly verdict: Verdict;
  /** Milliseconds; null when it was skipped. */
  readonly ms: number | null;
  /** What happened. */
  readonly detail: string;
}

/** One experiment: a handshake, or an open connection, that differed in one thing. */
export interface ExperimentReport {
  /** What differed. */
  readonly name: string;
  /** What came of it, in a few words for people. */
  readonly result: string;
  /** What it brought to light; null for nothing. */
  readonly code: string | null;
  /** Milliseconds. */
  readonly ms: number;
}

/** One thing that was found. */
export interface FindingReport {
  /** A name from the page about failures. */
  readonly code: string;
  /** `fail`, `warn` (a fault that some clients stumble over) or `advice`. */
  readonly level: Level;
  /** One sentence. */
  readonly cause: string;
  /** One sentence. */
  readonly fix: string;
  /** What was seen of it; "" for nothing more. */
  readonly detail: string;
}

/** What the verdict rests on; secrets that were given are hidden. */
export interface Evidence {
  /** The lines of the handshake. */
  readonly request: readonly string[];
  /** The first line of the answer; null when there was no HTTP answer. */
  readonly status: string | null;
  /** Lines of the answer that matter, as they came. */
  readonly headers: readonly string[];
  /** How the body of a refusal begins, up to 400 characters; null for none. */
  readonly body: string | null;
  /** A dump of the bytes that the verdict is about, in lines; empty when there are none. */
  readonly bytes: readonly string[];
}

/** What silence did. */
export interface IdleReport {
  /** How long the connection was to be silent: milliseconds. */
  readonly askedMs: number;
  /** After how many milliseconds it was cut; null when it outlived the silence. */
  readonly cutAfterMs: number | null;
  /** Whether a connection with pings outlived that time; null when it was not tried. */
  readonly survivesPings: boolean | null;
}

/** The way through the proxy. */
export interface ViaReport {
  /** Of that way; its `via` is null. */
  readonly report: DoctorReport;
  /** What differs between the two. */
  readonly changes: readonly Change[];
}

/** What the way through the proxy changes. */
export interface Change {
  /** `status`, `extensions`, `subprotocol`, `verdict`, `Origin: WHOSE`, `idle` or `header NAME`. */
  readonly what: string;
  /** On the direct way; null for nothing. */
  readonly direct: string | null;
  /** Through the proxy; null for nothing. */
  readonly via: string | null;
}
