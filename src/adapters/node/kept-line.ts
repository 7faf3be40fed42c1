/** One line of a head. */
export interface Line {
  /** In lower case; "" for that of the request. */
  readonly name: string;
  /** Its name is one that many send. */
  readonly known: boolean;
  readonly value: string;
  /** Of bytes, with the line's end. */
  readonly length: number;
}

/** A line that came before or, without its value, how it began. */
export interface KeptLine extends Omit<Line, "value"> {
  readonly value: string | undefined;
  /** Its bytes as numbers of four, the last of them of its last four bytes. */
  readonly words: readonly number[];
}

/** Keeps these bytes of a line; undefined for fewer than four. */
export function keptLine(bytes: Uint8Array, line: Line, value: string | undefined): KeptLine | undefined {
  const { length } = bytes;
  if (length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const words = Array.from({ length: Math.ceil(length / 4) }, (_, i) =>
    view.getInt32(Math.min(4 * i, length - 4), true),
  );
  return { name: line.name, known: line.known, value, length, words };
}

/** Whether the same bytes are there, which has to be so many before the view's end. To compare four at a time takes a fifth of the time of reading them. */
export function isAt(view: DataView, at: number, { words, length }: KeptLine): boolean {
  const last = words.length - 1;
  for (let i = 0; i < last; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
  return view.getInt32(at + length - 4, true) === words[last];
}
