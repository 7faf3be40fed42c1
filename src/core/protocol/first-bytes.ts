const SHOWN_BYTES = 32;

/** What a connection began with that began with no HTTP/1 handshake. */
export interface FirstBytes {
  /** What the bytes look like, for a sentence: "a TLS ClientHello". */
  readonly looksLike: string;
  /** Whether such a peer could read an HTTP answer. */
  readonly readsHttp: boolean;
  /** The first 32 bytes in hex and as escaped text; of HTTP its method and version only, since a path can hold a token. */
  readonly shown: string;
}

const LOOKS: readonly (readonly [RegExp, string, boolean])[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a TLS record begins with them (RFC 8446 §5.1).
  [/^\x16\x03/, "a TLS ClientHello: wss:// or https:// on a port without TLS", false],
  [/^PRI \* HTTP\/2/, "an HTTP/2 preface, on a port that speaks HTTP/1.1", false],
  [/^SSH-/, "an SSH client", false],
  [/^[A-Z]{3,10} \S+ HTTP\//, "a malformed HTTP request", true],
  [/^[\x81\x82\x88-\x8a][\x80-\xff]/, "a masked WebSocket frame before any handshake", false],
  [/^[\t\r\n -~]+$/, "text that is no HTTP", true],
];

/** Recognises what strays onto a WebSocket port. */
export function firstBytes(bytes: Uint8Array): FirstBytes {
  const text = latin1(bytes.subarray(0, 256));
  const [, looksLike, readsHttp] = LOOKS.find(([pattern]) => pattern.test(text)) ?? [0, "bytes that are no HTTP", true];
  const http = /^([A-Z]{3,10}) \S+ (HTTP\/\d(?:\.\d)?)/.exec(text);
  return { looksLike, readsHttp, shown: http ? `${http[1]} … ${http[2]}` : dump(bytes.subarray(0, SHOWN_BYTES)) };
}

function dump(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `${hex} ${JSON.stringify(latin1(bytes))}`;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
