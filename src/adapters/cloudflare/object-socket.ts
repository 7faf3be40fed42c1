import { copied } from "../../core/contract/sendable.ts";
import type { Message } from "../../core/contract/socket.ts";
import type { Transport } from "../../core/contract/transport.ts";
import type { Session } from "../../core/session/session.ts";
import { type Attachment, snapshotBytes } from "./attachment.ts";
import { closeQuietly, ended, failed, sendQuietly } from "./socket.ts";
import type { ObjectState, WorkerCloseEvent, WorkerSocket } from "./types.ts";

/** The tag of sockets whose decisions have an end, so that they are found among thousands of others. */
export const EXPIRES = "onesocket-until";

/** A Durable Object's socket, as the session drives it. Until `accept`, what is sent waits. */
export class ObjectSocket implements Transport {
  readonly raw: WorkerSocket;
  /** Set right after construction: each needs the other. */
  session: Session | undefined;
  #lastReceived: number;
  #pending: Message[] | undefined;
  #pendingClose: { code: number; reason: string } | undefined;

  /** `lastReceived`: when its client last sent something, for one that woke from hibernation. */
  constructor(raw: WorkerSocket, lastReceived?: number) {
    this.raw = raw;
    this.#lastReceived = lastReceived ?? Date.now();
    if (lastReceived === undefined) this.#pending = [];
  }

  /**
   * Accepts the socket, now that the synchronous part of `open` has run. Throws when the object is full.
   * workerd, 2026-11: when a hibernatable socket that received nothing is closed, the TCP connection ends only with the
   * object's hibernation, 10 s later. So a socket that `open` closed is accepted in the plain way, which ends at once.
   */
  accept(ctx: ObjectState): void {
    if (this.#pendingClose) this.#acceptPlain();
    else ctx.acceptWebSocket(this.raw, this.session?.snapshot.until === undefined ? [] : [EXPIRES]);
    for (const data of this.#pending ?? []) sendQuietly(this.raw, data);
    this.#pending = undefined;
    if (this.#pendingClose) closeQuietly(this.raw, this.#pendingClose.code, this.#pendingClose.reason);
    else this.save();
  }

  /** Nobody waits here for the hooks that these events run, whose promises never reject. */
  #acceptPlain(): void {
    this.raw.addEventListener("close", (event) => void this.ended(event));
    this.raw.addEventListener("error", ({ error }) => void this.failed(error));
    this.raw.accept();
  }

  /** A message came. Resolves when its hook has ended; undefined if it has by now. */
  receiveMessage(data: string | ArrayBuffer): Promise<void> | undefined {
    this.session?.receiveMessage(typeof data === "string" ? data : new Uint8Array(data));
    return this.session?.hooks.idle();
  }

  /** It closed, as workerd tells. */
  ended(event: WorkerCloseEvent): Promise<void> | undefined {
    if (this.session) ended(this.session, this.raw, event);
    return this.session?.hooks.idle();
  }

  /** Its connection failed. */
  failed(error: unknown): Promise<void> | undefined {
    if (this.session) failed(this.session, error);
    return this.session?.hooks.idle();
  }

  send(data: Message): number {
    if (this.#pending) this.#pending.push(copied(data));
    else sendQuietly(this.raw, data);
    return 0;
  }

  close(code: number, reason: string): void {
    if (this.#pending) this.#pendingClose = { code, reason };
    else closeQuietly(this.raw, code, reason);
  }

  /** When its client last sent something, in milliseconds of the epoch. */
  get lastReceived(): number {
    return this.#lastReceived;
  }

  /** A message came. The time is kept to within `withinMs`, so that few messages cost a write. */
  noteReceived(withinMs: number): void {
    if (Date.now() - this.#lastReceived < withinMs) return;
    this.#lastReceived = Date.now();
    this.save();
  }

  /** workerd, 2026-11: nothing ends a connection at once. A Close goes out, and the socket is forgotten. */
  terminate(): void {
    this.#forget();
    this.session?.closed(1006, "", false);
  }

  /** Drops it: its client has been silent for too long. */
  timeOut(): void {
    this.#forget();
    this.session?.closed(1006, "PING_TIMEOUT", false, "PING_TIMEOUT");
  }

  #forget(): void {
    this.close(1005, "");
    // What the peer does from now on, after hibernation too, is nobody's event: `close` has been told.
    this.raw.serializeAttachment(undefined);
  }

  save(): void {
    if (!this.session) return;
    const attachment: Attachment = {
      onesocket: snapshotBytes(this.session.snapshot),
      lastReceived: this.#lastReceived,
    };
    if (!this.#pending) this.raw.serializeAttachment(attachment);
  }
}
