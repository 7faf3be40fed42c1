/** Something to publish. */
export interface Publication {
  readonly channel: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly messages: number;
  /** It was on its way when the connection was lost: it may have arrived. */
  resent?: boolean;
}

/** How much is kept for an engine that can't take it. */
export interface QueueLimits {
  readonly messages: number;
  /** Of memory: what each publication takes beside its bytes is counted, too. */
  readonly bytes: number;
}

/** What a publication takes beside its bytes: objects for itself and its buffers (Node 24, 2026-11: 230 over Redis, 360 over others). */
const PUBLICATION_BYTES = 360;

/** What the engine has not confirmed, in order and bounded. */
export class PublishQueue<Sent extends Publication = Publication> {
  readonly #limits: QueueLimits;
  readonly #publications: Sent[] = [];
  /** How many of them are on their way. */
  #sent = 0;
  #messages = 0;
  #bytes = 0;
  #dropped = { messages: 0, bytes: 0 };
  #emptied: (() => void) | undefined;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Keeps a publication, or counts it as dropped when there is no room for it beside others. */
  put(publication: Sent): void {
    const messages = this.#messages + publication.messages;
    const bytes = this.#bytes + publication.bytes.length + PUBLICATION_BYTES;
    const isOver = messages > this.#limits.messages || bytes > this.#limits.bytes;
    if (isOver && this.#publications.length > 0) {
      this.#dropped.messages += publication.messages;
      this.#dropped.bytes += publication.bytes.length;
    } else {
      this.#publications.push(publication);
      this.#messages = messages;
      this.#bytes = bytes;
    }
  }

  /** The next that is not on its way; undefined when all are. */
  next(): Sent | undefined {
    const publication = this.#publications[this.#sent];
    if (publication) this.#sent += 1;
    return publication;
  }

  /** The engine has confirmed the first of those on their way. */
  confirmed(): void {
    const publication = this.#publications.shift();
    if (!publication) return;
    this.#sent -= 1;
    this.#messages -= publication.messages;
    this.#bytes -= publication.bytes.length + PUBLICATION_BYTES;
    if (this.#publications.length === 0) this.#emptied?.();
  }

  /** The engine has refused the first of those on their way: it is dropped. */
  refused(): void {
    const [publication] = this.#publications;
    this.#dropped.messages += publication?.messages ?? 0;
    this.#dropped.bytes += publication?.bytes.length ?? 0;
    this.confirmed();
  }

  /** Nobody knows which of those on their way have arrived: they are to be sent again. */
  rewind(): void {
    for (const publication of this.#publications.slice(0, this.#sent)) publication.resent = true;
    this.#sent = 0;
  }

  /** Resolves when nothing is left. */
  emptied(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#publications.length === 0) resolve();
      else this.#emptied = resolve;
    });
  }

  /** Gives up on what is left. */
  dropAll(): void {
    for (const { messages, bytes } of this.#publications.splice(0)) {
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
