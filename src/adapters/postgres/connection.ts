import { sleep, within } from "../shared/brokers/time.ts";
import type { Notification, PostgresClient } from "./client.ts";
import { DEAF, explained, UnfitServer } from "./refusal.ts";

/** What is to be notified: a payload, and on which channel. */
export interface OutgoingNotification {
  readonly channel: string;
  readonly payload: string;
}

type Row = Readonly<Record<string, unknown>>;

/** pg gives the socket no name: a server that hangs does not answer a client that ends. */
interface WithStream {
  readonly connection?: { readonly stream?: { destroy?(): void } };
}

/** One connection, from its handshake to its loss: the client tells of it, or a query fails, or has no answer in time. */
export class Connection {
  /** The number of the server process that is at its other end. */
  pid = 0;
  readonly #client: PostgresClient;
  readonly #timeoutMs: number;
  /** Aborts, with the reason, when the connection is lost. */
  readonly #lost = new AbortController();
  /** The query that is on its way: there is one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: PostgresClient, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    client.on("error", (error) => this.#lose(error));
    client.on("end", () => this.#lose(new Error("PostgreSQL closed the connection")));
  }

  /** Connects, and brings what is notified from then on. Rejects where that fails. */
  async open(receive: (notification: Notification) => void): Promise<void> {
    this.#client.on("notification", receive);
    await this.#doInTime(() => this.#client.connect());
    const [row] = await this.query("select pg_backend_pid() as pid");
    this.pid = Number(row?.pid);
  }

  /** Has a query done, after those before it. One that fails loses the connection: what it was to do is done anew on the next one. */
  query(text: string, values?: unknown[]): Promise<readonly Row[]> {
    const result = this.#last.then(() => this.#doInTime(() => this.#client.query(text, values)));
    this.#last = result.catch(() => {});
    return result.then(({ rows }) => rows as readonly Row[]);
  }

  /** Sends notes in one transaction, which keeps their order. */
  async notify(notes: readonly OutgoingNotification[]): Promise<void> {
    const channels = notes.map(({ channel }) => channel);
    const payloads = notes.map(({ payload }) => payload);
    const text =
      "select count(pg_notify(channel, payload)) from unnest($1::text[], $2::text[]) as note (channel, payload)";
    await this.query(text, [channels, payloads]);
  }

  /** Whether there is no pool in between. */
  get isDirect(): boolean {
    return this.#client.processID === this.pid;
  }

  /** Rejects where a notification does not come in time, though a query is answered in time: LISTEN has no effect here. */
  async checkListening(arrived: Promise<void>): Promise<void> {
    try {
      await within(this.#timeoutMs, arrived, "PostgreSQL");
    } catch (cause) {
      await this.query("select 1");
      throw new UnfitServer(DEAF, { cause });
    }
  }

  /** Lets time pass. Rejects when the connection is lost. */
  async wait(ms: number): Promise<void> {
    await sleep(ms, this.#lost.signal);
    this.#lost.signal.throwIfAborted();
  }

  /** Waits, and asks whether the server is there, by a query that has it look through a full queue of notifications again. */
  async check(): Promise<void> {
    await this.wait(this.#timeoutMs);
    await this.query("select pg_notification_queue_usage()");
  }

  async #doInTime<Result>(command: () => Promise<Result>): Promise<Result> {
    try {
      this.#lost.signal.throwIfAborted();
      return await within(this.#timeoutMs, command(), "PostgreSQL");
    } catch (error) {
      this.#lose(error);
      throw explained(error);
    }
  }

  #lose(error: unknown): void {
    this.#lost.abort(explained(error));
  }

  close(): void {
    this.#lose(new Error("closed"));
    const destroy = () => (this.#client as WithStream).connection?.stream?.destroy?.();
    within(this.#timeoutMs, this.#client.end(), "PostgreSQL").catch(destroy);
  }
}
