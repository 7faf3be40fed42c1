import type { Position, ResumePosition } from "../rpc/wire.ts";
import type { Absentee, Clock, Missed, Remembered, Remembering, RoomHistory } from "./history.ts";
import type { HistoryRules } from "./rules.ts";

/** What joins a room to those of other processes, as far as its history goes. */
export interface Sharing {
  /** Whether there is one history for all of them. */
  readonly shares: boolean;
  /** That history, while the room is joined. */
  readonly history: Remembering | undefined;
  /** Appends a notification to that history. */
  append(said: Remembered, rules: HistoryRules): void;
}

/** Where a room's history is. */
export interface MemoryHome {
  /** What joins the room to other processes; undefined where nothing does. */
  relay?(): Sharing | undefined;
  /** The history, where that is not kept in this process. */
  history?(): RoomHistory | undefined;
}

/** Who keeps the histories of this process's rooms. */
export interface HistorySource {
  readonly rules: HistoryRules;
  of(room: string, clock: Clock | undefined): RoomHistory | undefined;
  /** Something was said to a room of this process. */
  said(room: string): void;
}

/** What one room remembers, wherever that is kept. */
export class RoomMemory implements Remembering {
  readonly #room: string;
  readonly #home: MemoryHome;
  readonly #keeper: HistorySource;
  #history: RoomHistory | undefined;

  constructor(room: string, home: MemoryHome, keeper: HistorySource) {
    this.#room = room;
    this.#home = home;
    this.#keeper = keeper;
  }

  get rules(): HistoryRules {
    return this.#keeper.rules;
  }

  /** The room's first member has entered. */
  enter(clock: Clock): void {
    if (!this.#sharing()) this.#remembers(clock);
  }

  /** Remembers a notification. Returns its text with its position, to be sent; undefined where the shared log will bring it to this process too. */
  say(said: Remembered): string | undefined {
    const relay = this.#sharing();
    if (relay) return void relay.append(said, this.rules);
    const text = this.#remembers()?.add(said.text, said) ?? said.text;
    this.#keeper.said(this.#room);
    return text;
  }

  get at(): Position | Promise<Position> | undefined {
    return this.#sharing()?.history?.at ?? this.#remembers()?.at;
  }

  missed(by: Absentee, then: ResumePosition): Missed | Promise<Missed> {
    const shared = this.#sharing()?.history;
    if (shared) return shared.missed(by, then);
    const history = this.#remembers();
    return { texts: history?.missed(by, then), at: history?.at };
  }

  /** The relay to a history that all processes share; undefined where this process has its own. */
  #sharing(): Sharing | undefined {
    const relay = this.#home.relay?.();
    return relay?.shares ? relay : undefined;
  }

  #remembers(clock?: Clock): RoomHistory | undefined {
    const { history } = this.#home;
    this.#history ??= history ? history() : this.#keeper.of(this.#room, clock);
    return this.#history;
  }
}
