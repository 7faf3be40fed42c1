import { framesIn } from "../bytes/frame.ts";
import type { Side } from "../explanation.ts";
import { Conversation } from "./conversation.ts";
import type { Endpoint, Endpoints } from "./endpoints.ts";
import { FLAG, type Segment } from "./packet.ts";
import { Reassembly, type StreamSink } from "./reassembly.ts";
import { other } from "./speaker.ts";

/** One TCP connection of a capture. */
export class Flow implements StreamSink {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly talk: Conversation;
  /** Whether both sides have said what they had to, or one has cut it. */
  isOver = false;
  /** How often the client asked for a connection, and whether it got one. */
  syns = 0;
  isConnected = false;
  /** Whether its SYN was answered with RST. */
  isRefused = false;
  /** When a side said that it takes no more for now. */
  closedWindow: Side | undefined;
  lastMs = 0;
  readonly #client: Reassembly;
  readonly #server: Reassembly;
  #isn: number | undefined;

  /** @param first the segment that it begins with, as far as the capture has it */
  constructor(first: Segment, endpoints: Endpoints) {
    const isFromServer = sideOf(first) === "server";
    this.client = endpoints.at(isFromServer ? first.to : first.from);
    this.server = endpoints.at(isFromServer ? first.from : first.to);
    this.talk = new Conversation((first.flags & FLAG.SYN) !== 0);
    this.#client = new Reassembly("client", this);
    this.#server = new Reassembly("server", this);
  }

  /** Whether a segment of the same endpoints begins another connection. */
  isAnother({ flags, seq }: Segment): boolean {
    return (flags & (FLAG.SYN | FLAG.ACK)) === FLAG.SYN && this.#isn !== undefined && this.#isn !== seq;
  }

  take(segment: Segment): void {
    const { ms, from, seq, ack, flags, payload, length } = segment;
    const by = from === this.client.index ? "client" : "server";
    this.lastMs = ms;
    if (ack !== undefined) this.#stream(other(by)).acknowledged(ack);
    this.isConnected ||= (flags & (FLAG.SYN | FLAG.RST)) === 0;
    if (flags & FLAG.RST) this.#reset(by, segment);
    else if (flags & FLAG.SYN) this.#syn(by, segment);
    else this.#stream(by).segment(seq, payload, length, (flags & FLAG.FIN) !== 0, ms);
    if (segment.window === 0 && !(flags & (FLAG.RST | FLAG.SYN | FLAG.FIN))) this.closedWindow ??= by;
  }

  #stream(by: Side): Reassembly {
    return by === "client" ? this.#client : this.#server;
  }

  /** The capture is over. */
  end(): void {
    this.#client.end();
    this.#server.end();
  }

  #syn(by: Side, { seq, ack, ms }: Segment): void {
    if (ack === undefined) {
      this.#isn ??= seq;
      this.syns++;
    }
    this.isConnected ||= ack !== undefined;
    const isNew = this.#stream(by).isNew;
    this.#stream(by).syn(seq);
    if (isNew) this.talk.steps.add(ms, by, ack === undefined ? "SYN" : "SYN, ACK");
    else if (ack === undefined) this.talk.steps.add(ms, by, "SYN, once more");
  }

  #reset(by: Side, { seq, ack, ms }: Segment): void {
    // RFC 9293 §3.10.7.1: a RST to a SYN acknowledges nothing but that.
    this.isRefused = by === "server" && this.#isn !== undefined && ack === (this.#isn + 1) >>> 0 && seq === 0;
    this.end();
    if (this.#stream(by).isBehind(seq)) this.talk.skipped(by);
    this.#lookBack(by);
    this.talk.end(by, "RST", ms);
    this.isOver = true;
  }

  /** When a side ends, what it has got tells whether the capture has all that the other side sent before. */
  #lookBack(by: Side): void {
    if (this.#stream(other(by)).isUnseen) this.talk.skipped(other(by));
  }

  data(by: Side, bytes: Uint8Array, ms: number): void {
    this.talk.data(by, bytes, ms);
  }

  lost(by: Side, count: number, ms: number): void {
    this.talk.lost(by, count, ms);
  }

  skipped(by: Side): void {
    this.talk.skipped(by);
  }

  fin(by: Side, ms: number): void {
    this.#lookBack(by);
    this.talk.end(by, "FIN", ms);
    this.isOver = this.talk.ends.some((end) => end.by !== by);
  }

  /** How much was sent again. */
  get repeated(): number {
    return this.#client.repeated + this.#server.repeated;
  }
}

/** Who a segment is from, where the capture has no beginning: a server's first words, or its port, tell. */
function sideOf({ flags, fromPort, toPort, payload }: Segment): Side {
  if (flags & FLAG.SYN) return flags & FLAG.ACK ? "server" : "client";
  if (payload.length > 1) {
    const text = Buffer.from(payload.subarray(0, 8)).toString("latin1");
    if (text.startsWith("HTTP/")) return "server";
    if (/^[A-Z]{3,7} /.test(text)) return "client";
    // Only clients mask.
    const found = framesIn(payload);
    if (found?.sure) return found.frames[0]!.masked ? "client" : "server";
  }
  return fromPort < toPort ? "server" : "client";
}
