import { randomBytes } from "node:crypto";
import { FAILURE_CLOSE, type ProtocolFailureCode } from "../../core/protocol/protocol-failures.ts";
import { isHttpText } from "./bytes.ts";
import { type Finding, fail, isProtocolCode, warn } from "./finding.ts";
import type { PhaseName, PhaseReport, Verdict } from "./report.ts";
import type { Talk } from "./talk.ts";
import { YOUNG_MS } from "./young.ts";

/** Silence in which a server that ends by itself mostly does, and greetings come. */
const QUIET_MS = 250;

/** How long a Pong, an echo and a Close are waited for. */
const REPLY_MS = 1500;

/** Opens another connection and only listens: how many milliseconds it lived, or undefined when it outlived `ms`. */
export type Silence = (ms: number) => Promise<number | undefined>;

/** Opens another connection, and sends a text: whether it comes back and the connection stays. */
export type Again = () => Promise<boolean>;

const PROTOCOL_CODES = Object.keys(FAILURE_CLOSE) as ProtocolFailureCode[];

/** What the talk on an open connection brought. */
export interface Conversation {
  /** switch, echo, ping and close. */
  readonly phases: readonly PhaseReport[];
  readonly findings: readonly Finding[];
  readonly echoes: boolean;
  readonly pongs: boolean;
  /** How many milliseconds after the 101 it ended without our doing; undefined if it did not. */
  readonly cutAfterMs: number | undefined;
}

/** Talks on a connection that has just opened: listens, pings, sends one text, and closes. */
export async function converse(talk: Talk, silence: Silence, again: Again): Promise<Conversation> {
  const diary = new Diary(talk);
  await diary.phase("switch", () => quiet(talk));
  const pongs = await diary.phase("ping", () => ping(talk));
  const echoes = await diary.phase("echo", () => echo(talk));
  if (!talk.ended) await talk.listen(talk.began + YOUNG_MS + 100 - performance.now());
  if (talk.ended) await diary.died(silence, again);
  await diary.phase("close", () => close(talk));
  await talk.wire.until(() => talk.wire.end, talk.ended?.failure ? 100 : 0);
  talk.wire.destroy();
  return { ...diary.summary(), echoes: echoes === true, pongs: pongs === true };
}

interface Entry {
  readonly verdict: Verdict;
  readonly detail: string;
  readonly finding?: Finding;
  /** Whether what was tried worked. */
  readonly works?: boolean;
}

/** Keeps the phases, and what was found in each. */
class Diary {
  readonly #talk: Talk;
  readonly #phases: PhaseReport[] = [];
  readonly #findings: Finding[] = [];
  #last: { readonly name: PhaseName; readonly at: number } = { name: "switch", at: performance.now() };
  #cutAfterMs: number | undefined;
  /** A text that came back need not be what ended it: the timers of some servers and proxies are coarse. */
  #echoed = false;

  constructor(talk: Talk) {
    this.#talk = talk;
  }

  /** A phase that is skipped when the connection ended before it. */
  async phase(name: PhaseName, work: () => Promise<Entry>): Promise<boolean | undefined> {
    if (this.#talk.ended) {
      this.#phases.push({ name, verdict: "skipped", ms: null, detail: "the connection had ended" });
      return undefined;
    }
    this.#last = { name, at: performance.now() };
    const { verdict, detail, finding, works } = await work();
    this.#phases.push({ name, verdict, ms: round(performance.now() - this.#last.at), detail });
    if (finding) this.#findings.push(finding);
    if (name === "echo") this.#echoed = works === true;
    return works;
  }

  /** The connection ended before we closed it: of itself, if one that hears nothing ends too. */
  async died(silence: Silence, again: Again): Promise<void> {
    const talk = this.#talk;
    const age = talk.ended!.at - talk.began;
    const { name } = this.#last;
    const { verdict, detail, finding } =
      broken(talk) ??
      unpacked(talk) ??
      (name !== "switch" && !(await silence(age + 500)) && !(this.#echoed && (await again()))
        ? caused(talk, name)
        : untimely(talk));
    this.#cutAfterMs = round(age);
    if (finding) this.#findings.unshift(finding);
    const index = this.#phases.findIndex((phase) => phase.name === name);
    this.#phases[index] = { ...this.#phases[index]!, verdict, detail };
  }

  summary(): Pick<Conversation, "phases" | "findings" | "cutAfterMs"> {
    return { phases: this.#phases, findings: this.#findings, cutAfterMs: this.#cutAfterMs };
  }
}

function entry(finding: Finding): Entry {
  const { level, detail, code } = finding;
  return { verdict: level === "fail" ? "fail" : "warn", detail: detail || code, finding };
}

function broken(talk: Talk): Entry | undefined {
  return talk.broken && entry(talk.broken);
}

/** What we sent ended it. Applications with a protocol of their own may do that to a text that they do not understand. */
function caused(talk: Talk, name: PhaseName): Entry {
  const detail = `${ending(talk)} when it got our ${name === "ping" ? "Ping" : "text"}`;
  const { code, reason, wasClean } = talk.ended!;
  const isRefused = wasClean && (code === 1002 || code === 1007);
  if (name === "ping" && isRefused) return entry(warn("CLOSED_BY_SERVER", `${detail}${SPOILT}`));
  if (name === "ping") return entry(warn("PING_TIMEOUT", detail));
  if (isProtocolCode(reason)) return entry(warn(reason, detail));
  // RFC 6455 §7.4.1: these say that the frame or the text was broken, or that the server is; it was a valid text.
  const blamed = !wasClean || isRefused || code === 1011;
  return blamed ? entry(warn("CLOSED_ON_TEXT", detail)) : { verdict: "ok", detail };
}

const SPOILT =
  ", which was a valid frame: the server can't read it, or something on the way puts other bytes before it or changes it";

/** The far end of a tunnel that unpacks frames (websockify, lighttpd's mod_wstunnel) may be an HTTP server. */
function tunnelled({ messages }: Talk): Finding | undefined {
  const spoken = messages.some((data) => isHttpText(typeof data === "string" ? Buffer.from(data.slice(0, 64)) : data));
  if (!spoken) return undefined;
  const detail =
    "our text is answered with HTTP in a frame: an HTTP server got the payload, unpacked by a tunnel on the way";
  const fix =
    "Put a proxy that passes the upgrade on in the place of the tunnel, which only carries raw TCP in frames.";
  return { ...fail("CLOSED_ON_TEXT", detail), fix };
}

function unpacked(talk: Talk): Entry | undefined {
  const finding = tunnelled(talk);
  return finding && entry(finding);
}

/** It ended of itself, and broke no rule. */
function untimely(talk: Talk): Entry {
  const { at, wasClean, code, reason } = talk.ended!;
  const age = round(at - talk.began);
  const detail = `${ending(talk)} ${age} ms after the 101`;
  if (!wasClean) return entry(fail(age < YOUNG_MS ? "SWITCH_THEN_FIN" : "IDLE_CUT", detail));
  const known = isProtocolCode(reason) ? reason : (TELLING.get(code) ?? "CLOSED_BY_SERVER");
  if (code === 1000) return entry(warn(known, detail));
  return entry(code === 1011 && known === "CLOSED_BY_SERVER" ? early101(detail, reason) : fail(known, detail));
}

/** 1011 says no more than that the server, or a proxy that is a client of it, met something unexpected. */
function early101(detail: string, reason: string): Finding {
  const found = fail(
    "CLOSED_BY_SERVER",
    `${detail}; a proxy that opens the socket before its server has agreed (@fastify/http-proxy) tells a refusal so`,
  );
  // Its reasons, seen with 11.6.3: what its own client of the server behind it says.
  if (/^connect E[A-Z]+/.test(reason))
    return {
      ...found,
      fix: "Start the server behind the proxy, or correct its address there: its reason says that it could not connect.",
    };
  return reason === "unexpected response"
    ? {
        ...found,
        fix: "Ask the server behind the proxy itself, which refused: the proxy tells neither its status nor its words.",
      }
    : found;
}

function ending({ ended, wire }: Talk): string {
  const { wasClean, code, reason } = ended!;
  if (wasClean) return `Close ${code}${reason && ` ${JSON.stringify(reason)}`}`;
  return `${wire.end?.how === "fin" ? "FIN" : "a reset"} without a Close`;
}

/** Close codes that tell one failure, by the first that has each. */
const TELLING: ReadonlyMap<number, ProtocolFailureCode> = new Map(
  [1001, 1008, 1009, 1012].map((code) => [code, PROTOCOL_CODES.find((name) => FAILURE_CLOSE[name] === code)!]),
);

async function quiet(talk: Talk): Promise<Entry> {
  await talk.listen(QUIET_MS);
  const { length } = talk.messages;
  const greeting = length > 0 ? `, ${length} message${length > 1 ? "s" : ""} came by itself` : "";
  return { verdict: "ok", detail: `open${greeting}` };
}

async function ping(talk: Talk): Promise<Entry> {
  const payload = randomBytes(4).toString("hex");
  const start = performance.now();
  talk.ping(payload);
  const pong = await talk.until(() => talk.pongs.includes(payload) || undefined, REPLY_MS);
  if (pong) return { verdict: "ok", detail: `Pong after ${round(performance.now() - start)} ms`, works: true };
  if (talk.ended) return { verdict: "warn", detail: "the connection ended" };
  const other = talk.pongs.length > 0 ? ", but with another payload than our Ping's (RFC 6455 §5.5.3)" : "";
  const detail = other === "" ? `no Pong within ${REPLY_MS} ms` : `a Pong came${other}`;
  return { verdict: "warn", detail, finding: warn("PING_TIMEOUT", detail) };
}

async function echo(talk: Talk): Promise<Entry> {
  const text = `onesocket doctor ${randomBytes(4).toString("hex")} ✓`;
  const before = talk.messages.length;
  talk.send(text);
  const echoed = await talk.until(() => talk.messages.includes(text) || undefined, REPLY_MS);
  if (echoed) return { verdict: "ok", detail: "the text came back as it was", works: true };
  const found = unpacked(talk);
  if (found) return found;
  const count = talk.messages.length - before;
  return { verdict: "ok", detail: count > 0 ? "it answers, and does not echo" : "no reply: it does not echo" };
}

async function close(talk: Talk): Promise<Entry> {
  talk.close();
  const end = await talk.until(() => talk.ended, REPLY_MS);
  if (end?.failure) return broken(talk)!;
  if (end?.wasClean) return { verdict: "ok", detail: "Close was answered" };
  const detail = end ? "the stream ended without a Close" : `no Close within ${REPLY_MS} ms`;
  return { verdict: "warn", detail, finding: warn("CLOSE_UNANSWERED", detail) };
}

function round(ms: number): number {
  return Math.round(ms);
}
