import type { SocketDefinition } from "../contract/definition.ts";
import { isWanted, type Observer, type Traffic } from "../contract/observer.ts";
import type { Message } from "../contract/socket.ts";
import { type Trace, traceOf } from "../contract/trace.ts";
import { utf8Length } from "../protocol/utf8.ts";

/** What went over a socket both ways. */
export interface TwoWay {
  readonly received: Tally;
  readonly sent: Tally;
}

/** Counts the messages of one socket, one way. */
export class Tally implements Traffic {
  messages = 0;
  bytes = 0;

  add(message: Message): void {
    this.messages += 1;
    this.bytes += typeof message === "string" ? utf8Length(message) : message.length;
  }
}

/** Traces them, too. */
class TracedTally extends Tally {
  readonly #trace: (what: string) => void;

  constructor(trace: (what: string) => void) {
    super();
    this.#trace = trace;
  }

  override add(message: Message): void {
    const before = this.bytes;
    super.add(message);
    this.#trace(`${typeof message === "string" ? "text" : "binary"} ${this.bytes - before} B`);
  }
}

/** A socket, as far as a trace of its messages goes. */
interface Traced {
  readonly id: string;
  readonly definition: SocketDefinition;
  readonly readyState: 1 | 2 | 3;
}

/** What counts a socket's messages, and traces them where its host is debugged and its frames are not; undefined where nobody asks. */
export function trafficOf(socket: Traced, observe: Observer, tracesFrames = false): TwoWay | undefined {
  const trace = tracesFrames ? undefined : traceOf(observe);
  if (trace) return traced(socket, trace);
  return isWanted("closed", socket.definition, observe) ? { received: new Tally(), sent: new Tally() } : undefined;
}

function traced(socket: Traced, trace: Trace): TwoWay {
  const line = (mark: "<" | ">") => (what: string) => trace(socket.id, mark, `${what}, ${STATES[socket.readyState]}`);
  return { received: new TracedTally(line("<")), sent: new TracedTally(line(">")) };
}

const STATES = { 1: "OPEN", 2: "CLOSING", 3: "CLOSED" } as const;
