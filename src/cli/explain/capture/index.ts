import type { Kind } from "../kind.ts";
import type { Endpoints } from "./endpoints.ts";
import { captureFindings } from "./findings.ts";
import { segmentAt } from "./ip.ts";
import { ipAt } from "./link.ts";
import type { Packet, Segment } from "./packet.ts";
import { eachOfPcap, isPcap } from "./pcap.ts";
import { eachOfPcapng, isPcapng } from "./pcapng.ts";

/** A capture of packets: a .pcap or .pcapng file. */
export const capture: Kind = {
  recognise: (document, at) => (at === 0 && isCapture(bufferOf(document.bytes)) ? Number.POSITIVE_INFINITY : undefined),
  read({ document }, { secrets }) {
    const bytes = bufferOf(document.bytes);
    return captureFindings((take, endpoints) => {
      const each = (packet: Packet) => takePacket(packet, endpoints, take);
      if (isPcap(bytes)) eachOfPcap(bytes, each);
      else eachOfPcapng(bytes, each);
    }, secrets);
  },
};

function isCapture(bytes: Buffer): boolean {
  return isPcap(bytes) || isPcapng(bytes);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function takePacket(
  { ms, bytes, start, end, link }: Packet,
  endpoints: Endpoints,
  take: (segment: Segment) => void,
): void {
  const at = ipAt(bytes, start, end, link);
  const segment = at === undefined ? undefined : segmentAt(bytes, at, end, ms, endpoints);
  if (segment) take(segment);
}
