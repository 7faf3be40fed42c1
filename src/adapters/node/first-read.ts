import type { Socket as NetSocket } from "node:net";
import type { Preamble, ReadPreamble } from "../../core/upgrade/proxy-signature.ts";

/** What a connection began with. `late`: it took too long to become clear. */
export type First = Preamble | { readonly kind: "late" };

/** How first bytes are read. */
export interface Reading {
  readonly read: ReadPreamble;
  /** Milliseconds in which it has to be clear what they are. */
  readonly ms: number;
  /** Told once; not at all when the connection goes before a byte has come, or one behind a header that was read: so health is checked. */
  done(first: First): void;
}

/** Reads what a connection begins with, and puts back what is no PROXY protocol header. */
export function readFirst(socket: NetSocket, reading: Reading): void {
  new FirstRead(socket, reading);
}

class FirstRead {
  readonly #socket: NetSocket;
  readonly #reading: Reading;
  readonly #timer: ReturnType<typeof setTimeout>;
  #bytes: Buffer = Buffer.alloc(0);
  #first: First = { kind: "partial" };

  constructor(socket: NetSocket, reading: Reading) {
    this.#socket = socket;
    this.#reading = reading;
    this.#timer = setTimeout(() => this.#finish({ kind: "late" }), reading.ms);
    socket.on("readable", this.#read).on("end", this.#end).on("error", this.#stop).on("close", this.#stop);
  }

  readonly #read = (): void => {
    const socket = this.#socket;
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    }
    const first = this.#reading.read(this.#bytes);
    this.#first = first;
    const isBare = first.kind === "header" && first.length === this.#bytes.length;
    if (first.kind !== "partial" && !isBare) this.#finish(first);
  };

  readonly #end = (): void => {
    if (this.#bytes.length > 0 && this.#first.kind === "partial") {
      this.#finish(this.#reading.read(this.#bytes, true));
    } else {
      this.#stop();
      this.#socket.destroy();
    }
  };

  readonly #stop = (): void => {
    clearTimeout(this.#timer);
    this.#socket.off("readable", this.#read).off("end", this.#end).off("error", this.#stop).off("close", this.#stop);
  };

  #finish(first: First): void {
    this.#stop();
    if (first.kind === "none") this.#socket.unshift(this.#bytes);
    if (first.kind === "header") this.#socket.unshift(this.#bytes.subarray(first.length));
    this.#reading.done(first);
  }
}
