const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key: base64(SHA-1(key + GUID)) (RFC 6455 §4.2.2).
 * Synchronous, and needs no `crypto`. The key must be ASCII.
 */
export function acceptKey(key: string): string {
  return base64(sha1(key + GUID));
}

/** SHA-1 of an ASCII string as five 32-bit words (RFC 3174 §6.1). */
function sha1(text: string): Int32Array {
  const hash = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const blocks = padded(text);
  const schedule = new Int32Array(80);
  for (let at = 0; at < blocks.length; at += 16) {
    schedule.set(blocks.subarray(at, at + 16));
    addBlock(hash, schedule);
  }
  return hash;
}

/** The text, a 1 bit, zeros and the length in bits: whole blocks of sixteen words (RFC 3174 §4). */
function padded(text: string): Int32Array {
  const words = new Int32Array(((text.length + 8) >> 6) * 16 + 16);
  for (let i = 0; i < text.length; i++) words[i >> 2]! |= text.charCodeAt(i) << ((~i & 3) << 3);
  words[text.length >> 2]! |= 0x80 << ((~text.length & 3) << 3);
  words[words.length - 1] = text.length << 3;
  return words;
}

function addBlock(hash: Int32Array, schedule: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = hash;
  for (let t = 0; t < 80; t++) {
    if (t > 15) schedule[t] = rotate(schedule[t - 3]! ^ schedule[t - 8]! ^ schedule[t - 14]! ^ schedule[t - 16]!, 1);
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
