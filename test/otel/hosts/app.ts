import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { Hono } from "hono";
import { defineSocket } from "onesocket";
import { upgrade } from "onesocket/hono";
import { otel } from "onesocket/otel";

/** Reads when it is asked, and has no timer: a Worker may not set one before its first request. */
export class AskedReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const reader = new AskedReader();
const spans = new InMemorySpanExporter();
const metrics = new MeterProvider({ readers: [reader] });
const traces = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });

export const chat = defineSocket({
  name: "chat",
  protocols: ["chat"],
  upgrade({ url }) {
    if (url.includes("nobody")) return new Response(null, { status: 401 });
    if (url.includes("broken")) throw new Error("broken upgrade");
    return undefined;
  },
  message(socket, data) {
    if (data === "throw") throw new Error("broken message");
    if (data === "close") return socket.close(4005);
    socket.send(`${data}${data}`);
  },
});

export const observe = otel({ meter: metrics.getMeter("test"), tracer: traces.getTracer("test"), also: {} });

/** Of each metric its points, by attributes. */
export async function pointsOf(asked: AskedReader): Promise<Record<string, unknown>> {
  const { resourceMetrics } = await asked.collect();
  const points = resourceMetrics.scopeMetrics.flatMap((scope) =>
    scope.metrics.map(({ descriptor, dataPoints }) => [
      `${descriptor.name} (${descriptor.unit})`,
      dataPoints.map(({ attributes, value }) => [
        attributes,
        typeof value === "number" ? value : (value as { count: number }).count,
      ]),
    ]),
  );
  return Object.fromEntries(points);
}

/** The metrics, and of each span what a test looks at. */
async function telemetry(): Promise<unknown> {
  const seen = spans.getFinishedSpans().map((span) => {
    const { traceState, ...parent } = span.parentSpanContext ?? {};
    const { name, kind, attributes, status } = span;
    const trace = span.spanContext().traceId;
    return { name, kind, attributes, parent, state: traceState?.serialize(), trace, status: status.code };
  });
  return { metrics: await pointsOf(reader), spans: seen };
}

export const app = new Hono();
app.get("/telemetry", async (c) => c.json(await telemetry()));
app.get("/chat/:room", (c) => upgrade(c, chat));
