const encoder = /* @__PURE__ */ new TextEncoder();
// Most runtimes decode by themselves, and their bundles leave it out.
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  // Some type libraries do not say that the buffer is a plain one.
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/** How many bytes a text has as UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** Puts the UTF-8 bytes of a text into `target`, which must have room for three per character; returns how many. */
export function encodeTextInto(text: string, target: Uint8Array): number {
  return encoder.encodeInto(text, target).written;
}

/** The text of whole UTF-8, a leading BOM kept, or undefined when it is not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The state of `validateUtf8` between two characters: where a text begins and may end. */
export const UTF8_ACCEPT = 0;

/** The state of `validateUtf8` once no continuation can make the text UTF-8. */
export const UTF8_REJECT = 8;

// States 1–7 each expect one byte from LOW to HIGH, and go on to NEXT. 1–3: that many tails are missing.
// 4: after E0, 5: after ED, 6: after F0, 7: after F4, where RFC 3629 §4 narrows the first tail.
const LOW = [0, 0x80, 0x80, 0x80, 0xa0, 0x80, 0x90, 0x80];
const HIGH = [0, 0xbf, 0xbf, 0xbf, 0xbf, 0x9f, 0xbf, 0x8f];
const NEXT = [0, 0, 1, 2, 1, 1, 2, 2];

/**
 * Goes on validating a text that arrives in pieces: takes the state after the last piece (`UTF8_ACCEPT` at first), returns
 * the state after `bytes[from]` to `bytes[to - 1]`. `UTF8_REJECT` comes with the first byte that makes it invalid.
 */
export function validateUtf8(state: number, bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to && state !== UTF8_REJECT; at++) {
    if (state === UTF8_ACCEPT) {
      at = skipAscii(bytes, at, to);
      if (at < to) state = afterLead(bytes[at]!);
    } else {
      const byte = bytes[at]!;
      state = byte >= LOW[state]! && byte <= HIGH[state]! ? NEXT[state]! : UTF8_REJECT;
    }
  }
  return state;
}

/** The state after the first byte of a character (RFC 3629 §4). */
function afterLead(byte: number): number {
  if (byte < 0x80) return UTF8_ACCEPT;
  if (byte < 0xc2 || byte > 0xf4) return UTF8_REJECT;
  if (byte < 0xe0) return 1;
  if (byte < 0xf0) return byte === 0xe0 ? 4 : byte === 0xed ? 5 : 2;
  return byte === 0xf0 ? 6 : byte === 0xf4 ? 7 : 3;
}

function skipAscii(bytes: Uint8Array, at: number, to: number): number {
  let next = to - at > SHORT ? skipAsciiWords(bytes, at, to) : at;
  while (next < to && bytes[next]! < 0x80) next++;
  return next;
}

/** Up to this a view for words costs more than it saves. */
const SHORT = 64;

/** Four bytes at a time: texts of many pieces are long, and mostly ASCII. */
function skipAsciiWords(bytes: Uint8Array, at: number, to: number): number {
  const head = -(bytes.byteOffset + at) & 3;
  for (let i = 0; i < head; i++) if (bytes[at + i]! > 0x7f) return at;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + at + head, (to - at - head) >> 2);
  let count = 0;
  while (count < words.length && (words[count]! & 0x80808080) === 0) count++;
  return at + head + count * 4;
}
