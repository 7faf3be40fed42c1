import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { encodeTextFrame } from "../../../../src/core/protocol/frame.ts";

/** What goes on in a large capture. */
export type Crowd = "SYN flood" | "handshakes" | "plain HTTP" | "small frames" | "large frames" | "TLS";

const SYN = 2;
const ACK = 16;
const FIN_ACK = 17;

export const CROWD_NAMES: readonly Crowd[] = [
  "SYN flood",
  "handshakes",
  "plain HTTP",
  "small frames",
  "large frames",
  "TLS",
];

/** A pcap file of so many bytes, or a little more, in which one thing happens again and again. */
export function largeCapture(crowd: Crowd, bytes: number): Buffer {
  const file = new Writer(bytes + (1 << 17));
  for (let number = 0; file.length < bytes; number++) CROWDS[crowd](file, number);
  return file.bytes;
}

/** What `onesocket explain` did in a process of its own. */
export interface Measured {
  readonly stdout: string;
  readonly code: number | string;
  /** User and system: milliseconds. */
  readonly cpuMs: number;
  /** The most memory that it had: bytes. */
  readonly peak: number;
}

/** Prints to stderr what the process took, when it ends. */
const TELLING = `data:text/javascript,${encodeURIComponent(`
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    process._rawDebug(JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peak: maxRSS * 1024 }));
  });
`)}`;

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../../../..");

/** Runs `onesocket explain` in a process of its own, with these flags of Node. Rejects when it has not ended after a minute. */
export async function measuredExplain(asked: string, flags: readonly string[] = []): Promise<Measured> {
  const args = [
    ...flags,
    "--conditions=onesocket-source",
    `--import=${TELLING}`,
    join(ROOT, "src/cli/main.ts"),
    "explain",
    asked,
  ];
  const { stdout, stderr, code = 0 } = await run(process.execPath, args, { timeout: 60_000 }).catch((error) => error);
  const told = JSON.parse(String(stderr).trimEnd().split("\n").at(-1)!) as Pick<Measured, "cpuMs" | "peak">;
  return { stdout, code, ...told };
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const REQUEST = Buffer.from(
  `GET /chat HTTP/1.1\r\nHost: chat.example\r\nOrigin: http://chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
);
const SWITCHED = Buffer.from(
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
);
const GET = Buffer.from("GET /style.css HTTP/1.1\r\nHost: www.example\r\nAccept: */*\r\n\r\n");
const OK = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: 200\r\n\r\n${"a".repeat(200)}`);
const SMALL = Buffer.from(encodeTextFrame("hello", 0x37fa213d));
const LARGE = Buffer.from(encodeTextFrame("x".repeat(60_000), 0x37fa213d));
const RECORD = Buffer.concat([Buffer.from("1703030400", "hex"), Buffer.alloc(1024, 7)]);

const CROWDS: Readonly<Record<Crowd, (file: Writer, number: number) => void>> = {
  "SYN flood": (file, number) => file.packet(number, true, SYN, 0, 0),
  handshakes(file, number) {
    open(file, number);
    exchange(file, number, REQUEST, SWITCHED);
    close(file, number, REQUEST.length, SWITCHED.length);
  },
  "plain HTTP"(file, number) {
    open(file, number);
    exchange(file, number, GET, OK);
    close(file, number, GET.length, OK.length);
  },
  "small frames": (file, number) => long(file, number, SMALL),
  "large frames": (file, number) => long(file, number, LARGE),
  TLS: (file, number) => long(file, number, RECORD, "TLS"),
};

function open(file: Writer, number: number): void {
  file.packet(number, true, SYN, 0, 0);
  file.packet(number, false, SYN | ACK, 0, 1);
  file.packet(number, true, ACK, 1, 1);
}

function exchange(file: Writer, number: number, request: Buffer, answer: Buffer): void {
  file.packet(number, true, ACK, 1, 1, request);
  file.packet(number, false, ACK, 1, 1 + request.length, answer);
}

function close(file: Writer, number: number, sent: number, got: number): void {
  file.packet(number, false, FIN_ACK, 1 + got, 1 + sent);
  file.packet(number, true, FIN_ACK, 1 + sent, 2 + got);
}

/** One connection that goes on and on: the handshake comes first, and `bytes` again and again after it. */
function long(file: Writer, number: number, bytes: Buffer, scheme?: "TLS"): void {
  if (number === 0) {
    open(file, 0);
    if (!scheme) exchange(file, 0, REQUEST, SWITCHED);
    return;
  }
  const before = scheme ? 1 : 1 + REQUEST.length;
  file.packet(0, true, ACK, before + (number - 1) * bytes.length, scheme ? 1 : 1 + SWITCHED.length, bytes);
}

/** Ethernet, IPv4 and TCP, without checksums, little-endian. */
class Writer {
  length = 24;
  readonly #buffer: Buffer;
  #packets = 0;

  constructor(size: number) {
    this.#buffer = Buffer.alloc(size);
    this.#buffer.write("d4c3b2a1020004000000000000000000ffff000001000000", "hex");
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }

  /** A segment of the client with this number, or to it: each has an address and a port of its own. */
  packet(number: number, isFromClient: boolean, flags: number, seq: number, ack: number, payload?: Buffer): void {
    const size = 54 + (payload?.length ?? 0);
    const at = this.length;
    const buffer = this.#buffer;
    const micros = this.#packets++ * 10;
    buffer.writeUInt32LE(1_700_000_000 + Math.floor(micros / 1e6), at);
    buffer.writeUInt32LE(micros % 1e6, at + 4);
    buffer.writeUInt32LE(size, at + 8);
    buffer.writeUInt32LE(size, at + 12);
    const ip = at + 30;
    buffer.writeUInt16BE(0x0800, at + 28);
    buffer[ip] = 0x45;
    buffer.writeUInt16BE(size - 14, ip + 2);
    buffer[ip + 9] = 6;
    const [client, server] = isFromClient ? [0, 1] : [1, 0];
    buffer.writeUInt32BE(0x0a000000 + (number >> 14), ip + 12 + client * 4);
    buffer.writeUInt32BE(0xc0a80001, ip + 12 + server * 4);
    buffer.writeUInt16BE(40_000 + (number & 0x3fff), ip + 20 + client * 2);
    buffer.writeUInt16BE(8080, ip + 20 + server * 2);
    buffer.writeUInt32BE(seq, ip + 24);
    buffer.writeUInt32BE(ack, ip + 28);
    buffer[ip + 32] = 0x50;
    buffer[ip + 33] = flags;
    buffer.writeUInt16BE(0xffff, ip + 34);
    payload?.copy(buffer, ip + 40);
    this.length = at + 16 + size;
  }
}
