import { sleep, within } from "../shared/brokers/time.ts";
import type { RedisClient } from "./client.ts";
import { explained, kindOf, type ServerKind } from "./server-kind.ts";

/** One connection, from its handshake to its loss: the client tells of it, or a command fails, or a ping has no answer. */
export class Connection {
  readonly #client: RedisClient;
  readonly #timeoutMs: number;
  /** Aborts, with the reason, when the connection is lost. */
  readonly #lost = new AbortController();
  #kind: ServerKind | undefined;

  constructor(client: RedisClient, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    client.on("error", (error) => this.#lost.abort(explained(error)));
  }

  /** Whether publishing tells of the subscribers of one node only. */
  get isClustered(): boolean {
    return this.#kind?.mode === "cluster";
  }

  /** Connects. Rejects where that fails, and where rooms can't span processes through what is there. */
  async open(): Promise<void> {
    // redis 6.3.1 (2026-11) goes on connecting when it is destroyed meanwhile.
    this.#lost.signal.addEventListener("abort", () => opened.then(() => this.#destroy()));
    const opened = this.#client.connect().catch((error) => this.#lost.abort(explained(error)));
    await this.doInTime(() => opened);
    this.#lost.signal.throwIfAborted();
    await this.#askKind();
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
  doInTime<Result>(command: (client: RedisClient) => Promise<Result>): Promise<Result> {
    return this.do((client) => within(this.#timeoutMs, command(client), "Redis"));
  }

  /** Lets time pass. Rejects when the connection is lost. */
  async wait(ms: number): Promise<void> {
    await sleep(ms, this.#lost.signal);
    this.#lost.signal.throwIfAborted();
  }

  /** Waits, and asks whether the server is there and still what it was. Rejects when the connection is lost. */
  async check(): Promise<void> {
    await this.wait(this.#timeoutMs);
    await this.#askKind();
  }

  /** Asks what the server is: after a failover a primary may be a replica, on the same connection. */
  async #askKind(): Promise<void> {
    this.#kind = await this.doInTime(kindOf);
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
