import { Endpoints } from "../../../../src/cli/explain/capture/endpoints.ts";
import { segmentAt } from "../../../../src/cli/explain/capture/ip.ts";
import { ipAt } from "../../../../src/cli/explain/capture/link.ts";
import type { Segment } from "../../../../src/cli/explain/capture/packet.ts";
import { eachOfPcap } from "../../../../src/cli/explain/capture/pcap.ts";

/** How packets are written down. */
export interface Form {
  readonly file: "pcap" | "pcapng";
  readonly link: "ethernet" | "vlan" | "null" | "raw" | "sll" | "sll2";
  readonly version: 4 | 6;
  /** Byte order, and the clock's units in a second. */
  readonly little: boolean;
  readonly perSecond: 1_000_000 | 1_000_000_000;
}

export const PLAIN: Form = { file: "pcap", link: "ethernet", version: 4, little: true, perSecond: 1_000_000 };

const LINKS = { ethernet: 1, vlan: 1, null: 0, raw: 101, sll: 113, sll2: 276 } as const;

/** The TCP segments of a pcap file. */
export function segmentsOf(pcap: Buffer): readonly Segment[] {
  const segments: Segment[] = [];
  const endpoints = new Endpoints();
  eachOfPcap(pcap, ({ ms, bytes, start, end, link }) => {
    const segment = segmentAt(bytes, ipAt(bytes, start, end, link)!, end, ms, endpoints);
    if (segment) segments.push(segment);
  });
  return segments;
}

/** The segments of a connection on which the two sides say this, one after the other. */
export function connectionOf(
  said: readonly (readonly [by: "client" | "server", bytes: Uint8Array])[],
): readonly Segment[] {
  const ends = {
    client: { endpoint: 0, port: 50_000, seq: 1000 },
    server: { endpoint: 1, port: 80, seq: 5000 },
  };
  let ms = 1_700_000_000_000;
  const segment = (by: "client" | "server", flags: number, payload: Uint8Array = new Uint8Array(0)): Segment => {
    const [own, other] = by === "client" ? [ends.client, ends.server] : [ends.server, ends.client];
    const { seq } = own;
    own.seq += payload.length + (flags & 3 ? 1 : 0);
    const ack = flags & 16 ? other.seq : undefined;
    return {
      ms: ms++,
      from: own.endpoint,
      to: other.endpoint,
      fromPort: own.port,
      toPort: other.port,
      seq,
      ack,
      flags,
      window: 500,
      payload,
      length: payload.length,
    };
  };
  return [
    segment("client", 2),
    segment("server", 18),
    ...said.map(([by, bytes]) => segment(by, 24, bytes)),
    segment("server", 17),
    segment("client", 17),
  ];
}

/** A file of segments. */
export function fileOf(segments: readonly Segment[], form: Form = PLAIN): Buffer {
  const packets = segments.map((segment) => ({ ms: segment.ms, bytes: packetOf(segment, form) }));
  return form.file === "pcap" ? pcap(packets, form) : pcapng(packets, form);
}

interface Made {
  readonly ms: number;
  readonly bytes: Buffer;
}

function pcap(packets: readonly Made[], { link, little, perSecond }: Form): Buffer {
  const words = (...values: number[]) => wordsOf(values, little);
  const magic = perSecond === 1_000_000 ? 0xa1b2c3d4 : 0xa1b23c4d;
  const version = little ? 0x0004_0002 : 0x0002_0004;
  const records = packets.map(({ ms, bytes }) => {
    const fraction = Math.round((ms % 1000) * (perSecond / 1000)) % perSecond;
    return Buffer.concat([words(Math.floor(ms / 1000), fraction, bytes.length, bytes.length), bytes]);
  });
  return Buffer.concat([words(magic, version, 0, 0, 262_144, LINKS[link]), ...records]);
}

function pcapng(packets: readonly Made[], { link, little, perSecond }: Form): Buffer {
  const words = (...values: number[]) => wordsOf(values, little);
  const half = (value: number) => (little ? Buffer.of(value & 255, value >> 8) : Buffer.of(value >> 8, value & 255));
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    return Buffer.concat([words(type, padded.length + 12), padded, words(padded.length + 12)]);
  };
  const section = block(
    0x0a0d0d0a,
    Buffer.concat([words(0x1a2b3c4d), half(1), half(0), words(0xffffffff, 0xffffffff)]),
  );
  const clock =
    perSecond === 1_000_000
      ? Buffer.alloc(0)
      : Buffer.concat([half(9), half(1), Buffer.of(9, 0, 0, 0), half(0), half(0)]);
  const device = block(1, Buffer.concat([half(LINKS[link]), half(0), words(0), clock]));
  const records = packets.map(({ ms, bytes }) => {
    const time = BigInt(Math.round(ms * 1000)) * BigInt(perSecond / 1_000_000);
    return block(
      6,
      Buffer.concat([words(0, Number(time >> 32n), Number(time & 0xffffffffn), bytes.length, bytes.length), bytes]),
    );
  });
  return Buffer.concat([section, device, ...records]);
}

function wordsOf(values: readonly number[], little: boolean): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) {
    if (little) bytes.writeUInt32LE(value >>> 0, at * 4);
    else bytes.writeUInt32BE(value >>> 0, at * 4);
  }
  return bytes;
}

function packetOf(segment: Segment, { link, version }: Form): Buffer {
  const ip = version === 4 ? v4(segment) : v6(segment);
  const type = version === 4 ? Buffer.of(8, 0) : Buffer.of(0x86, 0xdd);
  switch (link) {
    case "ethernet":
      return Buffer.concat([Buffer.alloc(12), type, ip]);
    case "vlan":
      return Buffer.concat([Buffer.alloc(12), Buffer.of(0x81, 0, 0, 7), type, ip]);
    case "null":
      return Buffer.concat([Buffer.of(version === 4 ? 2 : 30, 0, 0, 0), ip]);
    case "sll":
      return Buffer.concat([Buffer.alloc(14), type, ip]);
    case "sll2":
      return Buffer.concat([type, Buffer.alloc(18), ip]);
    case "raw":
      return ip;
  }
}

function v4(segment: Segment): Buffer {
  const tcp = tcpOf(segment);
  const header = Buffer.from("4500000000004000400600007f0000017f000001", "hex");
  header.writeUInt16BE(20 + 20 + segment.length, 2);
  return Buffer.concat([header, tcp]);
}

/** With a hop-by-hop header, as some have. */
function v6(segment: Segment): Buffer {
  const tcp = tcpOf(segment);
  const header = Buffer.from(`6000000000000040${"0".repeat(31)}1${"0".repeat(31)}10600010400000000`, "hex");
  header.writeUInt16BE(8 + 20 + segment.length, 4);
  return Buffer.concat([header, tcp]);
}

function tcpOf({ fromPort, toPort, seq, ack, flags, window, payload }: Segment): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(fromPort, 0);
  header.writeUInt16BE(toPort, 2);
  header.writeUInt32BE(seq, 4);
  header.writeUInt32BE(ack ?? 0, 8);
  header[12] = 0x50;
  header[13] = flags;
  header.writeUInt16BE(window, 14);
  return Buffer.concat([header, payload]);
}
