/** One packet of a capture, as it was written down. */
export interface Packet {
  /** When it was seen: milliseconds since 1970, or whatever the capture counts from. */
  readonly ms: number;
  /** What it stands in. */
  readonly bytes: Buffer;
  /** From where to where there: what was kept of it, from its link header on. */
  readonly start: number;
  readonly end: number;
  /** What kind of link header it has: a LINKTYPE_ of tcpdump.org. */
  readonly link: number;
}

/** Calls for each packet. */
export type EachPacket = (packet: Packet) => void;

/** One TCP segment. */
export interface Segment {
  readonly ms: number;
  /** The indices of its endpoints. */
  readonly from: number;
  readonly to: number;
  readonly fromPort: number;
  readonly toPort: number;
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

/** The bits of a segment's flags (RFC 9293 §3.1). */
export const FLAG = { FIN: 1, SYN: 2, RST: 4, ACK: 16 } as const;
