import { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import type { Limits } from "../../core/contract/limits.ts";
import type { Message } from "../../core/contract/socket.ts";
import type { Broadcast, Transport } from "../../core/contract/transport.ts";
import { Connection, type ConnectionClose, type ConnectionSink } from "../../core/protocol/connection.ts";
import type { Extension } from "../../core/protocol/extension.ts";
import { Pongs } from "../../core/protocol/pongs.ts";
import type { ProtocolFailureCode } from "../../core/protocol/protocol-failures.ts";
import { MAX_TAKEN, release, type Span, viewOf } from "../../core/protocol/slab.ts";
import { platform } from "../shared/platform.ts";
import { onBytes } from "./reader.ts";

/** What the events of a connection go to: a session, or nothing for a socket that is only opened to be closed. */
export interface Receiver {
  receive(data: Message): void;
  /** A Pong came. */
  heard?(): void;
  closed(code: number, reason: string, wasClean: boolean, failure?: ProtocolFailureCode): void;
}

const NOTHING = new Uint8Array(0);

/** Those that have something to write when this turn of the event loop ends. */
let waiting: NodeTransport[] = [];

function flushSoon(transport: NodeTransport): void {
  if (waiting.push(transport) === 1) process.nextTick(flushAll);
}

function flushAll(): void {
  const all = waiting;
  waiting = [];
  for (const transport of all) transport.flush();
}

/** Drives the core's connection with a TCP or TLS socket, or with a stream of HTTP/2. */
export class NodeTransport implements Transport, ConnectionSink {
  readonly raw: Duplex;
  readonly #connection: Connection;
  readonly #limits: Limits;
  #receiver: Receiver | undefined;
  #pongs: Pongs | undefined;
  /** Frames that wait for the end of this turn: most are neighbours in memory, and leave in one piece. */
  #memory: Uint8Array<ArrayBuffer> | undefined;
  #from = 0;
  #to = 0;
  #corked = false;
  #reading = false;
  #paused = false;
  #decoding = false;

  constructor(socket: Duplex, limits: Limits, extension?: Extension) {
    this.raw = socket;
    this.#limits = limits;
    this.#connection = new Connection({ role: "server", limits, extension }, this);
  }

  /** Begins to read. `early` is what arrived before. */
  start(receiver: Receiver, early: readonly Uint8Array[]): void {
    this.#receiver = receiver;
    for (const chunk of early) this.#connection.receive(chunk);
    onBytes(this.raw, this);
    // It may have been paused while `upgrade` ran.
    this.#read();
    if (this.raw.destroyed || this.raw.readableEnded) this.#connection.receiveEnd();
  }

  /** The stream ended, or was lost. */
  receiveEnd(): void {
    this.#connection.receiveEnd();
  }

  /** The session bounds what it sends; what the connection answers by itself, Pongs, is bounded here. */
  receive(chunk: Uint8Array): void {
    this.#reading = true;
    try {
      this.#connection.receive(chunk);
    } finally {
      this.#reading = false;
      this.flush();
    }
    const open = this.#connection.state === "OPEN";
    if (open && this.bufferedAmount() > this.#limits.bufferedBytes) this.#connection.fail("SLOW_CONSUMER");
  }

  // The session's side.

  send(data: Message, broadcast?: Broadcast): number {
    this.#connection.send(data, broadcast);
    return this.bufferedAmount();
  }

  close(code: number, reason: string): void {
    this.#connection.close(code, reason);
  }

  ping(): void {
    this.#connection.ping();
  }

  terminate(): void {
    cut(this.raw);
  }

  bufferedAmount(): number {
    return this.raw.writableLength + this.#to - this.#from + this.#connection.unsentBytes;
  }

  drained(): Promise<void> {
    // The callback comes after all that was written before, and when the socket is destroyed.
    return new Promise((resolve) =>
      this.#connection.afterUnsent(() => {
        this.flush();
        this.raw.write(NOTHING, () => resolve());
      }),
    );
  }

  pause(): void {
    this.#paused = true;
    this.#connection.pause();
    this.#read();
  }

  resume(): void {
    this.#paused = false;
    this.#read();
    this.#connection.resume();
  }

  // The connection's side.

  /** All that is sent during one read, or else in one turn of the event loop, leaves in one system call. */
  write({ memory, from, to }: Span): void {
    if (this.#memory === memory && this.#to === from) {
      this.#to = to;
      return;
    }
    if (this.#memory !== undefined) this.#spill();
    else if (!this.#reading) flushSoon(this);
    this.#memory = memory;
    this.#from = from;
    this.#to = to;
  }

  /** Hands over what waits. */
  flush(): void {
    const memory = this.#memory;
    if (memory === undefined) return;
    const span = { memory, from: this.#from, to: this.#to };
    this.#memory = undefined;
    this.#from = 0;
    this.#to = 0;
    put(this.raw, span);
    if (this.#corked) this.raw.uncork();
    this.#corked = false;
  }

  /** What comes next lies elsewhere in memory: two pieces, but still one system call. */
  #spill(): void {
    if (!this.#corked) this.raw.cork();
    this.#corked = true;
    put(this.raw, { memory: this.#memory!, from: this.#from, to: this.#to });
  }

  pong(): void {
    this.#receiver?.heard?.();
  }

  onPing(payload: Uint8Array<ArrayBuffer>): void {
    this.#pongs ??= new Pongs(this.#limits.pongsPerSecond, platform, (latest) => this.#connection.pong(latest));
    this.#pongs.answer(payload);
  }

  message(data: Message): void {
    this.#receiver?.receive(data);
  }

  decoding(): void {
    this.#decoding = true;
    this.#read();
  }

  decoded(): void {
    this.#decoding = false;
    this.#read();
  }

  #read(): void {
    if (this.#paused || this.#decoding) this.raw.pause();
    else this.raw.resume();
  }

  closed({ code, reason, wasClean, failure }: ConnectionClose): void {
    this.#pongs?.end();
    this.#receiver?.closed(code, reason, wasClean, failure);
    this.flush();
    endSoon(this.raw, this.#limits.closeMs);
  }
}

/**
 * Writes it, and releases it when it has left: mostly at once, without a callback. Other streams than sockets may hand the
 * bytes on to someone who keeps them.
 */
function put(socket: Duplex, span: Span): void {
  const copies = socket instanceof NetSocket;
  if (socket.writableLength > 0 && isSmallPart(span)) {
    // It will wait: by itself, it does not hold memory that is many times as long.
    socket.write(Buffer.from(viewOf(span)));
    release(span);
  } else if (span.to - span.from > MAX_TAKEN) {
    socket.write(viewOf(span), (error) => {
      if (copies && !error) release(span);
    });
  } else {
    socket.write(seen(span));
    if (copies && socket.writableLength === 0) release(span);
  }
}

function isSmallPart({ memory, from, to }: Span): boolean {
  return 2 * (to - from) < memory.length;
}

let last: Span = { memory: NOTHING, from: 0, to: 0 };
let lastSeen: Buffer = Buffer.alloc(0);

/** A view of it: the last one, if that showed the same. In a broadcast of one message it saves a tenth of the time (Node 24). */
function seen(span: Span): Buffer {
  const { memory, from, to } = span;
  if (memory !== last.memory || from !== last.from || to !== last.to) {
    last = span;
    lastSeen = Buffer.from(memory.buffer, memory.byteOffset + from, to - from);
  }
  return lastSeen;
}

/**
 * Ends our side, and reads on without listening: closing with unread input would be a reset, which can overtake
 * what was just written. A peer that never ends its side is cut off after `ms`.
 */
export function endSoon(socket: Duplex, ms: number): void {
  // To end one that is gone makes an error, with its stack, and the timer would keep it: 15 % of what a lost peer costs.
  if (socket.destroyed) return;
  socket.end();
  socket.resume();
  const timer = setTimeout(() => cut(socket), ms);
  // A stream of HTTP/2 goes by itself when both sides have ended.
  socket.once("end", () => (socket as Partial<NetSocket>).destroySoon?.());
  socket.once("close", () => clearTimeout(timer));
}

/** CANCEL of RFC 9113 §7. */
const CANCEL = 8;

/** Ends it at once. To a stream of HTTP/2, RST_STREAM with CANCEL is what a reset is to TCP (RFC 8441 §5). */
export function cut(socket: Duplex): void {
  (socket as { close?(code: number): void }).close?.(CANCEL);
  socket.destroy();
}
