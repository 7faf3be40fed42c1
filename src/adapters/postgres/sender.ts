import type { Outbox } from "../shared/brokers/outbox.ts";
import type { Connection, Note } from "./connection.ts";
import { cut } from "./parts.ts";

/** Characters after which no more is put into a transaction. */
const TRANSACTION = 1 << 20;

/** Has done on a connection what is to be done on it, one query at a time: whatever comes meanwhile goes out together. */
export class Sender {
  readonly #outbox: Outbox;
  readonly #statements: string[] = [];
  readonly #notes: Note[] = [];
  #connection: Connection | undefined;
  /** What was published leaves at once. */
  #flowing = false;
  #busy: Connection | undefined;
  #numbers = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  /** From now on it is done there, but for what was published. */
  begin(connection: Connection): void {
    this.#connection = connection;
  }

  flow(): void {
    this.#flowing = true;
    this.push();
  }

  /** The connection is lost: the next one makes up for it. */
  end(): void {
    this.#connection = undefined;
    this.#flowing = false;
    this.#statements.length = 0;
    this.#notes.length = 0;
    this.#outbox.rewind();
  }

  /** LISTEN or UNLISTEN, before anything that is published later. */
  state(statement: string): void {
    if (!this.#connection) return;
    this.#statements.push(statement);
    this.push();
  }

  note(note: Note): void {
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
    const letters = this.#flowing ? this.#take(notes) : 0;
    if (notes.length === 0) return undefined;
    return connection.notify(notes).then(() => {
      if (this.#connection !== connection) return;
      for (let letter = 0; letter < letters; letter += 1) this.#outbox.arrived();
    });
  }

  /** Cuts letters into notes, all parts of one into the same transaction; says how many. */
  #take(notes: Note[]): number {
    let letters = 0;
    for (let size = 0; size < TRANSACTION; letters += 1) {
      const letter = this.#outbox.next();
      if (!letter) break;
      this.#numbers += 1;
      for (const payload of cut(this.#numbers, letter.bytes)) {
        notes.push({ channel: letter.channel, payload });
        size += payload.length;
      }
    }
    return letters;
  }
}
