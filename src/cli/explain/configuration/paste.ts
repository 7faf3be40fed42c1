import type { Place } from "./place.ts";

/** Lines to paste, with a comment above them that says where: in the place of a line. */
export function instead({ line, file }: Place, lines: string, comment = "#"): string {
  return `${comment} in the place of line ${line} of ${file}:\n${lines}`;
}

/** The same: right behind a line. */
export function behind({ line, file }: Place, lines: string, comment = "#"): string {
  return `${comment} behind line ${line} of ${file}:\n${lines}`;
}

/** The same: right before a line. */
export function before({ line, file }: Place, lines: string, comment = "#"): string {
  return `${comment} before line ${line} of ${file}:\n${lines}`;
}
