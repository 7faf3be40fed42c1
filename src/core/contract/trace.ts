import { type EventHandlers, type Observer, type SocketEvent, tell } from "./observer.ts";

/** Takes a line of a trace: what came (`<`), went (`>`) or was decided (`=`), for which socket; "" where it is none's. */
export type Trace = (socket: string, mark: "<" | ">" | "=", what: string) => void;

/** One that traces what its host does, beside telling another one. */
interface TracingObserver {
  (event: SocketEvent): unknown;
  readonly trace: Trace;
  /** Wanted by the other one. */
  readonly hook: EventHandlers["hook"];
}

/** An observer that traces each event, and has whoever asks by `traceOf` trace what is none. */
export function tracing(observe: Observer, trace: Trace): TracingObserver {
  const told = (event: SocketEvent) => {
    trace("socket" in event ? (event.socket ?? "") : "", "=", wordsOf(event));
    tell(observe, event);
  };
  const hook = typeof observe === "function" ? undefined : observe.hook;
  return Object.assign(told, { trace, hook });
}

/** Where a host's trace goes, if it has one. */
export function traceOf(observe: Observer): Trace | undefined {
  return (observe as Partial<TracingObserver>).trace;
}

/** An event without anything that a request, a message or an error says: that may be secret. */
function wordsOf(event: SocketEvent): string {
  const name = event.definition && `${event.definition}: `;
  return name + (event.type === "broker" ? `broker ${event.state}` : wordsOfSocket(event));
}

function wordsOfSocket(event: Exclude<SocketEvent, { type: "broker" }>): string {
  switch (event.type) {
    case "accepted":
      return `accepted${event.handshake.route ? ` at ${event.handshake.route}` : ""}${event.protocol && ` as ${event.protocol}`}`;
    case "refused":
      return `refused with ${event.status} ${event.failure?.code ?? "by the app"}`;
    case "warning":
      return `accepted in spite of ${event.failure.code}`;
    case "opened":
      return "open";
    case "closed":
      return `closed with ${event.code} by ${event.by}, ${event.wasClean ? "clean" : "not clean"}, after ${event.ms} ms`;
    case "failed":
      return `failed by ${event.code}`;
    case "dropped":
      return `${event.messages} messages dropped`;
    case "pending":
      return `${event.hook} does not end, and ${event.messages} messages wait`;
    case "hook":
      return `${event.hook} ${event.failed ? "failed" : "ended"} after ${event.ms} ms`;
    case "drained":
      return `${event.sockets} sockets drained`;
    case "error":
      return `a hook threw ${event.error instanceof Error ? event.error.constructor.name : typeof event.error}`;
  }
}
