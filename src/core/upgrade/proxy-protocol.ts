import { parseAddress } from "../contract/ip-address.ts";
import { firstBytes } from "../protocol/first-bytes.ts";
import { type Preamble, type ReadPreamble, type Source, signatureOf } from "./proxy-signature.ts";

/** "A 108-byte buffer is always enough to store all the line and a trailing zero" (§2.1). */
const LINE_BYTES = 107;

/** Of version 2: what follows the first 16 bytes. Addresses are 216 at most; certificates of clients may come behind them. */
const BODY_BYTES = 16_384;

const PARTIAL: Preamble = { kind: "partial" };

/** Reads the first bytes of a proxy that is trusted, and shows them where they are wrong. */
export const shownPreamble: ReadPreamble = (bytes, ended) => {
  const preamble = readPreamble(bytes);
  const cut = ended && preamble.kind === "partial" ? "it is cut off" : undefined;
  const what = preamble.kind === "malformed" ? preamble.what : cut;
  return what ? malformed(`${what}: ${firstBytes(bytes).shown}`) : preamble;
};

/** Reads the first bytes of a proxy that is trusted: all that have come so far. Never throws. */
export function readPreamble(bytes: Uint8Array): Preamble {
  const preamble = signatureOf(bytes);
  if (preamble.kind !== "foreign") return preamble;
  return bytes[0] === VERSION_1 ? readLine(bytes) : readBinary(bytes);
}

/** The "P" of "PROXY". */
const VERSION_1 = 0x50;

const LINE = /^PROXY (TCP[46]) ([\da-fA-F:.]+) ([\da-fA-F:.]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/;

function readLine(bytes: Uint8Array): Preamble {
  const text = String.fromCharCode(...bytes.subarray(0, LINE_BYTES));
  const end = text.indexOf("\r\n");
  if (end < 0) return bytes.length < LINE_BYTES ? PARTIAL : malformed(`no line of at most ${LINE_BYTES} bytes`);
  const line = text.slice(0, end);
  const header = { kind: "header", length: end + 2 } as const;
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { ...header, source: undefined };
  const [, family, from = "", to = "", ...ports] = LINE.exec(line) ?? [];
  const [source, destination] = [from, to].map((address) => addressOf(family, address));
  const [port = 0, other = 0] = ports.map(Number);
  if (!source || !destination || port > 65_535 || other > 65_535) return malformed("its addresses or ports are none");
  return { ...header, source: { remoteAddress: source, remotePort: port } };
}

/** "TCP4" has IPv4 addresses, "TCP6" has IPv6. */
function addressOf(family: string | undefined, text: string): string | undefined {
  return text.includes(":") === (family === "TCP6") ? parseAddress(text)?.text : undefined;
}

/** Bytes of the addresses and ports of a family: unspecified, IPv4, IPv6, Unix. */
const ADDRESS_BYTES = [0, 12, 36, 216];

function readBinary(bytes: Uint8Array): Preamble {
  if (bytes.length < 16) return PARTIAL;
  const [command = 0, kind = 0, high = 0, low = 0] = bytes.subarray(12);
  const [length, family, transport] = [high * 256 + low, kind >> 4, kind & 15];
  if (command >> 4 !== 2) return malformed(`its version is ${command >> 4}`);
  if ((command & 15) > 1) return malformed(`its command is ${command & 15}`);
  if (length > BODY_BYTES) return malformed(`it has ${length} bytes`);
  // 2 is datagrams, which no connection is made of.
  if (family > 3 || transport > 1) return malformed(`its address family and transport are 0x${kind.toString(16)}`);
  const isLocal = (command & 15) === 0;
  const size = ADDRESS_BYTES[family] ?? 0;
  if (!isLocal && length < size) return malformed("its addresses are cut off");
  if (bytes.length < 16 + length) return PARTIAL;
  const body = bytes.subarray(16, 16 + size);
  const source = isLocal || transport === 0 ? undefined : sourceOf(body, family);
  return { kind: "header", length: 16 + length, source };
}

function sourceOf(body: Uint8Array, family: number): Source | undefined {
  if (family === 1) return { remoteAddress: body.subarray(0, 4).join("."), remotePort: numberAt(body, 8) };
  if (family !== 2) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => numberAt(body, 2 * i).toString(16));
  const address = parseAddress(groups.join(":"));
  return address && { remoteAddress: address.text, remotePort: numberAt(body, 32) };
}

/** Two bytes, the higher one first. */
function numberAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function malformed(what: string): Preamble {
  return { kind: "malformed", what };
}
