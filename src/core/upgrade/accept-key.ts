/** What is appended to a key (RFC 6455 §1.3). */
export const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key: base64(SHA-1(key + GUID)) (RFC 6455 §4.2.2).
 * Synchronous, and needs no `crypto`. The key must be ASCII.
 */
export function acceptKey(key: string): string {
  return base64(sha1(key + GUID));
}

// Each call fills both anew: two buffers per handshake would cost more than the hashing.
const hash = /* @__PURE__ */ new Int32Array(5);
const schedule = /* @__PURE__ */ new Int32Array(80);

/** SHA-1 of an ASCII string as five 32-bit words (RFC 3174 §6.1). */
function sha1(text: string): Int32Array {
  hash[0] = 0x67452301;
  hash[1] = 0xefcdab89;
  hash[2] = 0x98badcfe;
  hash[3] = 0x10325476;
  hash[4] = 0xc3d2e1f0;
  for (let at = 0; at < text.length + 9; at += 64) {
    for (let t = 0; t < 16; t++) schedule[t] = wordOf(text, at + 4 * t);
    if (at + 64 >= text.length + 9) schedule[15] = text.length * 8;
    addBlock();
  }
  return hash;
}

function wordOf(text: string, at: number): number {
  return (byteOf(text, at) << 24) | (byteOf(text, at + 1) << 16) | (byteOf(text, at + 2) << 8) | byteOf(text, at + 3);
}

/** The text is followed by a 1 bit and zeros (RFC 3174 §4). */
function byteOf(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : at === text.length ? 0x80 : 0;
}

function addBlock(): void {
  for (let t = 16; t < 80; t++) {
    schedule[t] = rotate(schedule[t - 3]! ^ schedule[t - 8]! ^ schedule[t - 14]! ^ schedule[t - 16]!, 1);
  }
  let a = hash[0]!;
  let b = hash[1]!;
  let c = hash[2]!;
  let d = hash[3]!;
  let e = hash[4]!;
  for (let t = 0; t < 80; t++) {
    const next = (rotate(a, 5) + round(t, b, c, d) + e + schedule[t]!) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  hash[0]! += a;
  hash[1]! += b;
  hash[2]! += c;
  hash[3]! += d;
  hash[4]! += e;
}

/** f(t; B, C, D) + K(t) of RFC 3174 §5. */
function round(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** 160 bits are 26 characters of six bits, one of four bits, and one `=`. */
function base64(words: Int32Array): string {
  let text = "";
  for (let bit = 0; bit < 160; bit += 6) text += BASE64[sixBits(words, bit)];
  return `${text}=`;
}

function sixBits(words: Int32Array, bit: number): number {
  const shift = 26 - (bit & 31);
  const word = words[bit >> 5]!;
  if (shift >= 0) return (word >>> shift) & 63;
  return ((word << -shift) | ((words[(bit >> 5) + 1] ?? 0) >>> (32 + shift))) & 63;
}
