import type { PublishQueue } from "../shared/brokers/publish-queue.ts";
import type { Connection, OutgoingNotification } from "./connection.ts";
import { cut } from "./parts.ts";

/** Characters after which no more is put into a transaction. */
const TRANSACTION = 1 << 20;

/** Does what is to be done on a connection, one query at a time: whatever comes meanwhile goes out together. */
export class Sender {
  readonly #queue: PublishQueue;
  readonly #statements: string[] = [];
  readonly #notes: OutgoingNotification[] = [];
  #connection: Connection | undefined;
  /** Whether what was published leaves, too. */
  #isFlowing = false;
  #busy: Connection | undefined;
  #numbers = 0;

  constructor(queue: PublishQueue) {
    this.#queue = queue;
  }

  get isFlowing(): boolean {
    return this.#isFlowing;
  }

  /** There is a connection. What was published waits for `flow`. */
  begin(connection: Connection): void {
    this.#connection = connection;
  }

  /** From now on what was published leaves, too. */
  flow(): void {
    this.#isFlowing = true;
    this.push();
  }

  /** The connection is lost: the next one makes up for it. */
  end(): void {
    this.#connection = undefined;
    this.#isFlowing = false;
    this.#statements.length = 0;
    this.#notes.length = 0;
    this.#queue.rewind();
  }

  /** LISTEN or UNLISTEN, before anything that is published later. */
  execute(statement: string): void {
    if (!this.#connection) return;
    this.#statements.push(statement);
    this.push();
  }

  notify(note: OutgoingNotification): void {
    if (!this.#connection) return;
    this.#notes.push(note);
    this.push();
  }

  push(): void {
    const connection = this.#connection;
    if (connection && this.#busy !== connection) this.#pushAll(connection).catch(() => {});
  }

  async #pushAll(connection: Connection): Promise<void> {
    this.#busy = connection;
    try {
      for (let done = this.#next(connection); done; done = this.#next(connection)) await done;
    } finally {
      if (this.#busy === connection) this.#busy = undefined;
    }
  }

  /** Undefined when there is nothing left to do. */
  #next(connection: Connection): Promise<unknown> | undefined {
    if (this.#connection !== connection) return undefined;
    const statements = this.#statements.splice(0);
    return statements.length > 0 ? connection.query(statements.join("; ")) : this.#notify(connection);
  }

  #notify(connection: Connection): Promise<unknown> | undefined {
    const notes = this.#notes.splice(0);
    const publications = this.#isFlowing ? this.#addPublications(notes) : 0;
    if (notes.length === 0) return undefined;
    return connection.notify(notes).then(() => {
      if (this.#connection !== connection) return;
      for (let publication = 0; publication < publications; publication += 1) this.#queue.confirmed();
    });
  }

  /** Adds what was published, all parts of a publication to the same transaction. Returns how many publications. */
  #addPublications(notes: OutgoingNotification[]): number {
    let publications = 0;
    for (let size = 0; size < TRANSACTION; publications += 1) {
      const publication = this.#queue.next();
      if (!publication) break;
      this.#numbers += 1;
      for (const payload of cut(this.#numbers, publication.bytes)) {
        notes.push({ channel: publication.channel, payload });
        size += payload.length;
      }
    }
    return publications;
  }
}
