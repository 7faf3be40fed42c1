/** What one connection may have inflated in one turn of the event loop, and what all may: in and out, in bytes. */
const OWN_BYTES = 1 << 18;
const TURN_BYTES = 1 << 20;

/** Messages that are begun and not over, each with a context: others wait. */
const BEGUN = 8;

let turn = 0;
let spent = 0;
let scheduled = false;
/** The next to go on is the first. */
const begun: Inflation[] = [];
const waiting: Inflation[] = [];

/** What one connection has spent of a turn. */
export class Share {
  #turn = -1;
  #spent = 0;

  /** Whether more may be done for this connection now. */
  get isOpen(): boolean {
    return spent < TURN_BYTES && (this.#turn !== turn || this.#spent < OWN_BYTES);
  }

  spend(bytes: number): void {
    if (this.#turn !== turn) this.#spent = 0;
    this.#turn = turn;
    this.#spent += bytes;
    spent += bytes;
    schedule();
  }
}

/** A message that is inflated piece by piece. */
export interface Inflation {
  /** Goes on as long as its connection's share is open, by one piece at least; whether it is over. */
  run(): boolean;
  /** It can't go on now: what it was given is the caller's again. */
  suspend(): void;
}

/** Begins a message now if that fits into this turn, and ends it in later ones if it has to. */
export function inflateInTurns(share: Share, inflation: Inflation): void {
  const beginsNow = share.isOpen && begun.length < BEGUN;
  if (beginsNow && inflation.run()) return;
  inflation.suspend();
  (beginsNow ? begun : waiting).push(inflation);
  schedule();
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(nextTurn);
}

function nextTurn(): void {
  scheduled = false;
  turn++;
  spent = 0;
  const again: Inflation[] = [];
  while (spent < TURN_BYTES) {
    const next = begun.shift() ?? (again.length < BEGUN ? waiting.shift() : undefined);
    if (!next) break;
    if (!next.run()) again.push(next);
  }
  begun.push(...again);
  if (begun.length + waiting.length > 0) schedule();
}
