import type { Socket } from "node:net";
import type { Answer } from "./answer.ts";
import { Budget } from "./budget.ts";
import { Chart, type Experiment } from "./chart.ts";
import { checkup } from "./checkup.ts";
import { converse } from "./conversation.ts";
import { differential } from "./differential.ts";
import { TALK_UNCOMPRESSED } from "./experiments/frames.ts";
import { KEEP_ALIVE } from "./experiments/keep-alive.ts";
import { resultOf } from "./experiments/result.ts";
import { diesInSilence } from "./experiments/silence.ts";
import { survivesText } from "./experiments/text-again.ts";
import type { Finding } from "./finding.ts";
import { judgeReply } from "./first-reply.ts";
import { soak } from "./idle.ts";
import type { DoctorOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import { reach } from "./reach.ts";
import { type DoctorReport, PHASES } from "./report.ts";
import { type Line, opened, type Shake } from "./shake.ts";
import { snippetFor } from "./snippets.ts";
import { summarise } from "./summary.ts";
import { Talk } from "./talk.ts";
import { YOUNG_MS } from "./young.ts";

/** One way to a server, examined. */
export interface Examination {
  readonly report: DoctorReport;
  /** The answer to the first handshake, if there was one. */
  readonly answer: Answer | undefined;
  /** What pages of each kind got. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Goes through the phases, then does the experiments that what was found calls for. */
export async function examine(options: DoctorOptions, tell: Progress): Promise<Examination> {
  // Two soaks in silence, and one with pings that takes at most 1.4 times as long.
  const chart = new Chart(options, new Budget(4 * options.idleMs), tell);
  const reached = await reach(chart);
  if (reached) await beyond(chart, reached.line, reached.socket);
  for (const name of PHASES.slice(chart.phases.length)) chart.phase(name, "skipped", null, "not reached");
  const reply = chart.first?.reply;
  return {
    report: summarise(chart),
    answer: reply?.kind === "http" ? reply.answer : undefined,
    origins: chart.origins,
  };
}

async function beyond(chart: Chart, line: Line, socket: Socket): Promise<void> {
  const first = await shakeHands(chart, line, socket);
  if (!chart.failed) await talk(chart, line, first);
  if (chart.failed) return;
  const found = await chart.experiment({ line, chart, first }, checkup(chart.options));
  if (found) chart.findings.push(found);
}

async function shakeHands(chart: Chart, line: Line, socket: Socket): Promise<Shake> {
  chart.doing("shaking hands");
  const start = performance.now();
  const first = await line.send(socket, {}, chart.options.timeoutMs);
  const ms = performance.now() - start;
  chart.first = first;
  line.pace(ms);
  const { reply } = first;
  if (reply.kind === "http") chart.recognise(reply.answer, reply.body);
  else chart.bytes = reply.bytes;
  const found = judgeReply(first, chart.options.timeoutMs);
  const failure = found.find(({ level }) => level === "fail");
  chart.findings.push(...found.filter(({ level }) => level !== "fail"));
  if (failure) await diagnoseHandshake(chart, line, first, failure, ms);
  else chart.phase("handshake", found.length > 0 ? "warn" : "ok", ms, found[0]?.detail ?? resultOf(first));
  return first;
}

async function diagnoseHandshake(chart: Chart, line: Line, first: Shake, failure: Finding, ms: number): Promise<void> {
  if (opened(first.reply)) first.wire.destroy();
  const scene = { line, chart, first };
  const surer = await chart.experiment(scene, differential(failure, first, chart.options));
  chart.fails("handshake", ms, surer ?? routed(failure, chart));
}

/** What to do about a 404, or a gateway's complaint, by what else is known of the path. */
function routed(failure: Finding, { first, servesGet, hop, options }: Chart): Finding {
  if (failure.code === "STATUS_NOT_101" && servesGet && first)
    return { ...failure, detail: resultOf(first), fix: UPGRADES_ALONE };
  if (failure.code !== "NO_ROUTE" || failure.named) return failure;
  if (servesGet) return { ...failure, fix: UNROUTED };
  if (snippetFor(hop, "UPGRADE_STRIPPED", options.target.path) === undefined) return failure;
  const fix = `Let ${hop!.name} pass the upgrade on, by the lines for it: without one many servers answer 404 (uvicorn, Express). If it does so already, correct the path, its trailing slash too.`;
  return { ...failure, fix };
}

/** Where a gateway gets an answer to a plain GET of the same path. */
const UPGRADES_ALONE =
  "See in the gateway's log what became of the upgrade: the server for it is down, or the gateway can't pass a 101 on (Varnish does in a pipe alone).";

/** Where a plain GET of the same path is served. */
const UNROUTED =
  "Route upgrades of this path too: some proxies have a rule of their own for ws:// (Traffic Server: map ws://).";

async function talk(chart: Chart, line: Line, first: Shake): Promise<void> {
  chart.doing("talking");
  const talk = new Talk(first);
  const { phases, findings, echoes, pongs } = await converse(
    talk,
    (ms) => diesInSilence(chart, line, ms),
    () => survivesText(chart, line),
  );
  chart.phases.push(...phases);
  chart.findings.push(...findings);
  Object.assign(chart, { echoes, pongs });
  const failure =
    findings.find(({ level }) => level === "fail") ?? findings.find(({ code }) => code === "CLOSED_ON_TEXT");
  if (!failure) return;
  if (talk.broken) chart.bytes = talk.lastBytes;
  const surer = await chart.experiment({ line, chart, first }, afterTalk(failure, talk, chart));
  // The same finding, with more to say of it.
  if (surer) chart.findings.splice(chart.findings.indexOf(failure), 1, surer);
}

function afterTalk({ code }: Finding, talk: Talk, { options }: Chart): readonly Experiment[] {
  if (code === "SWITCH_THEN_FIN" || code === "IDLE_CUT") {
    const age = talk.ended!.at - talk.began;
    // What is cut later may be cut for its silence: another one that is not silent tells.
    return age < YOUNG_MS / 2 ? [KEEP_ALIVE] : [soak(Math.max(options.idleMs, 2 * age))];
  }
  const suspect = talk.broken ? code !== "HTTP_AFTER_101" : code === "CLOSED_ON_TEXT";
  return suspect && talk.compressed ? [TALK_UNCOMPRESSED] : [];
}
