import { YOUNG_MS } from "../../doctor/young.ts";
import type { Flow } from "./flow.ts";
import type { FlowVerdict } from "./flow-verdict.ts";
import type { FlowSink } from "./flows.ts";
import { judgeFlow } from "./judge.ts";
import { SILENCE_MS } from "./judge-open.ts";

/** So many connections are kept to be compared with others, and so many kinds of them to be told. */
const MOST_KEPT = 300;
const MOST_GROUPS = 200;

/** Connections that went the same way. */
export interface Group {
  /** The first of them. */
  readonly flow: Flow;
  readonly verdict: FlowVerdict;
  count: number;
}

/** Counts what became of the connections of a capture, and keeps one of each kind. */
export class Tally implements FlowSink {
  /** Connections of WebSockets, the first ones. */
  readonly sockets: Flow[] = [];
  /** How many have nothing of a WebSocket. */
  others = 0;
  /** How many of WebSockets are in no group. */
  left = 0;
  readonly #sockets = new Map<string, Group>();
  readonly #others = new Map<string, Group>();

  take(flow: Flow): void {
    if (isAboutSockets(flow)) {
      if (this.sockets.length < MOST_KEPT) this.sockets.push(flow);
      if (!count(this.#sockets, flow)) this.left++;
    } else this.unanswered(() => flow);
  }

  /** It has nothing of a WebSocket. Such are told only when there is nothing else. */
  unanswered(flow: () => Flow): void {
    if (this.others++ < MOST_KEPT && this.sockets.length === 0) count(this.#others, flow());
  }

  /** What is to be told, in the order in which it began; what failed first where there is too much of it. */
  groups(most: number): readonly Group[] {
    const found = this.#sockets.size > 0 ? [...this.#sockets.values()] : [...this.#others.values()].slice(0, 3);
    const failed = found.filter(({ verdict }) => verdict.codes.length > 0);
    const told = found.length > most ? [...failed, ...found.filter((group) => !failed.includes(group))] : found;
    this.left += told.slice(most).reduce((sum, group) => sum + group.count, 0);
    return told.slice(0, most).toSorted((a, b) => a.flow.talk.steps.start - b.flow.talk.steps.start);
  }
}

/** Whether a connection carried a handshake, or frames. */
function isAboutSockets({ talk }: Flow): boolean {
  return talk.switchedAt !== undefined || talk.isAttempt;
}

/** Adds a connection to its group; false when there is no room for another group. */
function count(groups: Map<string, Group>, flow: Flow): boolean {
  const way = wayOf(flow);
  const known = groups.get(way);
  if (known) known.count++;
  else if (groups.size >= MOST_GROUPS) return false;
  else groups.set(way, { flow, verdict: judgeFlow(flow), count: 1 });
  return true;
}

/** All that decides what is said of a connection, but for addresses and times. */
function wayOf({ server, talk, isRefused, isConnected }: Flow): string {
  const [first] = talk.ends;
  const [ours, theirs] = [talk.client.close, talk.server.close];
  const since = first ? first.at - (talk.switchedAt ?? talk.requestedAt) : 0;
  const silence = first ? first.at - Math.max(talk.client.lastAt, talk.server.lastAt) : 0;
  return [
    server.index,
    isRefused,
    isConnected,
    talk.joinedLate,
    talk.handshake,
    talk.faults.map(({ by, code }) => by + code).join(),
    ours?.code,
    theirs?.code,
    ours?.isFirst,
    talk.ends.map(({ by, how }) => by + how).join(),
    since < YOUNG_MS,
    silence < SILENCE_MS ? "" : Math.round(silence / 1000),
    first && talk.of(first.by).pinged !== undefined,
    talk.client.alien,
    talk.server.alien,
    talk.client.blind,
    talk.server.blind,
  ].join(" ");
}
