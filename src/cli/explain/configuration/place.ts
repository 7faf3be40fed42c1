/** Where something stands: the name of its file, and its line from 1 on. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Such as `apache.conf:12`. */
export function placeOf({ file, line }: Place): string {
  return `${file}:${line}`;
}
