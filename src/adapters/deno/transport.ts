import * as READY_STATE from "../../core/contract/ready-state.ts";
import type { Message } from "../../core/contract/socket.ts";
import type { Transport } from "../../core/contract/transport.ts";
import { NO_STATUS } from "../../core/protocol/close.ts";
import type { SessionHost } from "../../core/session/host.ts";
import { linger } from "../../core/session/memory-budget.ts";
import type { Session } from "../../core/session/session.ts";
import { openSession, release, type Switching } from "../../core/upgrade/outcome.ts";
import { platform } from "../shared/platform.ts";
import type { DenoCloseEvent, DenoSocket } from "../shared/runtime-types.ts";
import { Outgoing } from "./outgoing.ts";

/** One native socket: what was decided and, once it is open, its session. */
export class DenoTransport implements Transport {
  readonly raw: DenoSocket;
  readonly #outgoing: Outgoing;
  #session: Session | undefined;
  /** Ends the count of what a closed socket leaves with Deno. */
  #endLinger: (() => void) | undefined;

  constructor(raw: DenoSocket, decided: Switching, host: SessionHost) {
    this.raw = raw;
    this.#outgoing = new Outgoing(raw);
    raw.binaryType = "arraybuffer";
    raw.addEventListener("open", () => {
      this.#session = openSession(decided, this, host);
      this.#session?.opened();
    });
    raw.addEventListener("message", ({ data }) =>
      this.#session?.receiveMessage(typeof data === "string" ? data : new Uint8Array(data)),
    );
    raw.addEventListener("close", (event) => {
      release(decided);
      this.#ended(event);
    });
  }

  /**
   * Deno 2.9.5 (2026-11) tells 0 of a lost peer and 1001 of one that left a ping unanswered, neither clean. During our
   * own Close it tells a clean 1005 of a lost peer, and cuts the connection with 0 when anything but a Close comes.
   */
  #ended({ code, reason, wasClean }: DenoCloseEvent): void {
    this.drop();
    this.#endLinger?.();
    const closing = this.#session?.readyState === READY_STATE.CLOSING;
    const lost = closing ? code === 1005 : !wasClean;
    this.#session?.closed(lost ? 1006 : code, reason, wasClean && !lost);
  }

  send(data: Message): number {
    return this.#outgoing.send(data);
  }

  /** In a later turn: Deno 2.9.5 (2026-11) drops the Close when a message that it has read already comes after it. */
  close(code: number, reason: string): void {
    this.#outgoing.finally(() => platform.after(0, () => this.#close(code, reason)));
  }

  /** Deno 2.9.5 (2026-11) tells a `bufferedAmount` of 0 from then on, and keeps what it has until the peer reads or is gone. */
  #close(code?: number, reason?: string): void {
    this.#endLinger ??= linger(this.#outgoing.withDeno);
    try {
      // It would write the 1005.
      if (code === NO_STATUS) this.raw.close();
      else this.raw.close(code, reason);
    } catch {
      // It runs in a timer, where a throw would end the process.
      this.raw.close();
    }
  }

  /** Deno 2.9.5 (2026-11) can't cut a connection: a Close asks the peer to end it, and we listen no more. */
  terminate(): void {
    this.drop();
    this.#close();
    this.#session?.closed(1006, "", false);
  }

  bufferedAmount(): number {
    return this.#outgoing.bytes;
  }

  held(): number {
    return this.#endLinger ? 0 : this.#outgoing.cost;
  }

  drop(): void {
    this.#outgoing.drop();
  }

  /** Asks again and again: Deno 2.9.5 (2026-11) has no event for it. */
  async drained(): Promise<void> {
    while (this.raw.readyState === READY_STATE.OPEN && this.bufferedAmount() > 0) {
      await new Promise<void>((resolve) => platform.after(10, resolve));
    }
  }
}
