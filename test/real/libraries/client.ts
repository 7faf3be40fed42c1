import { WebSocket } from "ws";

/** How a connection closed, as its client was told. */
export type Closed = readonly [code: number, reason: string];

/** A library's own client, connected to its own server through ours. */
export interface LibraryClient {
  /** Sends a text by way of the server, and resolves with what came back: by an answer, or by way of a second client that has the same document. */
  say(text: string): Promise<unknown>;
  /** Resolves with how the connection closes next. */
  closed(): Promise<Closed>;
  /** Connects again, for clients that leave it to the program; absent where they do it themselves. */
  reconnect?(): unknown;
  /** Ends it for good. */
  end(): unknown;
}

/** Connects to a path of its own of a server. */
export type Connect = (url: string) => LibraryClient | Promise<LibraryClient>;

/** A WebSocket for libraries that are given its class, and how the sockets that they make of it close. */
export class Sockets {
  readonly #closes: Closed[] = [];
  #wake: () => void = () => {};
  readonly Class: typeof WebSocket;

  constructor() {
    this.Class = new Proxy(WebSocket, {
      construct: (target, args: ConstructorParameters<typeof WebSocket>) =>
        new target(...args).on("close", (code, reason) => this.note([code, String(reason)])),
    });
  }

  note(closed: Closed): void {
    this.#closes.push(closed);
    this.#wake();
  }

  /** The next close, or the first that nobody has taken yet. */
  async closed(): Promise<Closed> {
    while (this.#closes.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#closes.shift()!;
  }
}

/** Resolves as soon as something is so, which `changed` tells when to look again. */
export function until(isSo: () => boolean, changed: (look: () => void) => unknown): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (isSo()) resolve();
    };
    changed(look);
    look();
  });
}
