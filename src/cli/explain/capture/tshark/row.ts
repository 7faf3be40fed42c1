/** One line of Wireshark's list of packets. */
export interface Row {
  readonly ms: number;
  readonly source: string;
  readonly target: string;
  /** Such as TCP, HTTP, WebSocket, TLSv1.3 or DNS. */
  readonly protocol: string;
  readonly info: string;
  /** Of a row of TCP. */
  readonly ports: readonly [source: number, target: number] | undefined;
  readonly flags: ReadonlySet<string>;
}

/** The line by its default columns: number, time, source, destination, protocol, length, info. Arrows stand in tshark's only. */
const ROW =
  /^\s*\d+\s+(?:(\d+\.\d+)|\d{4}-\d\d-\d\d (\d\d):(\d\d):(\d\d\.\d+))\s+([\w.:-]+)\s+(?:→|->|\s)\s*([\w.:-]+)\s+([A-Za-z][\w./-]*)\s+(\d+)\s+(.*)$/;

const PORTS = /^(?:\[[^\]]*\]\s*)*(\d+)\s*(?:→|->|>)\s*(\d+) \[([A-Z, ]+)\]/;

/** A packet, of whatever protocol; undefined for other lines. */
export function rowOf(line: string): Row | undefined {
  const [, seconds, hour, minute, second, source = "", target = "", protocol = "", , info = ""] =
    ROW.exec(line.slice(0, 2000)) ?? [];
  if (protocol === "") return undefined;
  const [, from, to, flags = ""] = PORTS.exec(info) ?? [];
  const ms =
    seconds === undefined
      ? ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
      : Number(seconds) * 1000;
  return {
    ms,
    source,
    target,
    protocol,
    info: info.trim(),
    ports: from === undefined ? undefined : [Number(from), Number(to)],
    flags: new Set(flags.split(", ").filter(Boolean)),
  };
}
