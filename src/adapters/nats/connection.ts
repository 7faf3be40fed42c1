import type { NatsConnection, Status } from "@nats-io/nats-core";
import { sleep, within } from "../shared/brokers/time.ts";

/**
 * What `connect()` of the client is to be told for each attempt, beside its own options. Without them a server that dies while it is
 * connected to is waited for 20 seconds: the client's own reconnecting awaits the attempt that it is part of (nats-core 3.4.0, 2026-11).
 */
export interface NatsAttempt {
  /** Milliseconds that one server has: `pingMs`. */
  readonly timeout: number;
  /** The broker makes the next connection itself. */
  readonly reconnect: false;
}

/** Makes a connection to NATS: a new one at each call. */
export type ConnectNats = (attempt: NatsAttempt) => Promise<NatsConnection>;

/** Nothing to wait for: somebody has to change something. */
const LASTING = new Set([
  "AuthorizationError",
  "UserAuthenticationExpiredError",
  "PermissionViolationError",
  "TypeError",
]);

/** The words of an error that lasts until somebody changes something; "" for an outage. */
export function lastingReason(error: unknown): string {
  const { name, message } = Object(error) as Partial<Error>;
  return LASTING.has(String(name)) ? String(message) : "";
}

/** Milliseconds that `connect` may take for all of its servers: as long as one takes by the client's default. */
const OPEN_MS = 20_000;

/** Bytes that NATS has to take at once. */
const LEAST_PAYLOAD = 1024;

/** Called for each message on a subject. */
export type OnMessage = (data: Uint8Array) => void;

/** One connection, from its handshake to its loss: the client tells of it, or NATS of an error, or a ping has no answer. */
export class Connection {
  readonly #nc: NatsConnection;
  readonly #timeoutMs: number;
  /** Aborts, with the reason, when the connection is lost. */
  readonly #lost = new AbortController();

  private constructor(nc: NatsConnection, timeoutMs: number) {
    this.#nc = nc;
    this.#timeoutMs = timeoutMs;
    this.#watch().catch((error) => this.#lost.abort(error));
  }

  /** Rejects where `connect` does, and for what is no open connection. One that comes too late is closed. */
  static async open(connect: ConnectNats, timeoutMs: number, signal: AbortSignal): Promise<Connection> {
    const made = (async () => connect({ timeout: timeoutMs, reconnect: false }))();
    const aborted = Promise.withResolvers<NatsConnection>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      const nc = await within(OPEN_MS, Promise.race([made, aborted.promise]), "connect()");
      check(nc);
      return new Connection(nc, timeoutMs);
    } catch (error) {
      made.then((nc) => nc.close()).catch(() => {});
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Bytes that NATS takes at once. */
  get maxPayload(): number {
    return this.#nc.info?.max_payload ?? 1 << 20;
  }

  /** The client's own way to come back loses what is on its way, and what is published meanwhile: a loss is the end here. */
  async #watch(): Promise<void> {
    for await (const status of this.#nc.status()) {
      const reason = lossOf(status);
      if (reason) this.#lost.abort(reason);
    }
    this.#lost.abort(new Error("the connection to NATS was closed"));
  }

  subscribe(subject: string, onMessage: OnMessage): () => void {
    try {
      const subscription = this.#nc.subscribe(subject, {
        callback: (error, message) => {
          if (!error) onMessage(message.data);
        },
      });
      return () => this.#unsubscribe(subscription);
    } catch (error) {
      this.#lost.abort(error);
      return () => {};
    }
  }

  #unsubscribe(subscription: { unsubscribe(): void }): void {
    try {
      subscription.unsubscribe();
    } catch (error) {
      this.#lost.abort(error);
    }
  }

  /** What fails loses the connection: what it was to do is done anew on the next one. */
  publish(subject: string, data: Uint8Array): void {
    try {
      this.#nc.publish(subject, data);
    } catch (error) {
      this.#lost.abort(error);
    }
  }

  /** Resolves when NATS has dealt with all that came before, and refused nothing of it. Rejects when the connection is lost. */
  async confirmed(): Promise<void> {
    const { signal } = this.#lost;
    const flushed = Promise.withResolvers<void>();
    const abort = () => flushed.reject(signal.reason);
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    else this.#nc.flush().then(flushed.resolve, (error) => this.#lost.abort(error));
    await flushed.promise.finally(() => signal.removeEventListener("abort", abort));
    // An error that NATS told before its answer takes a few turns through the client's queue.
    await this.wait(0);
  }

  /** The same, within the time that a ping has. */
  async confirmedInTime(): Promise<void> {
    await within(this.#timeoutMs, this.confirmed(), "NATS").catch((error) => {
      this.#lost.abort(error);
      throw this.#lost.signal.reason;
    });
  }

  /** Lets time pass. Rejects when the connection is lost. */
  async wait(ms: number): Promise<void> {
    await sleep(ms, this.#lost.signal);
    this.#lost.signal.throwIfAborted();
  }

  /** Ends it, once what has come is dealt with and what was published has left; at once where it is lost. */
  async close(ms: number): Promise<void> {
    const ended = this.#lost.signal.aborted ? this.#nc.close() : this.#nc.drain();
    this.#lost.abort(new Error("closed"));
    await within(ms, ended, "NATS").catch(() => this.drop());
  }

  drop(): void {
    this.#lost.abort(new Error("closed"));
    this.#nc.close().catch(() => {});
  }
}

function check(nc: NatsConnection): void {
  const methods = ["publish", "subscribe", "flush", "status", "drain", "close", "isClosed"] as const;
  if (!methods.every((name) => typeof (Object(nc) as Partial<NatsConnection>)[name] === "function"))
    throw new TypeError("connect must give a connection that connect() of @nats-io/transport-node made");
  if (nc.isClosed() || nc.isDraining())
    throw new TypeError("connect gave a connection that is closed: it has to make a new one at each call");
  if ((nc.info?.max_payload ?? LEAST_PAYLOAD) < LEAST_PAYLOAD)
    throw new TypeError(`rooms need a NATS whose max_payload is ${LEAST_PAYLOAD} or more`);
}

function lossOf(status: Status): Error | undefined {
  if (status.type === "error") return status.error;
  if (status.type === "disconnect") return new Error(`the connection to NATS at ${status.server} was lost`);
  return status.type === "staleConnection" ? new Error("NATS did not answer the client's pings") : undefined;
}
