import type { Kind } from "../../kind.ts";
import type { Fields } from "./fields.ts";
import { frameOf } from "./frame.ts";
import { packetFindings } from "./packets.ts";

/** What tshark prints with -V, and Wireshark exports as plain text: each packet as a tree, its bytes in words. */
export const tsharkDetails: Kind = {
  recognise(document, at) {
    const { lines } = document;
    if (!document.isText || !FRAME.test(lines[at] ?? "")) return undefined;
    let to = at + 1;
    while (to < lines.length && BELONGS.test(lines[to]!)) to++;
    return to;
  },
  read({ document, from, to }, { secrets }) {
    const packets = packetsIn(document.lines.slice(from, to));
    return packetFindings(packets.map(fieldsOf), secrets);
  },
};

const FRAME = /^Frame \d+: \d+ bytes on wire/;

/** What stands in a packet: what is indented, bytes, and the headings of layers. */
const BELONGS =
  /^(?:\s|$|[0-9a-f]{4} {2}|\[|(?:Frame \d+:|Ethernet|Linux cooked|Null\/Loopback|Raw packet|802\.1Q|PPP|Internet Protocol|Transmission Control|User Datagram|Hypertext Transfer|WebSocket|Transport Layer|Secure Sockets|Line-based|JavaScript Object|eXtensible Markup|Media Type|MIME|Data \(|Data$|Domain Name|Address Resolution|Internet Control))/;

function packetsIn(lines: readonly string[]): readonly (readonly string[])[] {
  const starts = lines.flatMap((line, at) => (FRAME.test(line) ? [at] : []));
  return starts.map((start, at) => lines.slice(start, starts[at + 1]));
}

const IP = /^Internet Protocol Version (4|6), Src: (?:\S+ \()?([\da-fA-F.:]+)\)?, Dst: (?:\S+ \()?([\da-fA-F.:]+)/;
const TCP = /^Transmission Control Protocol, Src Port: (?:\S+ \()?(\d+)\)?(?: \(\d+\))?, Dst Port: (?:\S+ \()?(\d+)/;

/** The lines that tell of a field, and how. */
const TOLD: Readonly<Record<string, RegExp>> = {
  "frame.time_epoch": /^ {4}Epoch (?:Arrival )?Time: ([\d.]+)/,
  "frame.time_relative": /^ {4}\[Time since reference or first frame: ([\d.]+)/,
  "tcp.flags": /^ {4}Flags: (0x[0-9a-f]{3,4}) \(/,
  "tcp.len": /^ {4}\[TCP Segment Len: (\d+)\]/,
  "tcp.seq_raw": /^ {4}Sequence number \(raw\): (\d+)/i,
  "tcp.seq": /^ {4}Sequence number: (\d+)/i,
  "tcp.ack_raw": /^ {4}Acknowledgment number \(raw\): (\d+)/i,
  "tcp.ack": /^ {4}Acknowledgment number: (\d+)/i,
  "tcp.window_size": /^ {4}\[Calculated window size: (\d+)\]/,
};

function fieldsOf(lines: readonly string[]): Fields {
  const found = new Map<string, string>();
  for (const line of lines) {
    const [, version, source = "", target = ""] = IP.exec(line) ?? [];
    // Of a tunnel the inner one counts.
    if (version !== undefined) found.set("ip.src", source).set("ip.dst", target);
    const [, from, to = ""] = TCP.exec(line) ?? [];
    if (from !== undefined) found.set("tcp.srcport", from).set("tcp.dstport", to);
    for (const [name, told] of Object.entries(TOLD)) {
      const value = told.exec(line)?.[1];
      if (value !== undefined) found.set(name, value);
    }
  }
  const length = Math.min(Number(found.get("tcp.len") ?? 0), MOST_BYTES);
  const payload = length > 0 ? payloadOf(lines, length) : undefined;
  if (payload) found.set("tcp.payload", payload.toString("hex"));
  return (name) => found.get(name);
}

/** No packet has more, also where a network card has joined several. */
const MOST_BYTES = 1_048_576;

/** The head of HTTP and the frames that the tree shows, as far as all of their bytes are known. */
function payloadOf(lines: readonly string[], length: number): Buffer {
  const parts: Buffer[] = [headOf(lines)];
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] !== "WebSocket") continue;
    const next = lines.findIndex((line, index) => index > at && line === "WebSocket");
    const frame = frameOf(lines.slice(at + 1, next < 0 ? lines.length : next), length);
    if (!frame) break;
    parts.push(frame);
  }
  const all = Buffer.concat(parts);
  // What began in an earlier packet is shown in the one that ends it.
  return all.length > length ? Buffer.alloc(0) : all;
}

/** Its lines end as they are written in C; what hangs below them is Wireshark's own. */
function headOf(lines: readonly string[]): Buffer {
  const at = lines.findIndex((line) => /^Hypertext Transfer Protocol/.test(line));
  if (at < 0) return Buffer.alloc(0);
  const own = lines.slice(at + 1).filter((line) => /^ {4}(?! |\[)/.test(line) && line.endsWith("\\r\\n"));
  const end = own.indexOf("    \\r\\n");
  const head = end < 0 ? own : own.slice(0, end + 1);
  return Buffer.from(head.map((line) => line.slice(4).replace(/\\r\\n$/, "\r\n")).join(""), "latin1");
}
