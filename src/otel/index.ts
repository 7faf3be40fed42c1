import type { Meter, Tracer } from "@opentelemetry/api";
import { consoleObserver } from "../adapters/shared/console.ts";
import {
  checkObserver,
  EVENTS,
  type EventHandlers,
  type EventType,
  type Observer,
  type SocketEvent,
  tell,
} from "../core/contract/observer.ts";
import { checkNames } from "../core/contract/option-names.ts";
import type { HandshakeEnd } from "./attributes.ts";
import { eventMetrics } from "./metrics.ts";
import { handshakeSpans } from "./spans.ts";
import { trafficMetrics } from "./traffic.ts";

/** Where telemetry goes: at least one of `meter` and `tracer`. */
export interface OtelOptions {
  /** Takes the metrics: `metrics.getMeter("my-app")`. */
  readonly meter?: Meter | undefined;
  /** Takes a span for each handshake: `trace.getTracer("my-app")`. */
  readonly tracer?: Tracer | undefined;
  /** Who is told besides. Default the console, as without telemetry; `{}` keeps it quiet. */
  readonly also?: Observer | undefined;
}

const OPTIONS = Object.keys({ meter: true, tracer: true, also: true } satisfies Record<keyof OtelOptions, true>);

/**
 * An observer that tells OpenTelemetry: `serve(chat, { observe: otel({ meter, tracer }) })`. Metrics are named `onesocket.…`, with
 * attributes of OpenTelemetry's conventions where there are such; none has a value that clients can choose freely. Needs the optional
 * peer `@opentelemetry/api`. Throws a TypeError for what is no meter, tracer or observer, and where neither of the first two is given.
 */
export function otel(options: OtelOptions): EventHandlers {
  const { meter, tracer, also = consoleObserver } = checked(options);
  const metrics = meter && eventMetrics(meter);
  const spans = tracer && handshakeSpans(tracer);
  const told = handshakes((ended) => {
    metrics?.handshake(ended);
    spans?.(ended);
  });
  const { handshake: _, ...rest } = metrics ?? { handshake: undefined };
  return merged([told, rest, meter ? trafficMetrics(meter) : {}], also);
}

function checked(options: OtelOptions): OtelOptions {
  checkNames(options, OPTIONS, "otel");
  const { meter, tracer, also } = options;
  if (!meter && !tracer)
    throw new TypeError("otel takes a meter, a tracer or both: otel({ meter: metrics.getMeter(…) })");
  if (meter && typeof meter.createHistogram !== "function")
    throw new TypeError("meter is a meter of OpenTelemetry: metrics.getMeter(…)");
  if (tracer && typeof tracer.startSpan !== "function")
    throw new TypeError("tracer is a tracer of OpenTelemetry: trace.getTracer(…)");
  checkObserver(also);
  return options;
}

/** The `error.type` of what was opened to be closed at once with the code of a `refuse`. */
const CLOSED = "REFUSED";

function handshakes(ended: (ended: HandshakeEnd) => void): Pick<EventHandlers, "accepted" | "refused"> {
  return {
    accepted: ({ definition, protocol, handshake }) =>
      ended({ definition, status: 101, code: undefined, protocol, handshake }),
    refused: ({ definition, status, failure, handshake = {} }) =>
      ended({
        definition,
        status,
        code: failure?.code ?? (status === 101 ? CLOSED : undefined),
        protocol: "",
        handshake,
      }),
  };
}

/** All that a function is told. */
function everything(observer: (event: SocketEvent) => unknown): EventHandlers {
  return Object.fromEntries(EVENTS.filter((type) => type !== "hook").map((type) => [type, observer]));
}

/** One observer that tells several. */
function merged(parts: readonly EventHandlers[], also: Observer): EventHandlers {
  const handlers: Partial<Record<EventType, (event: SocketEvent) => void>> = {};
  const all = [...parts, typeof also === "function" ? everything(also) : also];
  const types = new Set(all.flatMap((part) => Object.keys(part) as EventType[]));
  for (const type of types) {
    const those = all.filter((part) => part[type] !== undefined);
    handlers[type] = (event) => {
      for (const part of those) tell(part, event);
    };
  }
  return handlers as EventHandlers;
}
