import { platform } from "../shared/platform.ts";
import type { RedisClient } from "./client.ts";

/** One connection, from its handshake to its loss: the client tells of it, or a command fails, or a ping has no answer. */
export class Connection {
  readonly #client: RedisClient;
  readonly #timeoutMs: number;
  /** Aborts, with the reason, when the connection is lost. */
  readonly #lost = new AbortController();

  constructor(client: RedisClient, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    client.on("error", (error) => this.#lost.abort(error));
  }

  async open(): Promise<void> {
    // redis 6.3.1 (2026-11) goes on connecting when it is destroyed meanwhile.
    this.#lost.signal.addEventListener("abort", () => opened.then(() => this.#destroy()));
    const opened = this.#client.connect().catch((error) => this.#lost.abort(error));
    await this.doInTime(() => opened);
    this.#lost.signal.throwIfAborted();
  }

  /** Has a command done. One that fails loses the connection: what it was to do is done anew on the next one. */
  async do<Result>(command: (client: RedisClient) => Promise<Result>): Promise<Result> {
    try {
      return await command(this.#client);
    } catch (error) {
      this.#lost.abort(error);
      throw error;
    }
  }

  /** The same, within the time that a ping has. */
  doInTime(command: (client: RedisClient) => Promise<unknown>): Promise<unknown> {
    return this.do((client) => within(this.#timeoutMs, command(client)));
  }

  /** Lets time pass. Rejects when the connection is lost. */
  async rest(ms: number): Promise<void> {
    await sleep(ms, this.#lost.signal);
    this.#lost.signal.throwIfAborted();
  }

  /** Rests, and pings. Rejects when the connection is lost. */
  async beat(): Promise<void> {
    await this.rest(this.#timeoutMs);
    await this.doInTime((client) => client.ping());
  }

  close(): void {
    this.#lost.abort(new Error("closed"));
    this.#destroy();
  }

  #destroy(): void {
    try {
      this.#client.destroy();
    } catch {
      // redis 5 throws for one that is closed already.
    }
  }
}

/** Resolves after a time, or when the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = platform.after(ms, wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
  });
}

function within<Result>(ms: number, promise: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(new Error(`Redis did not answer within ${ms} ms`));
    // In two steps: the answer may have come while the process was busy, and is read between them.
    let cancel = platform.after(ms, () => {
      cancel = platform.after(0, expire);
    });
    promise.then(resolve, reject).finally(() => cancel());
  });
}
