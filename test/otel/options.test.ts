import { metrics as api } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { describe, expect, it, vi } from "vitest";
import type { EventHandlers, HandshakeSeen, SocketEvent } from "../../src/core/contract/observer.ts";
import { type OtelOptions, otel } from "../../src/otel/index.ts";

class AskedReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function telemetry(also: OtelOptions["also"] = {}) {
  const reader = new AskedReader();
  const exporter = new InMemorySpanExporter();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer("test");
  const observe = otel({ meter, tracer, also });
  const tell = ({ type, ...event }: Record<string, unknown> & { type: SocketEvent["type"] }) =>
    (observe as Record<string, (event: unknown) => void>)[type]!({ definition: "chat", type, ...event });
  const values = async (name: string) => {
    const { resourceMetrics } = await reader.collect();
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    const points = all.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    return points.map(({ attributes, value }) => [attributes, value]);
  };
  return { observe, tell, values, spans: () => exporter.getFinishedSpans() };
}

const SEEN: HandshakeSeen = { remoteAddress: "", offered: [], extensions: [], ms: 4 };
const accepted = (handshake: Partial<HandshakeSeen>) =>
  ({ type: "accepted", socket: "s", protocol: "", handshake: { ...SEEN, ...handshake } }) as const;

describe("otel", () => {
  it.each<[string, unknown, string]>([
    ["nothing", {}, "otel takes a meter, a tracer or both"],
    ["what is no meter", { meter: {} }, "meter is a meter of OpenTelemetry"],
    ["what is no tracer", { tracer: {} }, "tracer is a tracer of OpenTelemetry"],
    ["an option that there is none of", { metre: {} }, "metre"],
    ["an observer that is none", { meter: api.getMeter("x"), also: { opend() {} } }, "opend"],
  ])("refuses %s", (_, options, words) => {
    expect(() => otel(options as OtelOptions)).toThrow(TypeError);
    expect(() => otel(options as OtelOptions)).toThrow(words);
  });

  it("with a tracer alone asks for handshakes only, so that nothing is counted", () => {
    const tracer = new BasicTracerProvider().getTracer("test");
    expect(Object.keys(otel({ tracer, also: {} })).sort()).toEqual(["accepted", "refused"]);
  });

  it("tells the console besides, unless somebody else is named", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const failed = { type: "failed", code: "MESSAGE_TOO_BIG", socket: "s" } as const;
    telemetry(undefined).tell(failed);
    expect(warn).not.toHaveBeenCalled();
    const observe = otel({ meter: api.getMeter("x") });
    observe.failed?.({ definition: "otel-console", ...failed });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("MESSAGE_TOO_BIG"));
    warn.mockRestore();
  });

  it.each<[string, (told: SocketEvent[]) => OtelOptions["also"]]>([
    ["a function", (told) => (event: SocketEvent) => told.push(event)],
    ["an object", (told) => ({ closed: (event) => told.push(event) }) satisfies EventHandlers],
  ])("tells %s besides, whatever that throws", async (_, also) => {
    const told: SocketEvent[] = [];
    const { tell, values } = telemetry(also(told));
    const nothing = { messages: 0, bytes: 0 };
    tell({
      type: "closed",
      socket: "s",
      code: 1000,
      wasClean: true,
      by: "client",
      ms: 2000,
      received: nothing,
      sent: nothing,
    });
    expect(told).toMatchObject([{ type: "closed", code: 1000 }]);
    expect(await values("onesocket.connection.duration")).toMatchObject([
      [{ "onesocket.close.code": "1000" }, { count: 1, sum: 2 }],
    ]);
    const { tell: next } = telemetry(() => {
      throw new Error("broken");
    });
    expect(() => next({ type: "drained", sockets: 1, clean: 1, lost: 0 })).not.toThrow();
  });

  it("counts what a socket that woke has carried when it closes, though nobody saw it open", async () => {
    const { tell, values } = telemetry();
    const received = { messages: 3, bytes: 30 };
    tell({
      type: "closed",
      socket: "s",
      code: 1006,
      wasClean: false,
      by: "nobody",
      ms: 1,
      received,
      sent: { messages: 1, bytes: 2 },
    });
    expect(await values("onesocket.connections")).toEqual([[{ "onesocket.definition": "chat" }, 0]]);
    expect((await values("onesocket.messages")).map(([, value]) => value)).toEqual([3, 1]);
  });

  it("counts what a broker lost, and what was dropped", async () => {
    const { tell, values } = telemetry();
    tell({ type: "broker", state: "lost", error: new Error("gone") });
    tell({ type: "broker", state: "dropped", messages: 4, bytes: 40 });
    tell({ type: "dropped", socket: "s", messages: 2 });
    expect((await values("onesocket.broker.events")).map(([, value]) => value)).toEqual([1, 1]);
    expect(await values("onesocket.broker.messages.lost")).toMatchObject([
      [{ "onesocket.broker.state": "dropped" }, 4],
    ]);
    expect((await values("onesocket.messages.dropped")).map(([, value]) => value)).toEqual([2]);
  });

  it("names a refusal by a close code, and a 2.0 as HTTP does", async () => {
    const { tell, values, spans } = telemetry();
    const handshake = { ...SEEN, httpVersion: "2.0", route: "/chat" };
    tell({ type: "refused", status: 101, failure: undefined, handshake });
    expect((await values("onesocket.handshakes"))[0]?.[0]).toEqual({
      "onesocket.definition": "chat",
      "http.response.status_code": 101,
      "http.route": "/chat",
      "network.protocol.version": "2",
      "error.type": "REFUSED",
    });
    expect(spans()).toMatchObject([{ name: "CONNECT /chat" }]);
  });

  it("has no time for a refusal that nobody timed", async () => {
    const { tell, values } = telemetry();
    tell({ type: "refused", status: 400, failure: { code: "KEY_INVALID" } });
    expect(await values("onesocket.handshakes")).toMatchObject([[{ "error.type": "KEY_INVALID" }, 1]]);
    expect(await values("onesocket.handshake.duration")).toEqual([]);
  });
});

describe("a handshake's span", () => {
  const TRACE = "0af7651916cd43dd8448eb211c80319c";

  it.each([
    ["the version of today", `00-${TRACE}-b7ad6b7169203331-01`],
    ["a later version with more fields", `cc-${TRACE}-b7ad6b7169203331-01-what-the-future-has`],
  ])("continues the request's trace: %s", (_, traceparent) => {
    const { tell, spans } = telemetry();
    tell(accepted({ traceparent, tracestate: "a=1,b=2" }));
    expect(spans()[0]?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: "b7ad6b7169203331", isRemote: true });
    expect(spans()[0]?.parentSpanContext?.traceState?.get("b")).toBe("2");
  });

  it.each([
    ["no trace", `00-${"0".repeat(32)}-b7ad6b7169203331-01`],
    ["more than its version has", `00-${TRACE}-b7ad6b7169203331-01-more`],
    ["a version that is forbidden", `ff-${TRACE}-b7ad6b7169203331-01`],
    ["anything else", "hello"],
  ])("begins a trace of its own where the header says %s", (_, traceparent) => {
    const { tell, spans } = telemetry();
    tell(accepted({ traceparent }));
    expect(spans()).toHaveLength(1);
    expect(spans()[0]?.parentSpanContext).toBeUndefined();
  });

  it("lasts from the headers to the decision", () => {
    const { tell, spans } = telemetry();
    tell(accepted({ ms: 250 }));
    const [seconds = 0, nanos = 0] = spans()[0]?.duration ?? [];
    expect(seconds * 1000 + nanos / 1e6).toBeCloseTo(250, 0);
  });
});
