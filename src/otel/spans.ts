import {
  type Context,
  context,
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { HandshakeSeen } from "../core/contract/observer.ts";
import { type HandshakeEnd, handshakeAttributes } from "./attributes.ts";

/** A span for each handshake, from its headers to the decision, within the trace that the request is part of. */
export function handshakeSpans(tracer: Tracer): (ended: HandshakeEnd) => void {
  return (ended) => {
    const { route, httpVersion, ms = 0 } = ended.handshake;
    const method = httpVersion === "2.0" ? "CONNECT" : "GET";
    const now = Date.now();
    const span = tracer.startSpan(
      route ? `${method} ${route}` : method,
      {
        kind: SpanKind.SERVER,
        startTime: new Date(now - ms),
        attributes: { "http.request.method": method, ...handshakeAttributes(ended) },
      },
      parentOf(ended.handshake),
    );
    if (ended.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(new Date(now));
  };
}

/** The trace that the request names; else the one that runs, if one does. */
function parentOf({ traceparent, tracestate }: Partial<HandshakeSeen>): Context {
  const remote = remoteContext(traceparent, tracestate);
  return remote ? trace.setSpanContext(context.active(), remote) : context.active();
}

/** Trace Context (W3C), 3.2: later versions may have more fields behind the flags. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

function remoteContext(traceparent = "", tracestate?: string): SpanContext | undefined {
  const [, version, traceId = "", spanId = "", flags = "", more] = TRACEPARENT.exec(traceparent.trim()) ?? [];
  if (version === undefined || (version === "00" && more !== undefined)) return undefined;
  const remote: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate && { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(remote) ? remote : undefined;
}
