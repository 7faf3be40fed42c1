/** Something to publish. */
export interface Letter {
  readonly channel: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly messages: number;
  /** It was on its way when the connection was lost: it may have arrived. */
  again?: boolean;
}

/** How much is kept for an engine that can't take it. */
export interface OutboxLimits {
  readonly messages: number;
  /** Of memory: what each letter takes beside its bytes is counted, too. */
  readonly bytes: number;
}

/** What a letter takes beside its bytes: objects for itself and its buffers (Node 24, 2026-11: 230 over Redis, 360 over others). */
const LETTER_BYTES = 360;

/** What the engine has not confirmed, in order and bounded. */
export class Outbox<Sent extends Letter = Letter> {
  readonly #limits: OutboxLimits;
  readonly #letters: Sent[] = [];
  /** How many of them are on their way. */
  #sent = 0;
  #messages = 0;
  #bytes = 0;
  #dropped = { messages: 0, bytes: 0 };
  #emptied: (() => void) | undefined;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  /** Keeps a letter, or counts it as dropped when there is no room for it beside others. */
  put(letter: Sent): void {
    const messages = this.#messages + letter.messages;
    const bytes = this.#bytes + letter.bytes.length + LETTER_BYTES;
    const isOver = messages > this.#limits.messages || bytes > this.#limits.bytes;
    if (isOver && this.#letters.length > 0) {
      this.#dropped.messages += letter.messages;
      this.#dropped.bytes += letter.bytes.length;
    } else {
      this.#letters.push(letter);
      this.#messages = messages;
      this.#bytes = bytes;
    }
  }

  /** The next that is not on its way; undefined when all are. */
  next(): Sent | undefined {
    const letter = this.#letters[this.#sent];
    if (letter) this.#sent += 1;
    return letter;
  }

  /** The first of those on their way has arrived. */
  arrived(): void {
    const letter = this.#letters.shift();
    if (!letter) return;
    this.#sent -= 1;
    this.#messages -= letter.messages;
    this.#bytes -= letter.bytes.length + LETTER_BYTES;
    if (this.#letters.length === 0) this.#emptied?.();
  }

  /** The first of those on their way is given up. */
  refused(): void {
    const [letter] = this.#letters;
    this.#dropped.messages += letter?.messages ?? 0;
    this.#dropped.bytes += letter?.bytes.length ?? 0;
    this.arrived();
  }

  /** Nobody knows which of those on their way have arrived: they are to be sent again. */
  rewind(): void {
    for (const letter of this.#letters.slice(0, this.#sent)) letter.again = true;
    this.#sent = 0;
  }

  /** Resolves when nothing is left. */
  emptied(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#letters.length === 0) resolve();
      else this.#emptied = resolve;
    });
  }

  /** Gives up on what is left. */
  abandon(): void {
    for (const { messages, bytes } of this.#letters.splice(0)) {
      this.#dropped.messages += messages;
      this.#dropped.bytes += bytes.length;
    }
    [this.#sent, this.#messages, this.#bytes] = [0, 0, 0];
  }

  /** What was dropped since this was last asked; undefined when nothing was. */
  takeDropped(): { readonly messages: number; readonly bytes: number } | undefined {
    const dropped = this.#dropped;
    this.#dropped = { messages: 0, bytes: 0 };
    return dropped.messages > 0 ? dropped : undefined;
  }
}
