import type { Socket as NetSocket } from "node:net";
import { type Preamble, readPreamble } from "../../core/upgrade/proxy-protocol.ts";

/** What a connection began with. `cut`: it ended before that was clear. `late`: it took too long. */
export type First = Exclude<Preamble, { kind: "partial" }> | { readonly kind: "cut" } | { readonly kind: "late" };

/**
 * Reads what a connection begins with, within `ms`, and puts back what is no PROXY protocol header. `done` is told once, with
 * the bytes that came; not at all when the connection goes before one has, or none has behind a header that
 * is `believed`: so health is checked.
 */
export function readFirst(
  socket: NetSocket,
  ms: number,
  believed: boolean,
  done: (first: First, bytes: Uint8Array) => void,
): void {
  new FirstRead(socket, ms, believed, done);
}

class FirstRead {
  readonly #socket: NetSocket;
  readonly #done: (first: First, bytes: Uint8Array) => void;
  readonly #believed: boolean;
  readonly #timer: ReturnType<typeof setTimeout>;
  #bytes: Buffer = Buffer.alloc(0);
  /** A header is there, and nothing behind it. */
  #whole = false;

  constructor(socket: NetSocket, ms: number, believed: boolean, done: (first: First, bytes: Uint8Array) => void) {
    this.#socket = socket;
    this.#believed = believed;
    this.#done = done;
    this.#timer = setTimeout(() => this.#finish({ kind: "late" }), ms);
    socket.on("readable", this.#read).on("end", this.#end).on("error", this.#lost).on("close", this.#lost);
  }

  readonly #read = (): void => {
    const socket = this.#socket;
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      this.#bytes = this.#bytes.length > 0 ? Buffer.concat([this.#bytes, chunk]) : chunk;
    }
    const first = readPreamble(this.#bytes);
    if (first.kind === "partial") return;
    this.#whole = first.kind === "header" && this.#believed && first.length === this.#bytes.length;
    if (!this.#whole) this.#finish(first);
  };

  readonly #end = (): void => {
    if (this.#bytes.length > 0 && !this.#whole) {
      this.#finish({ kind: "cut" });
    } else {
      this.#stop();
      this.#socket.destroy();
    }
  };

  readonly #lost = (): void => this.#stop();

  #stop(): void {
    clearTimeout(this.#timer);
    this.#socket.off("readable", this.#read).off("end", this.#end).off("error", this.#lost).off("close", this.#lost);
  }

  #finish(first: First): void {
    this.#stop();
    const rest = this.#bytes.subarray(first.kind === "header" ? first.length : 0);
    if (rest.length > 0 && (first.kind === "none" || first.kind === "header")) this.#socket.unshift(rest);
    this.#done(first, this.#bytes);
  }
}
