/** Told to OpenTelemetry's SDK, which nobody reads; or, by the word `counted`, to an observer that has traffic counted. */
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { serve } from "onesocket/node";
import { otel } from "onesocket/otel";
import { definition } from "./definition.ts";
import { ready } from "./ready.ts";

/** Without one, the SDK's instruments keep nothing. */
class IdleReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const observe = process.argv.includes("counted")
  ? { closed() {} }
  : otel({
      meter: new MeterProvider({ readers: [new IdleReader()] }).getMeter("bench"),
      tracer: new BasicTracerProvider().getTracer("bench"),
    });
const { port } = await serve(definition, { port: 0, hostname: "127.0.0.1", observe });
ready(port);
