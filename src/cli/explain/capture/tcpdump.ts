import { dumpAt } from "../bytes/rows.ts";
import type { Kind } from "../kind.ts";
import { Endpoints } from "./endpoints.ts";
import { captureFindings } from "./findings.ts";
import { segmentAt } from "./ip.ts";
import { ipAt, LINK } from "./link.ts";
import type { Segment } from "./packet.ts";
import { beginsPacket, isTcpdumpsOwn, type ToldSegment, timeOf, toldSegment } from "./tcpdump-line.ts";

/** What tcpdump prints: its lines alone, or with the packets in hex (-x, -X, -xx, -XX) or as text (-A). Wireshark's dumps of packets too. */
export const tcpdump: Kind = {
  recognise(document, at) {
    const { lines } = document;
    if (!document.isText || !begins(lines, at)) return undefined;
    let to = at;
    while (to < lines.length) {
      const next = afterPacket(lines, to);
      if (next === undefined) break;
      to = next;
    }
    return to;
  },
  read({ document, from, to }, { secrets }) {
    return captureFindings(
      (take, endpoints) => eachPrinted(document.lines.slice(from, to), take, endpoints),
      secrets,
    ).map((finding) => ({
      ...finding,
      lines: [from, to] as const,
    }));
  },
};

function begins(lines: readonly string[], at: number): boolean {
  return isPacketLine(lines, at) || (/^\s*(?:0x)?0000/.test(lines[at]!) && packetIn(lines, at) !== undefined);
}

function isPacketLine(lines: readonly string[], at: number): boolean {
  return (
    beginsPacket(lines[at]!) &&
    (toldSegment(lines[at]!, lines[at + 1] ?? "") !== undefined || /\bIP6? /.test(lines[at]!))
  );
}

/** The line after a packet and all that is printed of it; undefined when none begins here. */
function afterPacket(lines: readonly string[], at: number): number | undefined {
  const line = lines[at]!;
  if (line.trim() === "" || isTcpdumpsOwn(line)) return hasMore(lines, at) ? at + 1 : undefined;
  if (!isPacketLine(lines, at)) return packetIn(lines, at)?.to;
  let to = at + 1;
  // With -v a packet has a second line.
  if (/\(tos |\(flowlabel |\(class |\(hlim /.test(line) && /^\s+\S+ > \S+: /.test(lines[to] ?? "")) to++;
  const length = toldSegment(line, lines[at + 1] ?? "")?.length ?? 0;
  if (isRead(lines[to - 1]!)) to = afterText(lines, to, length, /^\s+[A-Z]/);
  const dump = lines[to] === undefined ? undefined : dumpAt(lines, to);
  return dump ? dump.to : afterText(lines, to, length, /^E|^`/);
}

/** Whether tcpdump has read HTTP in a packet: with -v it prints the head behind it, each line after a tab. */
function isRead(line: string): boolean {
  return /: HTTP, length: \d+\s*$/.test(line);
}

/** Whether tcpdump goes on behind an empty line. */
function hasMore(lines: readonly string[], at: number): boolean {
  for (let next = at + 1; next < Math.min(lines.length, at + 3); next++)
    if (lines[next]!.trim() !== "") return begins(lines, next);
  return false;
}

/** Headers of IP and TCP as text are never longer. */
const MOST_HEADERS = 120;

/** The line after a packet as text, whose length its line tells. */
function afterText(lines: readonly string[], at: number, length: number, begins: RegExp): number {
  if (!begins.test(lines[at] ?? "")) return at;
  let to = at;
  for (let taken = 0; to < lines.length && taken <= length + MOST_HEADERS; to++) {
    if (isPacketLine(lines, to) || isTcpdumpsOwn(lines[to]!) || /^\s*0x0000:/.test(lines[to]!)) break;
    taken += lines[to]!.length + 1;
  }
  return to;
}

/** A packet that is printed in hex by itself, sound in its checksum, and the line after it. */
function packetIn(
  lines: readonly string[],
  at: number,
  endpoints: Endpoints = new Endpoints(),
): { readonly segment: Segment; readonly to: number } | undefined {
  const dump = lines[at] === undefined ? undefined : dumpAt(lines, at);
  const segment = dump && segmentIn(Buffer.from(dump.bytes), 0, endpoints);
  return segment ? { segment, to: dump.to } : undefined;
}

/** The segment in a packet that begins with IP, or with a link's header. */
function segmentIn(bytes: Buffer, ms: number, endpoints: Endpoints): Segment | undefined {
  for (const link of [LINK.RAW, LINK.ETHERNET, LINK.SLL, LINK.SLL2]) {
    const at = ipAt(bytes, 0, bytes.length, link);
    const segment =
      at !== undefined && isSound(bytes, at) ? segmentAt(bytes, at, bytes.length, ms, endpoints) : undefined;
    if (segment) return segment;
  }
  return undefined;
}

/** Whether an IP header is one: of IPv4 the checksum tells. */
function isSound(bytes: Buffer, at: number): boolean {
  if (bytes[at]! >> 4 === 6) return bytes.length >= at + 40;
  const size = (bytes[at]! & 15) * 4;
  if (bytes[at]! >> 4 !== 4 || size < 20 || bytes.length < at + size) return false;
  let sum = 0;
  for (let next = at; next < at + size; next += 2) sum += bytes.readUInt16BE(next);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum === 0xffff;
}

function eachPrinted(lines: readonly string[], take: (segment: Segment) => void, endpoints: Endpoints): void {
  const numbers = new Numbers(endpoints);
  for (let at = 0; at < lines.length; ) {
    const to = afterPacket(lines, at) ?? at + 1;
    const told = isPacketLine(lines, at) ? toldSegment(lines[at]!, lines[at + 1] ?? "") : undefined;
    const segment =
      printedIn(lines, at, to, told, endpoints) ??
      (told && numbers.segment(told, textOf(lines.slice(at + 1, to), told.length)));
    if (segment) take(segment);
    at = to;
  }
}

/** What the hex behind a line shows, which is all. */
function printedIn(
  lines: readonly string[],
  at: number,
  to: number,
  told: ToldSegment | undefined,
  endpoints: Endpoints,
): Segment | undefined {
  if (told === undefined) return isPacketLine(lines, at) ? undefined : packetIn(lines, at, endpoints)?.segment;
  const first = lines.slice(at, to).findIndex((line) => /^\s*(?:0x)?0000:/.test(line));
  const dump = first < 0 ? undefined : dumpAt(lines, at + first);
  return dump && segmentIn(Buffer.from(dump.bytes), timeOf(lines[at]!) ?? 0, endpoints);
}

/** The heads of HTTP that a packet printed as text shows; frames cannot be read from it. */
function textOf(lines: readonly string[], length: number): Uint8Array {
  const text = `${lines.map((line) => line.replace(/^\t| {4,}/, "")).join("\n")}\n`;
  const head = /(?:[A-Z]{3,10} [!-~]+ HTTP\/1\.[01]|HTTP\/1\.[01] \d{3}[^\n]*)\n/.exec(text);
  if (!head || length === 0) return new Uint8Array(0);
  const behind = text.slice(head.index);
  const end = behind.indexOf("\n\n");
  // A CR before a LF is not printed.
  return Buffer.from((end < 0 ? behind : behind.slice(0, end + 2)).replaceAll("\n", "\r\n"), "latin1").subarray(
    0,
    length,
  );
}

/** Makes absolute numbers of those that tcpdump prints: they are absolute in the first line of a connection only. */
class Numbers {
  readonly #bases = new Map<string, number>();
  readonly #endpoints: Endpoints;

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints;
  }

  segment(told: ToldSegment, payload: Uint8Array): Segment | undefined {
    const { ms = 0, from, to, flags, length, window } = told;
    const [source, target] = [from, to].map(({ shown, port }) => this.#endpoints.ofName(shown, port));
    if (source === undefined || target === undefined) return undefined;
    const [way, back] = [`${source} ${target}`, `${target} ${source}`];
    const isSyn = (flags & 2) !== 0;
    if (isSyn || !this.#bases.has(way)) {
      if (told.seq !== undefined) this.#bases.set(way, told.seq);
      if (told.ack !== undefined && !this.#bases.has(back)) this.#bases.set(back, told.ack - 1);
    }
    const seq = this.#absolute(way, told.seq ?? this.#next.get(way));
    this.#next.set(way, (seq + length) >>> 0);
    const ack = told.ack === undefined ? undefined : this.#absolute(back, told.ack);
    const [fromPort, toPort] = [from.port, to.port];
    return { ms, from: source, to: target, fromPort, toPort, seq, ack, flags, window, payload, length };
  }

  /** Where the next segment of a way begins, for lines that do not tell. */
  readonly #next = new Map<string, number>();

  #absolute(way: string, printed: number | undefined): number {
    const base = this.#bases.get(way) ?? 0;
    if (printed === undefined) return base;
    const isAbsolute = Math.abs((printed - base) | 0) < 1 << 24 && printed >= 1 << 24;
    return isAbsolute ? printed : (base + printed) >>> 0;
  }
}
