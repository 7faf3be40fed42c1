import type { Remembered } from "../../history/history.ts";
import type { HistoryRules } from "../../history/rules.ts";
import type { Roster } from "../../presence/roster.ts";
import { type Batch, decodeBatch, encodeBatch, type Packed, type Posting, pack } from "./batch.ts";
import type { Broker, Subscriber } from "./broker.ts";
import type { Log, Logged } from "./log.ts";
import { SharedHistory } from "./shared-history.ts";

/** Bytes after which a turn's batch is published before the turn is over; each message counts as so many more. */
const BATCH_BYTES = 65_536;
const MESSAGE_BYTES = 64;

/** The room's members in this process. */
export interface Members {
  readonly size: number;
  /** What shows the members of all processes to those here; undefined where nothing does. */
  readonly roster?: Roster | undefined;
  /** Does here what another process's room did. */
  perform(posting: Posting): void;
}

/** What a relay needs of its process. */
export interface RelayHost {
  readonly broker: Broker;
  /** So many messages of other processes did not come. */
  missed(messages: number): void;
  /** Bytes came that no process of this version has written. */
  unreadable(error: unknown): void;
  /** The room has a roster, which has to know which processes live. */
  rosterOpened(roster: Roster): void;
  /** A process has sent a message of a roster: it lives. */
  seen(from: string): void;
  /** What was posted could not be handed to the broker. */
  failed(error: unknown): void;
  /** It is closed, and has nothing left to publish. */
  ended(): void;
}

/** Joins one room to its members in other processes. Subscribed only while it is open. */
export class Relay implements Subscriber {
  readonly #channel: string;
  /** Its numbering of postings: one for each relay, so that others see where one begins. */
  readonly #epoch: number;
  readonly #host: RelayHost;
  #offset = 0;
  #pending: Packed[] = [];
  #pendingBytes = 0;
  #members: Members | undefined;
  #unsubscribe: (() => void) | undefined;
  #history: SharedHistory | undefined;
  /** The epoch and offset that the next batch of each process has. */
  readonly #expected = new Map<string, { readonly epoch: number; readonly offset: number }>();

  constructor(channel: string, epoch: number, host: RelayHost) {
    this.#channel = channel;
    this.#epoch = epoch;
    this.#host = host;
  }

  /** What comes goes to these members from now on: the room of a definition that was replaced gets no more. */
  open(members: Members, rules?: HistoryRules): void {
    this.#members = members;
    this.#unsubscribe ??= this.#host.broker.subscribe(this.#channel, this);
    const { log } = this.#host.broker;
    if (rules && log) this.#history ??= this.#newHistory(log, rules);
    if (members.roster) this.#host.rosterOpened(members.roster);
    members.roster?.meet();
  }

  /** The roster of the room, as long as it is open. */
  get roster(): Roster | undefined {
    return this.#members?.roster;
  }

  #newHistory(log: Log, rules: HistoryRules): SharedHistory {
    return new SharedHistory({
      read: (after) => log.read(this.#channel, after, rules),
      perform: (posting) => this.#members?.perform(posting),
      failed: this.#host.failed,
      // Clients come back after this code, and are then told that nothing was recovered.
      lost: () => this.#members?.perform({ act: { code: 1012, reason: "the room's history was lost" } }),
    });
  }

  /** Whether the broker keeps notifications for all processes. */
  get shares(): boolean {
    return this.#host.broker.log !== undefined;
  }

  /** The history, as long as it is open. */
  get history(): SharedHistory | undefined {
    return this.#history;
  }

  /** Appends a notification to the log, whose order all processes have, after what was posted here. */
  append(said: Remembered, rules: HistoryRules): void {
    this.flush();
    const at = this.#history?.at;
    this.#host.broker.log?.append(this.#channel, said, rules, at && "then" in at ? undefined : at);
    this.#endIfIdle();
  }

  logged(said: Logged): void {
    this.#history?.deliver(said);
  }

  returned(): void {
    this.#history?.read();
  }

  close(members: Members): void {
    if (this.#members === members) this.#close();
    this.#endIfIdle();
  }

  #close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#members?.roster?.part();
    this.#members = undefined;
    this.#expected.clear();
    this.#history?.close();
    this.#history = undefined;
  }

  /** Publishes, together with whatever else is posted in this turn. */
  post(posting: Posting): void {
    const packed = pack(posting);
    if (this.#pending.length === 0) this.#flushSoon();
    this.#pending.push(packed);
    this.#pendingBytes += packed.bytes.length + MESSAGE_BYTES;
    if (this.#pendingBytes >= BATCH_BYTES) this.flush();
  }

  #flushSoon(): void {
    Promise.resolve()
      .then(() => this.flush())
      .catch((error) => this.#host.failed(error));
  }

  flush(): void {
    const messages = this.#pending.length;
    if (messages === 0) return;
    const { broker } = this.#host;
    const bytes = encodeBatch({ from: broker.id, epoch: this.#epoch, offset: this.#offset }, this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#offset += messages;
    broker.publish(this.#channel, bytes, messages);
    this.#endIfIdle();
  }

  count(): Promise<number> {
    return this.#host.broker.count(this.#channel).finally(() => this.#endIfIdle());
  }

  size(): number {
    return this.#members?.size ?? 0;
  }

  receive(bytes: Uint8Array<ArrayBuffer>): void {
    const batch = decodeBatch(bytes);
    if (!batch) this.unreadable(new Error("what came is no batch, or one of another version"));
    else if (batch.from !== this.#host.broker.id && this.#isNew(batch)) {
      for (const posting of batch.postings) this.#perform(posting, batch.from);
    }
  }

  #perform(posting: Posting, from: string): void {
    const { act } = posting;
    if (typeof act === "string" || !("roster" in act)) this.#members?.perform(posting);
    else this.#rosterMessage(act.roster, from);
  }

  #rosterMessage(message: string, from: string): void {
    this.#host.seen(from);
    try {
      this.roster?.receiveMessage(from, message);
    } catch (error) {
      this.unreadable(error);
    }
  }

  unreadable(error: unknown): void {
    this.#host.unreadable(error);
  }

  /** Whether a batch comes for the first time; reports how many messages should have come before it and did not. */
  #isNew({ from, epoch, offset, postings }: Batch): boolean {
    const expected = this.#expected.get(from) ?? { epoch, offset };
    if (epoch < expected.epoch || (epoch === expected.epoch && offset < expected.offset)) return false;
    this.#expected.set(from, { epoch, offset: offset + postings.length });
    const missed = epoch === expected.epoch ? offset - expected.offset : offset;
    if (missed > 0) {
      this.#host.missed(missed);
      this.roster?.meet();
    }
    return true;
  }

  #endIfIdle(): void {
    if (!this.#unsubscribe && this.#pending.length === 0) this.#host.ended();
  }
}
