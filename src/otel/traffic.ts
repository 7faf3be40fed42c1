import type { BatchObservableResult, Meter } from "@opentelemetry/api";
import type { EventHandlers, TwoWayTraffic } from "../core/contract/observer.ts";
import type { Closed } from "./attributes.ts";

const WAYS = { received: "receive", sent: "transmit" } as const;

/** An open socket. */
interface OpenSocket {
  readonly definition: string;
  readonly traffic: TwoWayTraffic | undefined;
}

/** What the sockets of one definition come to. */
interface Sum {
  open: number;
  readonly received: { messages: number; bytes: number };
  readonly sent: { messages: number; bytes: number };
}

/** Adds up what sockets count themselves, when it is asked for: nothing is done for each message. */
class Sums {
  readonly #open = new Map<string, OpenSocket>();
  /** Of the sockets that are gone. */
  readonly #past = new Map<string, Sum>();

  opened(socket: string, found: OpenSocket): void {
    this.#open.set(socket, found);
  }

  closed({ socket, definition, ...traffic }: Closed): void {
    const known = this.#open.get(socket)?.traffic;
    this.#open.delete(socket);
    add(this.#past, definition, traffic);
    // A socket that has slept counts from nothing again, where an observer outlives the object: a counter must not go back.
    if (known && known.received !== traffic.received) add(this.#past, definition, known);
  }

  /** By definition. */
  now(): Map<string, Sum> {
    const sums = new Map([...this.#past].map(([definition, sum]) => [definition, structuredClone(sum)]));
    for (const { definition, traffic } of this.#open.values()) add(sums, definition, traffic).open += 1;
    return sums;
  }
}

function add(sums: Map<string, Sum>, definition: string, traffic: TwoWayTraffic | undefined): Sum {
  const sum = sums.get(definition) ?? { open: 0, received: { messages: 0, bytes: 0 }, sent: { messages: 0, bytes: 0 } };
  sums.set(definition, sum);
  for (const way of ["received", "sent"] as const) {
    sum[way].messages += traffic?.[way].messages ?? 0;
    sum[way].bytes += traffic?.[way].bytes ?? 0;
  }
  return sum;
}

/** Open connections, and the messages and bytes that went over them. */
export function trafficMetrics(meter: Meter): Pick<EventHandlers, "opened" | "closed"> {
  const connections = meter.createObservableUpDownCounter("onesocket.connections", {
    description: "Open sockets.",
    unit: "{connection}",
  });
  const messages = meter.createObservableCounter("onesocket.messages", { description: "Messages.", unit: "{message}" });
  const bytes = meter.createObservableCounter("onesocket.io", { description: "Bytes of payload.", unit: "By" });
  const sums = new Sums();
  const observe = (result: BatchObservableResult): void => {
    for (const [definition, sum] of sums.now()) {
      result.observe(connections, sum.open, { "onesocket.definition": definition });
      for (const way of ["received", "sent"] as const) {
        const attributes = { "onesocket.definition": definition, "network.io.direction": WAYS[way] };
        result.observe(messages, sum[way].messages, attributes);
        result.observe(bytes, sum[way].bytes, attributes);
      }
    }
  };
  meter.addBatchObservableCallback(observe, [connections, messages, bytes]);
  return {
    opened: ({ socket, definition, traffic }) => sums.opened(socket, { definition, traffic }),
    closed: (event) => sums.closed(event),
  };
}
