import { bringBrokerLines } from "../../contract/broker-line.ts";
import { BROKER_FAILURES } from "../../contract/failure-texts.ts";
import { addFailures, failure } from "../../contract/failures.ts";
import { type BrokerEvent, type Observer, type SocketEvent, tell } from "../../contract/observer.ts";
import type { Roster } from "../../presence/roster.ts";
import { relayRooms } from "../registry.ts";
import type { Broker, ConnectBroker, JoinBroker } from "./broker.ts";
import { brokerLineOf } from "./broker-lines.ts";
import { ProcessLiveness } from "./process-liveness.ts";
import { Relay } from "./relay.ts";

interface Host {
  readonly observe: Observer;
}

/** This process among those that share a broker. */
class Cluster {
  readonly connect: ConnectBroker;
  /** The hosts that use it. */
  readonly hosts: Set<Host>;
  readonly #broker: Broker;
  readonly #relays = new Map<string, Relay>();
  readonly #liveness: ProcessLiveness;
  #epochs = 0;

  constructor(connect: ConnectBroker, first: Host) {
    this.connect = connect;
    this.hosts = new Set([first]);
    this.#broker = connect((event) => this.#became(event));
    this.#liveness = new ProcessLiveness({ broker: this.#broker, rosters: () => this.#rosters() });
  }

  /** Whether rooms can have histories. */
  get shares(): boolean {
    return this.#broker.log !== undefined;
  }

  /** The relay of a room; the same one as long as it is open or has something to publish. */
  relay(name: string, id: string): Relay {
    const channel = JSON.stringify([name, id]);
    const relay = this.#relays.get(channel) ?? this.#newRelay(channel, name, id);
    this.#relays.set(channel, relay);
    return relay;
  }

  #newRelay(channel: string, name: string, room: string): Relay {
    this.#epochs += 1;
    const relay: Relay = new Relay(channel, this.#epochs, {
      broker: this.#broker,
      missed: (messages) => this.#tell(name, { state: "missed", room, messages }),
      unreadable: (error) => this.#tell(name, { state: "unreadable", room, error }),
      failed: (error) => this.#tellAll({ type: "error", definition: name, error }),
      // It tells so once more when a count comes back late: the room may have another one by then.
      ended: () => this.#relays.get(channel) === relay && this.#relays.delete(channel),
      rosterOpened: ({ platform }) => platform && this.#liveness.start(platform),
      seen: (from) => this.#liveness.seen(from),
    });
    return relay;
  }

  #rosters(): Roster[] {
    return [...this.#relays.values()].flatMap(({ roster }) => roster ?? []);
  }

  #became(event: BrokerEvent): void {
    // What rosters sent before the broker was there may not have come.
    if (event.state === "connected") this.#liveness?.meet();
    this.#tell("", event);
  }

  #tell(definition: string, event: BrokerEvent): void {
    this.#tellAll({ type: "broker", definition, ...event });
  }

  #tellAll(event: SocketEvent): void {
    for (const observe of new Set([...this.hosts].map((host) => host.observe))) tell(observe, event);
  }

  close(): Promise<void> {
    this.#liveness.stop();
    for (const relay of this.#relays.values()) relay.flush();
    return this.#broker.close();
  }
}

let cluster: Cluster | undefined;

/** The `broker` of hosts, for a broker that is connected like this: give the same one to all of them. */
export function joinBroker(connect: ConnectBroker): JoinBroker {
  return (observe) => join(connect, observe);
}

function join(connect: ConnectBroker, observe: Observer): () => Promise<void> {
  if (cluster && cluster.connect !== connect) {
    throw new TypeError("this process uses another broker already: give the same one to all of its hosts");
  }
  const host = { observe };
  // Here, for the core is one file in the package, of which nobody else is to carry them.
  addFailures(BROKER_FAILURES);
  bringBrokerLines(brokerLineOf);
  const used = cluster ?? new Cluster(connect, host);
  used.hosts.add(host);
  if (!cluster) {
    cluster = used;
    relayRooms((name, id) => used.relay(name, id), used.shares ? undefined : failure("HISTORY_NOT_SHARED"));
  }
  return async () => {
    if (used.hosts.has(host) && used.hosts.size === 1) await end(used);
    used.hosts.delete(host);
  };
}

async function end(used: Cluster): Promise<void> {
  if (cluster !== used) return;
  cluster = undefined;
  relayRooms(undefined);
  await used.close();
}
