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

/** What is told of an event, in this order. All else may be secret: what a request, a message or an error says. */
const SHOWN = [
  ...["route", "protocol", "failure", "error", "status", "state", "code", "by"],
  ...["wasClean", "hook", "failed", "ms", "messages", "sockets"],
];

type Shown = Readonly<Record<string, unknown>> & {
  readonly failure?: { readonly code: string };
  readonly handshake?: { readonly route?: string };
};

function wordsOf(event: SocketEvent): string {
  const { failure, handshake, ...rest } = event as unknown as Shown;
  const error = "error" in event ? Object(event.error).constructor?.name : undefined;
  const told: Readonly<Record<string, unknown>> = { ...rest, failure: failure?.code, route: handshake?.route, error };
  const pairs = SHOWN.filter((name) => (told[name] ?? "") !== "").map((name) => ` ${name}=${told[name]}`);
  return `${event.definition && `${event.definition}: `}${event.type}${pairs.join("")}`;
}
