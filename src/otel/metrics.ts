import type { Histogram, Meter } from "@opentelemetry/api";
import type { EventHandlers } from "../core/contract/observer.ts";
import { closeAttributes, type HandshakeEnd, handshakeAttributes } from "./attributes.ts";

/** Of handshakes, both ends of sockets, hooks, failures and the broker. */
export function eventMetrics(meter: Meter): EventHandlers & { handshake(ended: HandshakeEnd): void } {
  return { ...handshakes(meter), ...lives(meter), ...faults(meter), ...broker(meter) };
}

function seconds(meter: Meter, name: string, description: string): Histogram {
  return meter.createHistogram(name, { description, unit: "s", advice: { explicitBucketBoundaries: BOUNDARIES } });
}

/** Those that OpenTelemetry's conventions give the durations of HTTP. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

function handshakes(meter: Meter): { handshake(ended: HandshakeEnd): void } {
  const count = meter.createCounter("onesocket.handshakes", {
    description: "Handshakes answered.",
    unit: "{handshake}",
  });
  const duration = seconds(meter, "onesocket.handshake.duration", "From a handshake's headers to the decision.");
  return {
    handshake(ended) {
      const attributes = handshakeAttributes(ended);
      count.add(1, attributes);
      if (ended.handshake.ms !== undefined) duration.record(ended.handshake.ms / 1000, attributes);
    },
  };
}

function lives(meter: Meter): Pick<EventHandlers, "closed" | "hook"> {
  const duration = seconds(meter, "onesocket.connection.duration", "How long sockets were open.");
  const hooks = seconds(meter, "onesocket.hook.duration", "From a hook's call until its promise settled.");
  return {
    closed: (event) => duration.record(event.ms / 1000, closeAttributes(event)),
    hook: ({ definition, hook, ms, failed }) =>
      hooks.record(ms / 1000, {
        "onesocket.definition": definition,
        "onesocket.hook": hook,
        ...(failed && { "error.type": "HANDLER_ERROR" }),
      }),
  };
}

function faults(meter: Meter): Pick<EventHandlers, "failed" | "dropped" | "error" | "warning"> {
  const errors = meter.createCounter("onesocket.errors", {
    description: "Connections that failed, hooks that threw, and handshakes that were odd.",
    unit: "{error}",
  });
  const dropped = meter.createCounter("onesocket.messages.dropped", {
    description: "Messages that arrived and were not handed out.",
    unit: "{message}",
  });
  const count = (definition: string, type: string): void =>
    errors.add(1, { "onesocket.definition": definition, "error.type": type });
  return {
    failed: ({ definition, code }) => count(definition, code),
    error: ({ definition }) => count(definition, "HANDLER_ERROR"),
    warning: ({ definition, failure }) => count(definition, failure.code),
    dropped: ({ definition, messages }) => dropped.add(messages, { "onesocket.definition": definition }),
  };
}

function broker(meter: Meter): Pick<EventHandlers, "broker"> {
  const events = meter.createCounter("onesocket.broker.events", {
    description: "What became of the broker that joins rooms.",
    unit: "{event}",
  });
  const lost = meter.createCounter("onesocket.broker.messages.lost", {
    description: "Messages between processes that are known to be lost.",
    unit: "{message}",
  });
  return {
    broker(event) {
      const attributes = { "onesocket.definition": event.definition, "onesocket.broker.state": event.state };
      events.add(1, attributes);
      if ("messages" in event) lost.add(event.messages, attributes);
    },
  };
}
