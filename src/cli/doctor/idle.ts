import type { Chart, Experiment, Outcome, Scene } from "./chart.ts";
import { type Life, lifeInSilence } from "./experiments/silence.ts";
import { fail } from "./finding.ts";
import { YOUNG_MS } from "./young.ts";

/** How often clients should ping, where nothing asks for more. */
const PING_MS = 25_000;

/** Keeps a connection silent for that long; if it is cut, another one that pings for nearly half as long again. */
export function soak(ms: number): Experiment {
  const idleMs = Math.round(ms);
  return { name: `${seconds(idleMs)} of silence`, run: (scene) => silent(scene, idleMs) };
}

async function silent(scene: Scene, idleMs: number): Promise<Outcome> {
  const { chart, line } = scene;
  const life = await lifeInSilence(line, idleMs);
  if (!life.opened) return { result: life.result };
  const { cutAfterMs } = life;
  chart.idle = { askedMs: idleMs, cutAfterMs: cutAfterMs ?? null, survivesPings: null };
  if (cutAfterMs === undefined) return { result: life.result };
  const again = await repeated(scene, cutAfterMs, idleMs);
  if (again.opened && again.cutAfterMs === undefined) {
    chart.idle = { ...chart.idle, cutAfterMs: null };
    return {
      result: life.result,
      note: `a silent connection was cut once (${life.result}), and a second one outlived it`,
    };
  }
  const pinged = await withPings(chart, scene, cutAfterMs);
  const survives = pinged.opened ? pinged.cutAfterMs === undefined : null;
  chart.idle = { ...chart.idle, survivesPings: survives };
  const code = !survives && cutAfterMs < YOUNG_MS ? "SWITCH_THEN_FIN" : "IDLE_CUT";
  return { result: life.result, finding: fail(code, `${detail(life, cutAfterMs, survives)}${same(again)}`) };
}

/** One cut may have any cause: only what comes again is blamed on silence. */
function repeated({ chart, line }: Scene, cutAfterMs: number, idleMs: number): Promise<Life> {
  chart.doing("the same silence again");
  return lifeInSilence(line, Math.round(Math.min(Math.max(cutAfterMs * 1.3 + 300, cutAfterMs), idleMs + 300)));
}

function same({ cutAfterMs, opened }: Life): string {
  return opened && cutAfterMs !== undefined ? `; a second one was cut after ${cutAfterMs} ms` : "";
}

function withPings(chart: Chart, { line }: Scene, cutAfterMs: number): Promise<Life> {
  chart.doing("the same with pings");
  return lifeInSilence(line, cutAfterMs * 1.4, Math.min(PING_MS, cutAfterMs / 2.5));
}

function detail(life: Life, cutAfterMs: number, survives: boolean | null): string {
  const pings =
    survives === null
      ? ""
      : survives
        ? "; with pings it stays open"
        : "; one with pings is cut too: it is not the silence but the age";
  return `${life.result}${known(cutAfterMs)}${pings}`;
}

/** Whose default an idle timeout is. */
function known(ms: number): string {
  const found = DEFAULTS.find(([at]) => Math.abs(ms - at) < at * 0.03 + 500);
  return found ? `, which is the default of ${found[1]}` : "";
}

const DEFAULTS: readonly (readonly [ms: number, whose: string])[] = [
  [55_000, "Heroku"],
  [60_000, "nginx, ALB and Apache"],
  [100_000, "Cloudflare"],
  [120_000, "Bun"],
  [240_000, "Azure's load balancer"],
  [350_000, "AWS's network load balancer"],
];

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
