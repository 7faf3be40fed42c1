import { type Answer, field } from "./answer.ts";
import { type Examination, examine } from "./examine.ts";
import { OTHER_SITE, SAME_HOST } from "./experiments/origins.ts";
import { describe, type Finding, warn } from "./finding.ts";
import type { DoctorOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { Change, DoctorReport } from "./report.ts";
import { snippetFor } from "./snippets.ts";
import { negotiated } from "./summary.ts";

/** Examines a server; with `via` also the way through a proxy, and tells what that changes. */
export async function diagnose(options: DoctorOptions, tell: Progress = () => {}): Promise<DoctorReport> {
  const { via } = options;
  if (!via) return (await examine(options, tell)).report;
  const pages = !options.quick;
  const straight = { ...options, via: undefined, quick: true, pages };
  const direct = await examine(straight, (doing) => tell(`direct: ${doing}`));
  const proxied = await examine({ ...options, via: undefined, target: via }, (doing) => tell(`via: ${doing}`));
  return compare(direct, proxied, via.path);
}

/** The direct way's report, with the verdict of the proxy's where only that one fails. */
function compare(direct: Examination, proxied: Examination, path: string): DoctorReport {
  const { report } = proxied;
  const via = { report, changes: changes(direct, proxied) };
  if (direct.report.ok && report.ok) return { ...warned(direct, proxied, path), via };
  if (!direct.report.ok || report.ok) {
    const hint = direct.report.ok ? "" : "it is the server rather than the proxy: the direct way fails";
    return { ...direct.report, via, detail: [direct.report.detail, hint].filter(Boolean).join("; ") };
  }
  const blame = `it is the proxy${report.hop ? ` (${report.hop.name})` : ""}: the direct way is well`;
  const { code, cause, fix, hop, snippet, findings } = report;
  const detail = [report.detail, blame].filter(Boolean).join("; ");
  return { ...direct.report, ok: false, code, cause, fix, detail, hop, snippet, findings, via };
}

/** Both ways work: the direct one's report, with what only the proxy's way has to be warned of. */
function warned(direct: Examination, proxied: Examination, path: string): DoctorReport {
  const { report } = proxied;
  const own = pagesFound(direct.origins, proxied.origins);
  if (own) {
    const { detail, ...found } = describe(own, report.hop ?? undefined);
    const findings = [{ ...found, detail }, ...direct.report.findings.filter(({ code }) => code !== own.code)];
    const snippet = snippetFor(report.hop ?? undefined, own.code, path) ?? null;
    return { ...direct.report, ...texts(found), detail, hop: report.hop, snippet, findings };
  }
  if (report.code === null || report.code === direct.report.code) return direct.report;
  const { hop, snippet, findings } = report;
  const detail = [report.detail, "on the way through the proxy alone"].filter(Boolean).join("; ");
  return { ...direct.report, ...texts(report), detail, hop, snippet, findings };
}

function texts<Text>({ code, cause, fix }: { readonly code: Text; readonly cause: Text; readonly fix: Text }) {
  return { code, cause, fix };
}

const OPEN = /^101\b/;

/** What pages meet on one way and not on the other: each way was asked with its own origin. */
function pagesFound(direct: ReadonlyMap<string, string>, via: ReadonlyMap<string, string>): Finding | undefined {
  const differs = (name: string, openIn: typeof direct, shutIn: typeof direct) =>
    OPEN.test(openIn.get(name) ?? "") && /^4/.test(shutIn.get(name) ?? "");
  if (differs(OTHER_SITE, via, direct)) {
    const seen = `another site's page gets ${direct.get(OTHER_SITE)} on the direct way, and gets in through the proxy`;
    return warn("ORIGIN_UNCHECKED", `${seen}: it drops Origin, or makes Host match it`);
  }
  if (!differs(SAME_HOST, direct, via)) return undefined;
  const seen = `a page of the proxy's own host gets ${via.get(SAME_HOST)}, one of the server's own gets in on the direct way`;
  return warn("ORIGIN_REJECTED", `${seen}: the proxy may not keep Host`);
}

function originRows(direct: ReadonlyMap<string, string>, via: ReadonlyMap<string, string>): Change[] {
  return [...direct.keys()]
    .filter((name) => via.has(name))
    .map((name) => change(name, direct.get(name)!, via.get(name)!));
}

function changes(direct: Examination, proxied: Examination): readonly Change[] {
  const rows: Change[] = [
    change("verdict", verdict(direct.report), verdict(proxied.report)),
    change("status", direct.report.evidence.status, proxied.report.evidence.status),
    change("extensions", agreed(direct, "extensions"), agreed(proxied, "extensions")),
    change("subprotocol", agreed(direct, "subprotocol"), agreed(proxied, "subprotocol")),
    ...headers(direct.answer, proxied.answer),
    ...originRows(direct.origins, proxied.origins),
    change("idle", cut(direct.report), cut(proxied.report)),
  ];
  return rows.filter((row) => row.direct !== row.via);
}

function change(what: string, direct: string | null, via: string | null): Change {
  return { what, direct, via };
}

function verdict({ ok, code }: DoctorReport): string {
  return code ?? (ok ? "healthy" : "failed");
}

function agreed({ answer }: Examination, what: "extensions" | "subprotocol"): string | null {
  return answer ? negotiated(answer)[what] : null;
}

function cut({ idle }: DoctorReport): string | null {
  if (!idle) return null;
  return idle.cutAfterMs === null
    ? `open after ${idle.askedMs} ms`
    : `cut after ${Math.round(idle.cutAfterMs / 100) / 10} s`;
}

/** They differ from answer to answer, are told above, or are secret. */
const LEFT_OUT = /^(date|set-cookie|sec-websocket-.*|age|etag|last-modified)$/;

function headers(direct: Answer | undefined, via: Answer | undefined): Change[] {
  if (!direct || !via) return [];
  const names = new Set([...direct.headers, ...via.headers].map(({ name }) => name.toLowerCase()));
  return [...names]
    .filter((name) => !LEFT_OUT.test(name))
    .map((name) => change(`header ${name}`, field(direct, name), field(via, name)));
}
