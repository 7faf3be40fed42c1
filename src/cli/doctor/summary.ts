import { type Answer, field, isOfGateway } from "./answer.ts";
import { hexDump } from "./bytes.ts";
import type { Chart } from "./chart.ts";
import { describe, ranked } from "./finding.ts";
import { type DoctorReport, type Evidence, PHASES, SCHEMA } from "./report.ts";
import type { Request } from "./request.ts";
import { Secrets } from "./secrets.ts";
import { snippetFor } from "./snippets.ts";
import { secretsOf, type Target } from "./target.ts";

/** The report of one way to a server, with all secrets hidden. */
export function summarise(chart: Chart): DoctorReport {
  const { options, budget, hop, idle } = chart;
  const { target } = options;
  const secrets = new Secrets(options.headers, [
    ...secretsOf(target),
    ...[target, ...(options.proxy ? [options.proxy] : [])].flatMap(credentials),
  ]);
  const findings = ranked(chart.findings);
  const first = findings.find(({ level }) => level !== "advice");
  const texts = first && describe(first, hop);
  return secrets.hideIn<DoctorReport>({
    schema: SCHEMA,
    url: target.shown,
    ok: !chart.failed,
    code: texts?.code ?? null,
    cause: texts?.cause ?? null,
    fix: texts?.fix ?? null,
    detail: [texts?.detail ?? "", ...chart.notes].filter(Boolean).join("; "),
    hop: hop ?? null,
    snippet: (first && snippetFor(hop, first.code, target.path, statusOf(chart))) ?? null,
    phases: [...chart.phases].sort((a, b) => PHASES.indexOf(a.name) - PHASES.indexOf(b.name)),
    experiments: chart.experiments,
    findings: findings.map((finding) => describe(finding, hop)),
    evidence: evidence(chart, secrets),
    idle: idle ?? null,
    via: null,
    connections: budget.connections,
    ms: Math.round(budget.elapsedMs),
  });
}

/** What a URL's user and password became, and what they were. */
function credentials({ authorization }: Target): readonly string[] {
  if (authorization === undefined) return [];
  const encoded = authorization.split(" ")[1]!;
  const plain = Buffer.from(encoded, "base64").toString();
  return [encoded, plain, plain.slice(plain.indexOf(":") + 1)];
}

/** What the handshake was answered with. Where it got no answer at all, a gateway tells by a plain GET that its server is down. */
function statusOf({ first, plainStatus = 0, servesGet, hop }: Chart): number | undefined {
  // Varnish asks a server that is well for the upgrade too, and can't take its 101: it has to pipe.
  if (hop?.name === "Varnish" && servesGet) return undefined;
  if (first?.reply.kind === "http") return first.reply.answer.status;
  return isOfGateway(plainStatus) ? plainStatus : undefined;
}

function evidence({ first, bytes }: Chart, secrets: Secrets): Evidence {
  const reply = first?.reply;
  const http = reply?.kind === "http" ? reply : undefined;
  return {
    request: first ? requestLines(first.request, secrets) : [],
    status: http?.answer.statusLine ?? null,
    headers: http ? telling(http.answer) : [],
    body: http?.body ? http.body.slice(0, 400) : null,
    bytes: hexDump(secrets.blot(Buffer.from(bytes))),
  };
}

function requestLines({ line, headers, target }: Request, secrets: Secrets): readonly string[] {
  const path = line.replace(target.path, target.shown.replace(/^wss?:\/\/[^/]*/, ""));
  return [path, ...headers.map(([name, value]) => `${name}: ${secrets.value(name, value)}`)];
}

const TELLING =
  /^(upgrade|connection|sec-websocket-.*|server|via|location|content-type|content-length|transfer-encoding|retry-after|allow|www-authenticate|onesocket-failure|cf-ray|x-amz.*|x-powered-by|x-cache|keep-alive)$/i;

/** The header lines that matter. */
export function telling(answer: Answer): readonly string[] {
  return answer.headers.filter(({ name }) => TELLING.test(name)).map(({ name, value }) => `${name}: ${value}`);
}

/** What was negotiated: extensions and subprotocol. */
export function negotiated(answer: Answer): {
  readonly extensions: string | null;
  readonly subprotocol: string | null;
} {
  return {
    extensions: field(answer, "sec-websocket-extensions"),
    subprotocol: field(answer, "sec-websocket-protocol"),
  };
}
