import type { DeflateRaw, InflateRaw } from "node:zlib";

export type Stream = DeflateRaw | InflateRaw;

/** Has the zlib stream of each message, which is given back when the message is over. */
export interface Contexts {
  acquire(): Stream;
  release(stream: Stream): void;
}

/** A stream whose failure is not thrown as an uncaught error. */
export function prepared(stream: Stream): Stream {
  return stream.on("error", () => {});
}

function live(stream: Stream | undefined): Stream | undefined {
  return stream && !stream.destroyed && !stream.readableEnded ? stream : undefined;
}

/** No context takeover: streams that are empty again after each message. One is kept for the whole process. */
export class SharedContexts implements Contexts {
  readonly #create: () => Stream;
  #spare: Stream | undefined;

  constructor(create: () => Stream) {
    this.#create = create;
  }

  acquire(): Stream {
    const stream = live(this.#spare) ?? prepared(this.#create());
    this.#spare = undefined;
    return stream;
  }

  release(stream: Stream): void {
    if (this.#spare === undefined && live(stream)) {
      stream.reset();
      this.#spare = stream;
    } else stream.close();
  }
}

/** Context takeover: one stream for all messages, from the first one on. */
export class OwnContext implements Contexts {
  readonly #create: () => Stream;
  #stream: Stream | undefined;
  #busy = false;
  #closed = false;

  constructor(create: () => Stream) {
    this.#create = create;
  }

  acquire(): Stream {
    this.#busy = true;
    this.#stream = live(this.#stream) ?? prepared(this.#create());
    return this.#stream;
  }

  release(stream: Stream): void {
    this.#busy = false;
    if (this.#closed || !live(stream)) stream.close();
  }

  /** The next message refers to none before it. Not while one is under way. */
  reset(): void {
    live(this.#stream)?.reset();
  }

  /** Frees the stream; a message that is under way has it until its end. False then. */
  free(): boolean {
    if (this.#busy) return false;
    this.#stream?.close();
    this.#stream = undefined;
    return true;
  }

  /** No message comes any more. */
  close(): void {
    this.#closed = true;
    this.free();
  }
}

/** How many contexts this process keeps for connections, and which of them can be done without: those used longest ago first. */
let kept = 0;
const dispensable = new Set<() => boolean>();

/** Whether one more context may be kept: there are less than `most`, or one of them can be done without. */
export function hasRoom(most: number): boolean {
  return kept < most || dispense();
}

/** Counts one more context in, if there is room for it. */
export function countIn(most: number): boolean {
  if (!hasRoom(most)) return false;
  kept++;
  return true;
}

/** Counts a context out. */
export function countOut(): void {
  kept--;
}

/** `free` may be called, to free a context that was counted in; it returns whether it did, and has counted it out. */
export function makeDispensable(free: () => boolean): void {
  dispensable.delete(free);
  dispensable.add(free);
}

/** It is not to be called any more. */
export function makeIndispensable(free: () => boolean): void {
  dispensable.delete(free);
}

function dispense(): boolean {
  for (const free of dispensable) {
    dispensable.delete(free);
    if (free()) return true;
  }
  return false;
}
