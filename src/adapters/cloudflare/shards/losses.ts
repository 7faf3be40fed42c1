import { bringBrokerLines } from "../../../core/contract/broker-line.ts";
import { type BrokerEvent, tellBoth } from "../../../core/contract/observer.ts";
import { copied } from "../../../core/contract/sendable.ts";
import type { Posting } from "../../../core/rooms/cluster/batch.ts";
import { brokerLineOf } from "../../../core/rooms/cluster/broker-lines.ts";
import type { PartHost } from "./part.ts";

/** About how many bytes a message takes beside its data. */
const MESSAGE_BYTES = 64;

/** Tells an operator what did not reach a room's other objects. */
export class Losses {
  readonly #host: PartHost;
  #dropped = { messages: 0, bytes: 0 };
  #isLost = false;

  constructor(host: PartHost) {
    this.#host = host;
    bringBrokerLines(brokerLineOf);
  }

  /** Watches one message on its way: all that fail together are told together. */
  watch(sent: Promise<number>, bytes: number): void {
    sent.then(
      (unreached) => (unreached > 0 ? this.#drop(unreached, bytes) : this.#reached()),
      (error) => {
        if (!this.#isLost) this.#tell({ state: "lost", error });
        this.#isLost = true;
        this.#drop(1, bytes);
      },
    );
  }

  missed(room: string, messages: number): void {
    this.#tell({ state: "missed", room, messages });
  }

  #reached(): void {
    if (this.#isLost) this.#tell({ state: "connected" });
    this.#isLost = false;
  }

  #drop(messages: number, bytes: number): void {
    if (this.#dropped.messages === 0)
      Promise.resolve()
        .then(() => this.#tellDropped())
        .catch(() => {});
    this.#dropped = { messages: this.#dropped.messages + messages, bytes: this.#dropped.bytes + bytes };
  }

  #tellDropped(): void {
    this.#tell({ state: "dropped", ...this.#dropped });
    this.#dropped = { messages: 0, bytes: 0 };
  }

  #tell(event: BrokerEvent): void {
    const { definition, observe } = this.#host;
    tellBoth(definition, observe, { type: "broker", ...event });
  }
}

/** A posting with bytes of its own: the sender may write over his while it waits. */
export function copiedPosting(posting: Posting): Posting {
  const { act } = posting;
  return act instanceof Uint8Array ? { ...posting, act: copied(act) as Uint8Array<ArrayBuffer> } : posting;
}

/** About how many bytes it takes. */
export function sizeOf({ act }: Posting): number {
  if (typeof act === "string") return MESSAGE_BYTES + 2 * act.length;
  return MESSAGE_BYTES + (act instanceof Uint8Array ? act.length : 0);
}
