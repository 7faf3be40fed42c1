import type { SocketDefinition } from "../contract/definition.ts";
import { isWanted, type Observer, type Traffic } from "../contract/observer.ts";
import type { Message } from "../contract/socket.ts";
import { traceOf } from "../contract/trace.ts";
import { utf8Length } from "../protocol/utf8.ts";
import { READY_STATE_OF } from "./lifecycle.ts";

/** What has gone over a socket, both ways. */
export interface SocketTraffic {
  readonly received: TrafficCounter;
  readonly sent: TrafficCounter;
}

/** Counts a socket's messages, one way. */
export class TrafficCounter implements Traffic {
  messages = 0;
  bytes = 0;
  readonly #trace: ((what: string) => void) | undefined;

  /** `trace`: takes a line about each message. */
  constructor(trace?: (what: string) => void) {
    this.#trace = trace;
  }

  add(message: Message): void {
    const isText = typeof message === "string";
    const bytes = isText ? utf8Length(message) : message.length;
    this.messages += 1;
    this.bytes += bytes;
    this.#trace?.(`${isText ? "text" : "binary"} ${bytes} B`);
  }
}

/** A socket, as far as a trace of its messages goes. */
interface Traced {
  readonly id: string;
  readonly definition: SocketDefinition;
  readonly readyState: 1 | 2 | 3;
}

/** Counts a socket's messages, and traces them where its host is debugged and its frames are not; undefined where nobody asks. */
export function trafficOf(socket: Traced, observe: Observer, tracesFrames = false): SocketTraffic | undefined {
  const trace = tracesFrames ? undefined : traceOf(observe);
  if (!trace && !isWanted("closed", socket.definition, observe)) return undefined;
  const line = (mark: "<" | ">") =>
    trace &&
    ((what: string) => trace(socket.id, mark, `${what}, ${Object.keys(READY_STATE_OF)[socket.readyState - 1]}`));
  return { received: new TrafficCounter(line("<")), sent: new TrafficCounter(line(">")) };
}
