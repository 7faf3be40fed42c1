/** How many bytes of something are shown. */
const SHOWN = 96;

/** Bytes as lines of a dump: offset, sixteen in hex, and as text where it is ASCII. */
export function hexDump(bytes: Uint8Array): readonly string[] {
  const shown = Buffer.from(bytes.subarray(0, SHOWN));
  const lines = [];
  for (let at = 0; at < shown.length; at += 16) lines.push(dumpLine(shown.subarray(at, at + 16), at));
  if (bytes.length > SHOWN) lines.push(`… ${bytes.length - SHOWN} bytes more`);
  return lines;
}

function dumpLine(row: Buffer, at: number): string {
  const hex = (row.toString("hex").match(/../g) ?? []).join(" ");
  return `${at.toString(16).padStart(8, "0")}  ${hex.padEnd(47)}  ${row.toString("latin1").replace(/[^ -~]/g, ".")}`;
}

/** What bytes that are no HTTP/1 look like, as the end of a sentence. */
export function looksLike(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 256)).toString("latin1");
  if (isTls(bytes)) return "TLS";
  if (isHttp2(bytes)) return "HTTP/2 frames";
  const banner = BANNERS.find(([pattern]) => pattern.test(text))?.[1];
  if (banner !== undefined) return banner;
  return /^[\t\r\n -~]+$/.test(text) ? `text: ${JSON.stringify(text.slice(0, 60))}` : "binary data";
}

const BANNERS: readonly (readonly [RegExp, string])[] = [
  [/^SSH-/, "SSH"],
  [/^RFB \d/, "VNC"],
  [/^HTTP\//, "HTTP whose first line is malformed"],
  [/^(GET|POST|PUT|HEAD|OPTIONS|CONNECT) \S/, "an HTTP request, as if the port echoed it"],
  [/^[23]\d\d[ -][^\r\n]*(SMTP|FTP|ESMTP)/i, "a mail or file server"],
  [/^-(ERR|NOAUTH|DENIED)/, "Redis"],
  [/^\* OK|^\+OK/, "a mail server"],
  [/^\s*<(!doctype|html)/i, "HTML without a head (HTTP/0.9)"],
  [/^[\x81\x82\x88\x89\x8a]/, "a WebSocket frame without a handshake"],
];

/** A TLS record of the kind alert or handshake (RFC 8446 §5.1). */
export function isTls(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 3 && (bytes[2] ?? 0) <= 4;
}

/** A frame of type SETTINGS or GOAWAY on stream 0 (RFC 9113 §6.5, §6.8), with which HTTP/2 begins or ends. */
export function isHttp2(bytes: Uint8Array): boolean {
  const [a, b, , type, , ...stream] = bytes.subarray(0, 9);
  return a === 0 && b === 0 && (type === 4 || type === 7) && stream.length === 4 && stream.every((byte) => byte === 0);
}

/** Whether text that belongs to HTTP stands where a frame should begin: a head, a page, or a chunk of one. */
export function isHttpText(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.subarray(0, 64)).toString("latin1");
  return /^\s*(?:[0-9a-f]{1,8}\r\n)?\s*(?:HTTP\/\d|<(?:!doctype|!--|\?xml|[a-z][a-z0-9]*[\s>/]))/i.test(text);
}
