import { decodeText, encodeTextInto } from "./utf8.ts";

/** Reads text from the memory that frames are in, and writes it there. */
export interface TextCoding {
  /** The text of the bytes from `from` up to `to`, a leading BOM kept, or undefined when they are not UTF-8. `isAscii`: they are known to be ASCII. */
  read(bytes: Uint8Array, from: number, to: number, isAscii: boolean): string | undefined;
  /** Writes UTF-8 from `from` on, where there is room for three bytes per character; a lone surrogate becomes U+FFFD. Returns how many bytes. */
  write(text: string, bytes: Uint8Array, from: number): number;
}

/** By the web's `TextEncoder` and `TextDecoder`, which every runtime has. */
export const WEB_TEXT: TextCoding = {
  read: (bytes, from, to) => decodeText(bytes.subarray(from, to)),
  write: (text, bytes, from) => encodeTextInto(text, bytes.subarray(from)),
};

let coding = WEB_TEXT;

/** From now on has a runtime's own way read and write all text of the process: it must give the same. */
export function useTextCoding(own: TextCoding): void {
  coding = own;
}

/** {@link TextCoding.read} of this runtime. */
export function readText(bytes: Uint8Array, from: number, to: number, isAscii = false): string | undefined {
  return coding.read(bytes, from, to, isAscii);
}

/** {@link TextCoding.write} of this runtime. */
export function writeText(text: string, bytes: Uint8Array, from: number): number {
  return coding.write(text, bytes, from);
}
