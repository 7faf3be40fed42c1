/** The bytes of a frame of RFC 6455 that Wireshark shows as a tree; undefined where not all of them are told, or where it would have over `most`. */
export function frameOf(lines: readonly string[], most: number): Buffer | undefined {
  const told = (pattern: RegExp) => lines.map((line) => pattern.exec(line)?.[1]).find((value) => value !== undefined);
  const opcode = told(/= Opcode: .*\((\d+)\)/);
  const short = told(/= Payload length: (\d+)/);
  if (opcode === undefined || short === undefined) return undefined;
  const length = Number(told(/^ {4}Extended Payload length \(\d+ bits\): (\d+)/) ?? short);
  if (length > most || (short === "126" && length > 65_535)) return undefined;
  const payload = payloadOf(lines, length);
  if (!payload) return undefined;
  const [fin, reserved] = [told(/= Fin: (True|Set)/) ? 0x80 : 0, Number(told(/= Reserved: (0x[0-9a-f]+)/) ?? 0) << 4];
  const key = told(/^ {4}Masking-Key: ([0-9a-f]{8})/);
  const mask = key === undefined ? undefined : Buffer.from(key, "hex");
  const head = Buffer.from([
    fin | reserved | Number(opcode),
    (mask ? 0x80 : 0) | Number(short),
    ...more(Number(short), length),
  ]);
  return Buffer.concat([head, mask ?? Buffer.alloc(0), payload.map((byte, at) => byte ^ (mask?.[at % 4] ?? 0))]);
}

function more(short: number, length: number): Buffer {
  const bytes = Buffer.alloc(short === 127 ? 8 : short === 126 ? 2 : 0);
  if (short === 126) bytes.writeUInt16BE(length);
  if (short === 127) bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

/** A text that is not cut, bytes in hex, or a code and a reason. What is compressed is shown otherwise than it went. */
function payloadOf(lines: readonly string[], length: number): Buffer | undefined {
  const at = lines.findIndex((line) => /^ {8}(?:Text|Ping|Pong|Close)\b|^ {4}Data: /.test(line));
  const line = lines[at] ?? "";
  const [, cut, text] = /^ {8}Text( \[truncated\])?: (.*)$/.exec(line) ?? [];
  // Of a long text the beginning is shown, and its length.
  if (cut !== undefined && text !== undefined && !isCompressed(lines))
    return Buffer.from(text.padEnd(length)).subarray(0, length);
  const [, hex] = /(?:Ping|Pong|Data): ([0-9a-f]+)$/.exec(line) ?? [];
  const isClose = /^ {8}Close$/.test(line);
  const bytes = isClose
    ? closeOf(lines.slice(at + 1))
    : text === undefined
      ? Buffer.from(hex ?? "", "hex")
      : Buffer.from(text);
  return bytes.length === length ? bytes : undefined;
}

function isCompressed(lines: readonly string[]): boolean {
  return lines.some((line) => /= Per-Message Compressed: (?:True|Set)$/.test(line));
}

/** Empty where the code is none of two bytes. */
function closeOf(lines: readonly string[]): Buffer {
  const told = (pattern: RegExp) => lines.map((line) => pattern.exec(line)?.[1]).find((value) => value !== undefined);
  const code = Number(told(/^ {12}Status code: .*\((\d+)\)/) ?? 0);
  if (code > 65_535) return Buffer.alloc(0);
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(told(/^ {12}Reason: (.*)$/) ?? "")]);
}
