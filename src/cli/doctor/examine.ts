import type { Answer } from "./answer.ts";
import { Budget } from "./budget.ts";
import { isHttp2, isTls, looksLike } from "./bytes.ts";
import { Chart, type Experiment, type Scene } from "./chart.ts";
import { converse } from "./conversation.ts";
import { ANOTHER_KEY } from "./experiments/another-key.ts";
import { LARGE_MESSAGE, PIPELINED, TALK_UNCOMPRESSED } from "./experiments/frames.ts";
import { HTTP2_INSTEAD, HTTP2_TOO } from "./experiments/http2.ts";
import { KEEP_ALIVE } from "./experiments/keep-alive.ts";
import { LENIENCY } from "./experiments/leniency.ts";
import { CONNECTION_LIST, OTHER_PROTOCOLS, WITHOUT_COMPRESSION } from "./experiments/offers.ts";
import { ORIGINS } from "./experiments/origins.ts";
import { OTHER_SCHEME } from "./experiments/other-scheme.ts";
import { PLAIN_GET } from "./experiments/plain-get.ts";
import { REDIRECT_TARGET } from "./experiments/redirect.ts";
import { KNOWN_PROTOCOLS, NO_COMPRESSION, NO_PROTOCOL, WITH_ORIGIN, WITHOUT_ORIGIN } from "./experiments/refused.ts";
import { diesInSilence } from "./experiments/silence.ts";
import { type Code, type Finding, fail } from "./finding.ts";
import { soak } from "./idle.ts";
import { judgeSwitch } from "./judge.ts";
import type { DoctorOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import { reach } from "./reach.ts";
import { judgeRefusal } from "./refusal.ts";
import { type DoctorReport, PHASES } from "./report.ts";
import { opened, type Shake } from "./shake.ts";
import { summarise } from "./summary.ts";
import { Talk } from "./talk.ts";

/** One way to a server, examined. */
export interface Examination {
  readonly report: DoctorReport;
  /** The answer to the first handshake, if there was one. */
  readonly answer: Answer | undefined;
}

/** Goes through the phases, then does the experiments that what was found calls for. */
export async function examine(options: DoctorOptions, tell: Progress): Promise<Examination> {
  const chart = new Chart(options, new Budget(2.5 * options.idleMs), tell);
  const reached = await reach(chart);
  if (reached) {
    const scene = await shakeHands(chart, reached.line, reached.socket);
    if (!chart.failed && opened(scene.first.reply)) await talk(scene);
    if (!chart.failed)
      await chart.experiment(scene, healthy(options)).then((found) => found && chart.findings.push(found));
  }
  for (const name of PHASES.slice(chart.phases.length)) chart.phase(name, "skipped", null, "not reached");
  const reply = chart.first?.reply;
  return { report: summarise(chart), answer: reply?.kind === "http" ? reply.answer : undefined };
}

type FirstScene = Scene & { readonly first: Shake };

async function shakeHands(
  chart: Chart,
  line: Scene["line"],
  socket: Parameters<Scene["line"]["send"]>[0],
): Promise<FirstScene> {
  chart.doing("shaking hands");
  const start = performance.now();
  const first = await line.send(socket, {}, chart.options.timeoutMs);
  const ms = performance.now() - start;
  chart.first = first;
  const { reply } = first;
  if (reply.kind === "http") chart.recognise(reply.answer, reply.body);
  else chart.bytes = reply.bytes;
  const scene = { line, chart, first };
  const found = judge(first, chart.options.timeoutMs);
  const failure = found.find(({ level }) => level === "fail");
  chart.findings.push(...found.filter((finding) => finding !== failure));
  if (failure) {
    first.wire.destroy();
    chart.fails("handshake", ms, (await chart.experiment(scene, differential(failure, chart.options))) ?? failure);
  } else {
    const warning = found[0];
    chart.phase("handshake", warning ? "warn" : "ok", ms, warning?.detail ?? statusLine(first));
  }
  return scene;
}

function statusLine({ reply }: Shake): string {
  return reply.kind === "http" ? reply.answer.statusLine.replace(/^\S+ /, "") : "";
}

/** What a reply says about the server, before any experiment. */
function judge({ reply, request }: Shake, timeoutMs: number): readonly Finding[] {
  if (reply.kind === "http")
    return reply.answer.status === 101 ? judgeSwitch(reply.answer, request) : [judgeRefusal(reply)];
  const { bytes } = reply;
  if (reply.kind === "alien") return [alien(bytes)];
  const part = bytes.length > 0 ? `, after ${bytes.length} bytes of a head that does not end` : "";
  if (reply.kind === "silent") return [fail("RESPONSE_TIMEOUT", `no answer within ${timeoutMs} ms${part}`)];
  const { how, code = "" } = reply.end;
  // In TLS 1.3 a server complains of the client's certificate only after the handshake.
  if (/_ALERT_/.test(code)) return [fail("TLS_FAILED", code)];
  return [fail("CLOSED_BEFORE_RESPONSE", `${how === "fin" ? "FIN" : "a reset"}${part}`)];
}

function alien(bytes: Uint8Array): Finding {
  if (isTls(bytes)) return fail("PLAIN_TO_TLS_PORT", "the first bytes are TLS");
  if (isHttp2(bytes)) return fail("HTTP2_ONLY", "the first bytes are an HTTP/2 frame");
  return fail("NOT_HTTP", `it looks like ${looksLike(bytes)}`);
}

/** What tells apart the reasons that such a failure may have; nothing when the answer names its own. */
function differential({ code, detail }: Finding, { protocols, headers }: DoctorOptions): readonly Experiment[] {
  if (detail.startsWith("the server names it")) return [];
  const known = DIFFERENTIAL[code];
  if (known) return known;
  if (!/^(STATUS_NOT_101|NO_ROUTE|FORBIDDEN|HTML_FALLBACK|UPGRADE_STRIPPED|CONNECTION_NO_UPGRADE)$/.test(code))
    return [];
  if (/^5\d\d /.test(detail)) return [PLAIN_GET];
  const origin = headers.some(([name]) => /^origin$/i.test(name));
  const guesses = /^[45]/.test(detail)
    ? [origin ? WITHOUT_ORIGIN : WITH_ORIGIN, protocols.length > 0 ? NO_PROTOCOL : KNOWN_PROTOCOLS, NO_COMPRESSION]
    : [];
  return /^400/.test(detail) ? [OTHER_SCHEME, ...guesses, PLAIN_GET] : [...guesses, PLAIN_GET];
}

const NO_ANSWER = [OTHER_SCHEME, HTTP2_INSTEAD, PLAIN_GET];

const DIFFERENTIAL: Readonly<Partial<Record<Code, readonly Experiment[]>>> = {
  CLOSED_BEFORE_RESPONSE: NO_ANSWER,
  RESPONSE_TIMEOUT: NO_ANSWER,
  NOT_HTTP: [OTHER_SCHEME],
  PLAIN_TO_TLS_PORT: [OTHER_SCHEME],
  HTTP2_ONLY: [HTTP2_INSTEAD],
  REDIRECTED: [REDIRECT_TARGET],
  ACCEPT_MISMATCH: [ANOTHER_KEY],
};

async function talk({ chart, line, first }: FirstScene): Promise<void> {
  chart.doing("talking");
  const talk = new Talk(first);
  const { phases, findings, echoes, pongs } = await converse(talk, (ms) => diesInSilence(chart, line, ms));
  for (const phase of phases) chart.phases.push(phase);
  chart.findings.push(...findings);
  Object.assign(chart, { echoes, pongs });
  const failure = findings.find(({ level }) => level === "fail");
  if (!failure) return;
  if (talk.broken) chart.bytes = talk.lastBytes;
  const surer = await chart.experiment({ line, chart, first }, afterTalk(failure, talk, chart));
  // The same finding, with more to say of it.
  if (surer) chart.findings.splice(chart.findings.indexOf(failure), 1, surer);
}

function afterTalk({ code }: Finding, talk: Talk, { options }: Chart): readonly Experiment[] {
  if (code === "SWITCH_THEN_FIN") return [KEEP_ALIVE];
  if (code === "IDLE_CUT") return [soak(Math.max(options.idleMs, 2 * (talk.ended!.at - talk.began)))];
  return talk.broken && talk.compressed && code !== "HTTP_AFTER_101" ? [TALK_UNCOMPRESSED] : [];
}

/** What is tried with a server that seems to be well: idleness first, since it was asked for. */
function healthy({ idleMs, quick, target }: DoctorOptions): readonly Experiment[] {
  const idle = idleMs > 0 ? [soak(idleMs)] : [];
  if (quick) return idle;
  return [
    ...idle,
    WITHOUT_COMPRESSION,
    CONNECTION_LIST,
    OTHER_PROTOCOLS,
    PIPELINED,
    LARGE_MESSAGE,
    ...ORIGINS,
    ...LENIENCY,
    ...(target.tls ? [HTTP2_TOO] : []),
  ];
}
