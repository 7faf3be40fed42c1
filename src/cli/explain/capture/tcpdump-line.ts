import { FLAG } from "./packet.ts";

/** An address and a port, as a line has them. */
export interface ToldEndpoint {
  readonly shown: string;
  readonly port: number;
}

/** What one line of tcpdump tells of a TCP segment. */
export interface ToldSegment {
  /** Of the day, or since 1970: milliseconds; undefined without a time. */
  readonly ms: number | undefined;
  readonly from: ToldEndpoint;
  readonly to: ToldEndpoint;
  readonly flags: number;
  /** As it is printed: from the second segment on relative to the first. */
  readonly seq: number | undefined;
  readonly ack: number | undefined;
  readonly window: number;
  readonly length: number;
}

/** When a packet was seen, in all of tcpdump's forms: -t, -tt, -ttt, -tttt, -ttttt. */
const TIME = /^\s*(?:(?:(\d{4}-\d\d-\d\d) )?(\d\d):(\d\d):(\d\d\.\d+)|(\d{9,10}\.\d+))?\s*/;

const TCP =
  /(\S{1,80})[.:](\w[\w-]*) > (\S{1,80})[.:](\w[\w-]*): Flags \[([SFPRUEWe.none]+)\](?:, cksum \S+ \([^)]*\))?(?:, seq (\d+)(?::(\d+))?)?(?:, ack (\d+))?(?:, win (\d+))?.*?(?:, length (\d+))?(?=:|$|, )/;

/** Of a line no more is looked at: characters. */
const MOST = 2000;

/** Whether tcpdump begins to tell of a packet in a line: of TCP, or of another kind. */
export function beginsPacket(whole: string): boolean {
  if (!/ > |\bIP6? \(/.test(whole.slice(0, MOST))) return false;
  const line = whole.slice(0, MOST);
  return (
    /(?:^|\s)IP6? (?:\S{1,80} > \S{1,80}: |\()/.test(line) ||
    (/ > /.test(line) && /, ethertype IPv[46] /.test(line)) ||
    TCP.test(line)
  );
}

/** What tcpdump writes of itself. */
export function isTcpdumpsOwn(line: string): boolean {
  return /^(?:tcpdump: |listening on |reading from file |dropped privs to |\d+ packets? (?:captured|received by filter|dropped by))/.test(
    line.trim(),
  );
}

/** What a line tells of a segment; undefined when it is about something else. With -v the addresses come in the next line. */
export function toldSegment(line: string, next: string): ToldSegment | undefined {
  const found =
    TCP.exec(line.slice(0, MOST)) ??
    (/ proto TCP \(6\)|next-header TCP \(6\)/.test(line) ? TCP.exec(next.slice(0, MOST)) : undefined);
  if (!found) return undefined;
  const [, source = "", sourcePort = "", target = "", targetPort = "", letters = "", seq, end, ack, window, length] =
    found;
  return {
    ms: timeOf(line),
    from: endpoint(source, sourcePort),
    to: endpoint(target, targetPort),
    flags: flagsOf(letters),
    seq: number(seq),
    ack: number(ack),
    window: number(window) ?? 1,
    length: number(length) ?? (end === undefined ? 0 : Number(end) - Number(seq)),
  };
}

/** The time at the beginning of a line, in milliseconds. */
export function timeOf(line: string): number | undefined {
  const [, date, hours, minutes, seconds, epoch] = TIME.exec(line) ?? [];
  if (epoch !== undefined) return Number(epoch) * 1000;
  if (hours === undefined) return undefined;
  const days = date === undefined ? 0 : Date.parse(`${date}T00:00:00Z`);
  return days + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

function endpoint(host: string, port: string): ToldEndpoint {
  const bare = host.replace(/^\[|\]$/g, "");
  const shown = bare.includes(":") ? `[${bare}]:${port}` : `${bare}:${port}`;
  // Services have names where tcpdump was not told -n.
  return { shown, port: Number(port) || (PORTS[port] ?? 0) };
}

const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, "http-alt": 8080 };

function flagsOf(letters: string): number {
  const has = (letter: string, flag: number) => (letters.includes(letter) ? flag : 0);
  return has("S", FLAG.SYN) | has("F", FLAG.FIN) | has("R", FLAG.RST) | has(".", FLAG.ACK);
}

function number(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}
