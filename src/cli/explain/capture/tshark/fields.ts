import type { Endpoints } from "../endpoints.ts";
import { FLAG, type Segment } from "../packet.ts";

/** A packet by the names that Wireshark has for its fields, such as `tcp.srcport`. */
export type Fields = (name: string) => string | undefined;

/** The TCP segment that a packet's fields tell of; undefined where they tell of none. */
export function segmentOf(field: Fields, endpoints: Endpoints): Segment | undefined {
  const [fromPort, toPort] = [Number(field("tcp.srcport")), Number(field("tcp.dstport"))];
  const source = field("ip.src") ?? field("ipv6.src");
  const target = field("ip.dst") ?? field("ipv6.dst");
  if (!source || !target || !(fromPort > 0) || !(toPort > 0)) return undefined;
  const from = endpoints.ofName(shown(source, fromPort), fromPort);
  const to = endpoints.ofName(shown(target, toPort), toPort);
  if (from === undefined || to === undefined) return undefined;
  const flags = flagsOf(field);
  const payload = Buffer.from((field("tcp.payload") ?? "").replaceAll(":", ""), "hex");
  const acked = number(field("tcp.ack_raw") ?? field("tcp.ack"));
  return {
    ms: timeOf(field),
    from,
    to,
    fromPort,
    toPort,
    seq: number(field("tcp.seq_raw") ?? field("tcp.seq")) ?? 0,
    ack: (flags & FLAG.ACK) === 0 ? undefined : acked,
    flags,
    window: number(field("tcp.window_size") ?? field("tcp.window_size_value")) ?? 1,
    payload,
    length: number(field("tcp.len")) ?? payload.length,
  };
}

function shown(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The flags as a number, or each by its own field. */
function flagsOf(field: Fields): number {
  const all = number(field("tcp.flags"));
  if (all !== undefined) return all;
  const has = (name: string, flag: number) => (/^(?:1|true)$/i.test(field(`tcp.flags.${name}`) ?? "") ? flag : 0);
  return has("fin", FLAG.FIN) | has("syn", FLAG.SYN) | has("reset", FLAG.RST) | has("ack", FLAG.ACK);
}

/** Since 1970 where that is told, else since the first packet: milliseconds. Newer versions write a date. */
function timeOf(field: Fields): number {
  const epoch = field("frame.time_epoch");
  if (epoch !== undefined) return /^\d+(?:\.\d+)?$/.test(epoch) ? Number(epoch) * 1000 : Date.parse(epoch) || 0;
  return (Number(field("frame.time_relative")) || 0) * 1000;
}

/** Decimal, or hexadecimal behind 0x. */
function number(text: string | undefined): number | undefined {
  return text === undefined || text === "" || Number.isNaN(Number(text)) ? undefined : Number(text) >>> 0;
}
