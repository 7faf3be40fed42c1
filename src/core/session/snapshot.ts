/** What a socket is made of, and what survives hibernation. */
export interface Snapshot {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly remoteAddress: string;
  readonly room: string;
  readonly state: unknown;
  readonly topics: readonly string[];
  /** When it was accepted, in milliseconds since 1970. */
  readonly since: number;
}
