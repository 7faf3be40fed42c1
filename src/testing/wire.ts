import { copied } from "../core/contract/sendable.ts";
import type { CloseEvent, Message } from "../core/contract/socket.ts";
import type { Transport } from "../core/contract/transport.ts";
import { LOST } from "../core/session/lifecycle.ts";
import type { Session } from "../core/session/session.ts";

/** The client's end, as its wire tells it what comes. */
export interface WireClient {
  received(data: Message): void;
  ended(event: CloseEvent): void;
}

/** One connection in memory. What is sent arrives in order, in a later turn, and at an end that is still there. */
export class Wire {
  readonly #later: (job: () => void) => void;
  readonly #client: WireClient;
  /** None for a refusal that opens only to close. */
  session: Session | undefined;
  /** Nothing passes any more, and nobody is told. */
  #isBroken = false;
  #isOver = false;

  /** `later`: runs jobs in later turns, in order. */
  constructor(client: WireClient, later: (job: () => void) => void) {
    this.#client = client;
    this.#later = later;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  // From the client.

  up(data: Message): void {
    this.#pass(() => this.session?.receiveMessage(data));
  }

  closeUp(code: number, reason: string): void {
    this.#pass(() => {
      // A server answers a Close with the same.
      this.session?.closed(code, reason, true);
      this.#end({ code, reason, wasClean: true });
    });
  }

  /** The connection is lost, and both ends notice. */
  cut(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.session?.closed(LOST.code, LOST.reason, false);
    this.#later(() => this.#client.ended(LOST));
  }

  /** The connection is lost, and nobody notices. */
  break(): void {
    this.#isBroken = true;
  }

  // From the server.

  down(data: Message): void {
    this.#pass(() => this.#client.received(data));
  }

  closeDown(code: number, reason: string): void {
    this.#pass(() => {
      this.#end({ code, reason, wasClean: true });
      this.session?.closed(code, reason, true);
    });
  }

  ping(): void {
    this.#pass(() => this.session?.receivePong());
  }

  #end(event: CloseEvent): void {
    this.#isOver = true;
    this.#client.ended(event);
  }

  #pass(job: () => void): void {
    this.#later(() => {
      if (!this.#isBroken && !this.#isOver) job();
    });
  }
}

/** The server's end, for one session: after hibernation there is another one, and this one is dead. */
export class ServerEnd implements Transport {
  readonly raw: undefined;
  readonly #wire: Wire;
  /** Whether its object is kept awake while it is open. */
  isAwake = false;
  #isForgotten = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  send(data: Message): number {
    this.#check();
    this.#wire.down(typeof data === "string" ? data.toWellFormed() : copied(data));
    return 0;
  }

  close(code: number, reason: string): void {
    this.#check();
    this.#wire.closeDown(code, reason);
  }

  terminate(): void {
    this.#check();
    this.#wire.cut();
  }

  ping(): void {
    this.#wire.ping();
  }

  stayAwake(): void {
    this.isAwake = true;
  }

  /** Its session is forgotten. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** Memory that nobody has after hibernation is still there in a test: so whoever uses it is told. */
  #check(): void {
    if (this.#isForgotten)
      throw new Error(
        "this socket object is from before the hibernation: take sockets from socket.room, and keep what has to last in state",
      );
  }
}
