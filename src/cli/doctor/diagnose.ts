import { type Answer, field } from "./answer.ts";
import { type Examination, examine } from "./examine.ts";
import type { DoctorOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { Change, DoctorReport } from "./report.ts";
import { negotiated } from "./summary.ts";

/** Examines a server; with `via` also the way through a proxy, and tells what that changes. */
export async function diagnose(options: DoctorOptions, tell: Progress = () => {}): Promise<DoctorReport> {
  const { via } = options;
  if (!via) return (await examine(options, tell)).report;
  const direct = await examine({ ...options, via: undefined, quick: true }, (doing) => tell(`direct: ${doing}`));
  const proxied = await examine({ ...options, via: undefined, target: via }, (doing) => tell(`via: ${doing}`));
  return compare(direct, proxied);
}

/** The direct way's report, with the verdict of the proxy's where only that one fails. */
function compare(direct: Examination, proxied: Examination): DoctorReport {
  const { report } = proxied;
  const via = { report, changes: changes(direct, proxied) };
  if (!direct.report.ok || report.ok) {
    const hint = direct.report.ok ? "" : "it is the server rather than the proxy: the direct way fails";
    return { ...direct.report, via, detail: [direct.report.detail, hint].filter(Boolean).join("; ") };
  }
  const blame = `it is the proxy${report.hop ? ` (${report.hop.name})` : ""}: the direct way is well`;
  const { code, cause, fix, hop, snippet, findings } = report;
  const detail = [report.detail, blame].filter(Boolean).join("; ");
  return { ...direct.report, ok: false, code, cause, fix, detail, hop, snippet, findings, via };
}

function changes(direct: Examination, proxied: Examination): readonly Change[] {
  const rows: Change[] = [
    change("verdict", verdict(direct.report), verdict(proxied.report)),
    change("status", direct.report.evidence.status, proxied.report.evidence.status),
    change("extensions", agreed(direct, "extensions"), agreed(proxied, "extensions")),
    change("subprotocol", agreed(direct, "subprotocol"), agreed(proxied, "subprotocol")),
    ...headers(direct.answer, proxied.answer),
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
