import { reason } from "../complaint.ts";
import type { Answer } from "./answer.ts";
import type { Budget } from "./budget.ts";
import type { Finding } from "./finding.ts";
import { hopOf } from "./hop.ts";
import type { DoctorOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { ExperimentReport, Hop, IdleReport, PhaseName, PhaseReport, Verdict } from "./report.ts";
import type { Line, Shake } from "./shake.ts";

/** What an experiment brought. */
export interface Outcome {
  /** In a few words. */
  readonly result: string;
  /** What it brought to light: a failure ends the experiments. */
  readonly finding?: Finding | undefined;
  /** To be told with the finding that there is already. */
  readonly note?: string | undefined;
}

/** A handshake, or an open connection, that differs from the first in one thing. */
export interface Experiment {
  readonly name: string;
  /** It can find nothing: left out when something was found. */
  readonly curious?: true;
  run(scene: Scene): Promise<Outcome>;
}

/** What an experiment has to go on. */
export interface Scene {
  readonly line: Line;
  readonly chart: Chart;
  /** The first handshake; undefined when there was no connection to do it on. */
  readonly first: Shake | undefined;
}

/** What is known so far of one way to a server. */
export class Chart {
  readonly options: DoctorOptions;
  readonly budget: Budget;
  readonly phases: PhaseReport[] = [];
  readonly experiments: ExperimentReport[] = [];
  readonly findings: Finding[] = [];
  readonly notes: string[] = [];
  /** The first handshake. */
  first: Shake | undefined;
  hop: Hop | undefined;
  /** Whether the server sends back what it is sent, and answers Ping. */
  echoes = false;
  pongs = false;
  /** Whether a plain GET was answered over HTTP/1.1. */
  answersGet = false;
  /** Whether a plain GET is served at the path where an upgrade gets 404, or a gateway's 502 to 504. */
  servesGet = false;
  /** The status that a plain GET of the same URL got; undefined when none was sent, or got none. */
  plainStatus: number | undefined;
  /** What handshakes with an Origin got, by the experiment's name. */
  readonly origins: Map<string, string> = new Map();
  /** The bytes that the verdict is about. */
  bytes: Uint8Array = new Uint8Array(0);
  idle: IdleReport | undefined;
  readonly #tell: Progress;

  constructor(options: DoctorOptions, budget: Budget, tell: Progress) {
    this.options = options;
    this.budget = budget;
    this.#tell = tell;
  }

  /** Whether a failure was found. */
  get failed(): boolean {
    return this.findings.some(({ level }) => level === "fail");
  }

  get #ill(): boolean {
    return this.findings.some(({ level, code }) => level !== "advice" && code !== "CERT_INVALID");
  }

  doing(what: string): void {
    this.#tell(what);
  }

  phase(name: PhaseName, verdict: Verdict, ms: number | null, detail: string): void {
    this.phases.push({ name, verdict, ms: ms === null ? null : Math.round(ms * 10) / 10, detail });
  }

  /** A failure that ends the phases. */
  fails(name: PhaseName, ms: number, finding: Finding): void {
    this.findings.unshift(finding);
    this.phase(name, "fail", ms, finding.detail || finding.code);
  }

  /** Looks whether an answer tells who wrote it. */
  recognise(answer: Answer, body: string): void {
    this.hop ??= hopOf(answer, body);
  }

  /** Does the experiments in their order, until one finds a failure or nothing may be spent any more. */
  async experiment(scene: Scene, experiments: readonly Experiment[]): Promise<Finding | undefined> {
    for (const one of experiments) {
      if (one.curious && this.#ill) continue;
      const { finding } = await this.#one(scene, one);
      if (finding?.level === "fail") return finding;
      const limited = await scene.line.isLimited();
      if (limited !== undefined) return this.#stop(limited);
    }
    return undefined;
  }

  /** Whoever limits the rate should not be asked again, and what it refuses from now on says nothing. */
  #stop(status: number): undefined {
    const count = `${this.budget.connections} connections`;
    this.notes.push(`after ${count} it answers ${status}: something limits the rate, and the doctor stopped there`);
  }

  async #one(scene: Scene, { name, run }: Experiment): Promise<Outcome> {
    this.#tell(name);
    const start = performance.now();
    const outcome = await this.#outcome(run, scene);
    const { result, finding, note } = outcome;
    const ms = Math.round(performance.now() - start);
    this.experiments.push({ name, result, code: finding?.code ?? null, ms });
    if (note !== undefined) this.notes.push(note);
    if (finding && finding.level !== "fail") this.findings.push(finding);
    return outcome;
  }

  /** An experiment that goes wrong must not cost the verdict. */
  async #outcome(run: Experiment["run"], scene: Scene): Promise<Outcome> {
    if (!this.budget.left) return { result: "not done: the doctor's time or connections are used up" };
    try {
      return await run(scene);
    } catch (error) {
      return { result: `it went wrong: ${reason(error)}` };
    }
  }
}
