/** One packet of a capture, as it was written down. */
export interface Packet {
  /** When it was seen: milliseconds since 1970, or whatever the capture counts from. */
  readonly ms: number;
  /** What was kept of it, from its link header on. */
  readonly bytes: Buffer;
  /** What kind of link header it has: a LINKTYPE_ of tcpdump.org. */
  readonly link: number;
}

/** Calls for each packet. */
export type EachPacket = (packet: Packet) => void;

/** One TCP segment. */
export interface Segment {
  readonly ms: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Sequence number of the first byte, and what is acknowledged: 32 bits; `ack` is undefined without ACK. */
  readonly seq: number;
  readonly ack: number | undefined;
  readonly flags: number;
  readonly window: number;
  /** What was kept of the payload. */
  readonly payload: Uint8Array;
  /** How long it was on the wire. */
  readonly length: number;
}

/** An address and a port. */
export class Endpoint {
  /** A number that no other one of the capture has. */
  readonly index: number;
  readonly port: number;
  readonly #show: () => string;

  constructor(index: number, port: number, show: () => string) {
    this.index = index;
    this.port = port;
    this.#show = show;
  }

  /** As people write it. */
  get shown(): string {
    return this.#show();
  }
}

/** The endpoints of a capture, each once. */
export class Endpoints {
  /** Whether there were too many. */
  overflowed = false;
  readonly #known = new Map<number | string, Endpoint>();

  /** The endpoint with this identity; undefined once there are too many. */
  get(id: number | string, port: number, show: () => string): Endpoint | undefined {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    this.overflowed ||= this.#known.size >= MOST_ENDPOINTS;
    if (this.overflowed) return undefined;
    const made = new Endpoint(this.#known.size, port, show);
    this.#known.set(id, made);
    return made;
  }
}

const MOST_ENDPOINTS = 200_000;

/** The bits of a segment's flags (RFC 9293 §3.1). */
export const FLAG = { FIN: 1, SYN: 2, RST: 4, ACK: 16 } as const;
