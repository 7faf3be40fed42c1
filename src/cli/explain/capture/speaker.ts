import type { Side } from "../explanation.ts";
import type { FrameScanner } from "../frames/scanner.ts";
import { HttpReader } from "./http-reader.ts";
import type { Opening } from "./opening.ts";

/** A Close that a side sent. */
export interface SeenClose {
  readonly code: number;
  readonly reason: string;
  readonly at: number;
  /** Whether the other side had sent none. */
  readonly isFirst: boolean;
}

/** One side of a connection, and what is known of what it said. */
export class Speaker {
  readonly side: Side;
  /** Whole messages that it sent. */
  messages = 0;
  /** Its first Close. */
  close: SeenClose | undefined;
  /** When it last sent anything. */
  lastAt = 0;
  /** When it sent the first Ping since the other side said anything. */
  pinged: number | undefined;
  /** What it begins with, where that is neither HTTP nor a frame. */
  alien: Opening["kind"] | undefined;
  /** How many bytes it sent that the capture does not have. */
  unseen = 0;
  /** So much of what it said is missing that what followed is not known. */
  blind = false;
  /** Nothing more is read of it. */
  mute = false;
  /** Of a connection that was opened before the capture began: where its frames begin is not known yet. */
  unsynced = false;
  /** Reads its frames, once the connection is switched. */
  scanner: FrameScanner | undefined;
  #reader: HttpReader | undefined;

  constructor(side: Side) {
    this.side = side;
  }

  /** Reads its heads of HTTP. */
  get reader(): HttpReader {
    this.#reader ??= new HttpReader(this.side);
    return this.#reader;
  }

  /** How the body of its last head begins. */
  get body(): Buffer {
    return this.#reader?.body ?? NOTHING;
  }

  /** What of a head has come. */
  get begun(): Buffer {
    return this.#reader?.begun ?? NOTHING;
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

/** The other end. */
export function other(side: Side): Side {
  return side === "client" ? "server" : "client";
}
