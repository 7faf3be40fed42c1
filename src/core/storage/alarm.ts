/** When a room is to be woken, by whatever keeps that. Times are milliseconds since 1970. */
export interface Alarm {
  get(): number | undefined;
  set(at: number): unknown;
  clear(): unknown;
  /** Whether it rings, or will; absent where nothing in memory depends on it. */
  readonly isSet?: boolean;
  /** Goes by another clock from now on; absent where none of ours is asked. */
  move?(clock: AlarmClock): void;
}

/** How often an alarm that fails rings again, as a Durable Object's does. */
const MOST_RETRIES = 6;

/** After how many milliseconds it first does; each time after that it takes twice as long. */
const RETRY_MS = 2000;

/** In how many milliseconds one rings again that has failed, and failed so often before; undefined when it does not any more. */
export function retryMs(retries: number): number | undefined {
  return retries < MOST_RETRIES ? RETRY_MS * 2 ** retries : undefined;
}

/** A timer of 2^31 ms fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The clock that an alarm goes by. */
export interface AlarmClock {
  now(): number;
  after(ms: number, run: () => void, idle?: boolean): () => void;
}

/** An alarm by a timer of this process, which ends with it. It is no reason for a process to go on. */
export class TimerAlarm implements Alarm {
  readonly #ring: (retryCount: number) => Promise<boolean>;
  readonly #rang: () => void;
  #clock: AlarmClock;
  #at: number | undefined;
  #retryCount = 0;
  #isRinging = false;
  #cancel: (() => void) | undefined;

  /** `ring`: never rejects, and resolves with whether all went well. `rang`: called when it has, and may not be set any more. */
  constructor(clock: AlarmClock, ring: (retryCount: number) => Promise<boolean>, rang: () => void = () => {}) {
    this.#clock = clock;
    this.#ring = ring;
    this.#rang = rang;
  }

  get isSet(): boolean {
    return this.#isRinging || this.#at !== undefined;
  }

  get(): number | undefined {
    return this.#at;
  }

  set(at: number): void {
    this.#set(at, 0);
  }

  clear(): void {
    this.#at = undefined;
    this.#cancel?.();
  }

  /** Goes by another clock from now on. */
  move(clock: AlarmClock): void {
    if (clock === this.#clock) return;
    this.#clock = clock;
    this.#arm();
  }

  #set(at: number, retryCount: number): void {
    this.#at = at;
    this.#retryCount = retryCount;
    this.#arm();
  }

  #arm(): void {
    this.#cancel?.();
    if (this.#at === undefined || this.#isRinging) return;
    const left = Math.max(this.#at - this.#clock.now(), 0);
    this.#cancel = this.#clock.after(Math.min(left, LONGEST_MS), () => this.#onTimer(), true);
  }

  #onTimer(): void {
    if (this.#at === undefined || this.#at > this.#clock.now()) this.#arm();
    else this.#run().catch(() => {});
  }

  /** One that was set meanwhile stands, and rings when this one has ended. */
  async #run(): Promise<void> {
    const retryCount = this.#retryCount;
    this.#at = undefined;
    this.#isRinging = true;
    const isDone = await this.#ring(retryCount);
    this.#isRinging = false;
    const again = isDone ? undefined : retryMs(retryCount);
    if (again !== undefined && this.#at === undefined) this.#set(this.#clock.now() + again, retryCount + 1);
    else this.#arm();
    this.#rang();
  }
}
