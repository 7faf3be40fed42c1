import { type Absentee, isFor, type Missed, numbered, type Remembered } from "../../history/history.ts";
import type { Position, ResumePosition } from "../../rpc/wire.ts";
import type { Posting } from "./batch.ts";
import type { Logged, Span } from "./log.ts";

/** Messages that are kept while the log is read; of more, all are read again. */
const MOST_EARLY = 10_000;

/** What a shared history needs: the room's members in this process, and the log. */
export interface HistoryHost {
  read(after: Position | undefined): Promise<Span>;
  perform(posting: Posting): void;
  /** The members have missed something that nobody knows any more. */
  lost(): void;
  /** What came could not be given to the members. */
  failed(error: unknown): void;
}

/**
 * Brings a process what is said to a room anywhere, in the log's order and without a gap: its members have always been sent all up to `at`.
 * Whatever does not follow is read from the log.
 */
export class SharedHistory {
  readonly #host: HistoryHost;
  #at: Position | undefined;
  /** Notifications that came while the log is being read; undefined while it is not. */
  #early: Logged[] | undefined;
  /** How many times reading was begun: only the last result counts. */
  #readings = 0;
  #placed: PromiseWithResolvers<Position> | undefined;
  #isClosed = false;

  constructor(host: HistoryHost) {
    this.#host = host;
    this.read();
  }

  /** The position up to which the members have been sent all. A promise is settled before anything else is sent to them; it rejects when the log can't be read. */
  get at(): Position | Promise<Position> {
    if (this.#at) return this.#at;
    if (!this.#early) this.read();
    this.#placed ??= Promise.withResolvers();
    return this.#placed.promise;
  }

  /** Reads the log for what was missed: the broker was away, or this process has just subscribed. */
  read(...came: readonly Logged[]): void {
    this.#readings += 1;
    const reading = this.#readings;
    this.#early = [...(this.#early ?? []), ...came];
    this.#read(this.#at).then(
      (span) => reading === this.#readings && this.#caughtUp(span),
      (error) => reading === this.#readings && this.#failed(error),
    );
  }

  /** A log that is read is kept for longer: it is not read for a room that has no members here any more. */
  async #read(after: Position | undefined): Promise<Span> {
    if (this.#isClosed) throw new Error(LEFT);
    return this.#host.read(after);
  }

  /** Gives the members what the log brings, unless they have it or something before it is missing. */
  deliver(said: Logged): void {
    if (this.#early) {
      if (this.#early.length >= MOST_EARLY) this.#early.length = 0;
      this.#early.push(said);
      return;
    }
    const [epoch, offset] = said.at;
    const [here, last] = this.#at ?? ["", 0];
    if (epoch !== here || offset > last + 1) this.read(said);
    else if (offset > last) this.#perform(said);
  }

  /** What a client has missed, up to the position of the members: what comes after that is sent to it as to them. */
  async missed(by: Absentee, then: ResumePosition): Promise<Missed> {
    if (!this.#hasReached(then)) await this.#catchUp();
    const at = this.#at;
    if (at?.[0] !== then.epoch || then.offset > at[1]) return { at, texts: undefined };
    const span = await this.#read([then.epoch, then.offset]).catch(() => undefined);
    const now = this.#at;
    if (!span?.said || now?.[0] !== span.at[0]) return { at: now, texts: undefined };
    const upTo = Math.min(now[1], span.at[1]);
    const said = placed(span.said, [span.at[0], span.at[1]]).filter(({ at: [, offset] }) => offset <= upTo);
    const mine = said.filter((one) => isFor(one, by, then.socket));
    return { at: [span.at[0], upTo], texts: mine.map(textOf) };
  }

  #hasReached({ epoch, offset }: ResumePosition): boolean {
    return this.#at?.[0] === epoch && offset <= this.#at[1];
  }

  /** Reads what was not brought to this process yet: a client that comes back may have got more in another one. Never rejects. */
  async #catchUp(): Promise<void> {
    const before = this.#at?.[0];
    const span = await this.#read(this.#at).catch(() => undefined);
    // Another reading has begun, or has ended meanwhile.
    if (!span || !this.#at || this.#early || this.#at[0] !== before) return;
    if (span.at[0] === before) for (const one of placed(span.said ?? [], span.at)) this.deliver(one);
    else this.#caughtUp(span);
  }

  /** The room has no members here any more. */
  close(): void {
    this.#isClosed = true;
    this.#readings += 1;
    this.#reject(new Error(LEFT));
  }

  #caughtUp({ at, said }: Span): void {
    if (this.#at && said) for (const one of placed(said, at)) this.#perform(one);
    else if (this.#at) this.#host.lost();
    this.#at = at;
    this.#placed?.resolve(at);
    this.#placed = undefined;
    // Later, so that whoever waits for the position is told it first.
    Promise.resolve()
      .then(() => this.#goOn())
      .catch((error) => this.#host.failed(error));
  }

  #goOn(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const one of early) this.deliver(one);
  }

  /** The log could not be read: it is read again when the broker is back, or when the next socket asks for the position. */
  #failed(error: unknown): void {
    if (!this.#at) this.#early = undefined;
    this.#reject(error);
  }

  #reject(error: unknown): void {
    this.#placed?.promise.catch(() => {});
    this.#placed?.reject(error);
    this.#placed = undefined;
  }

  #perform(said: Logged): void {
    this.#at = said.at;
    this.#host.perform({ topic: said.topic, except: said.except, act: textOf(said) });
  }
}

const LEFT = "the last socket has left the room";

function textOf({ text, at }: Logged): string {
  return numbered(text, at);
}

/** Notifications with their positions, of which the last one is known. */
function placed(said: readonly Remembered[], [epoch, last]: Position): readonly Logged[] {
  return said.map((one, index) => ({ ...one, at: [epoch, last - said.length + 1 + index] as const }));
}
