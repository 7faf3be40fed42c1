import type { HeaderSource } from "../../core/protocol/headers.ts";

/** What says more than that a WebSocket is wanted: how long a body is, that somebody waits, or what every object has. */
const MORE = ["content-length", "transfer-encoding", "expect", "trailer", "te", "http2-settings", "constructor"];

/** What clients and proxies send. To find a name here takes less time than to make a string of it. */
const KNOWN = [
  ...["host", "upgrade", "connection", "origin", "user-agent", "cookie", "pragma", "cache-control", "accept"],
  ...["accept-encoding", "accept-language", "sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol"],
  ...["sec-websocket-extensions", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "authorization", "forwarded"],
  ...["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip", "via"],
];

/** By the last bits of what {@link hashed} makes of each name. */
const BY_HASH: (string | undefined)[] = new Array(512).fill(undefined);

/** The hash of a name that had the first, with one byte more; letters count alike in both cases. */
export function hashed(before: number, byte: number): number {
  return (Math.imul(before, 33) + (byte | 0x20)) | 0;
}

for (const name of KNOWN) {
  let hash = 0;
  for (let at = 0; at < name.length; at++) hash = hashed(hash, name.charCodeAt(at));
  BY_HASH[hash & 511] = name;
}

/** The fields of a plain head. Each name comes once, in lower case. */
export class PlainFields implements HeaderSource {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  /** Those whose names are not known. */
  #others: Map<string, string> | undefined;

  /** How many there are. */
  get size(): number {
    return this.#names.length + (this.#others?.size ?? 0);
  }

  /** The field of the name between two places, which has this hash; false where it comes twice, or says more than is plain. */
  add(bytes: Uint8Array, from: number, to: number, hash: number, value: string): boolean {
    const known = BY_HASH[hash & 511];
    if (known === undefined || !isName(bytes, from, to, known)) return this.#addOther(bytes, from, to, value);
    if (this.#find(known) >= 0) return false;
    this.#names.push(known);
    this.#values.push(value);
    return true;
  }

  #addOther(bytes: Uint8Array, from: number, to: number, value: string): boolean {
    const name = (bytes as Buffer).toString("latin1", from, to).toLowerCase();
    if (MORE.includes(name) || this.#others?.has(name)) return false;
    this.#others ??= new Map();
    this.#others.set(name, value);
    return true;
  }

  #find(name: string): number {
    const names = this.#names;
    let at = names.length - 1;
    while (at >= 0 && names[at] !== name) at--;
    return at;
  }

  get(name: string): string | null {
    const at = this.#find(name);
    if (at >= 0) return this.#values[at]!;
    return this.#others?.get(name) ?? null;
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (let at = 0; at < this.#names.length; at++) visit(this.#values[at]!, this.#names[at]!);
    this.#others?.forEach(visit);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    const pairs: [string, string][] = [];
    this.forEach((value, name) => void pairs.push([name, value]));
    return pairs[Symbol.iterator]();
  }
}

/** Whether it is this name, in whatever case. */
function isName(bytes: Uint8Array, from: number, to: number, name: string): boolean {
  if (to - from !== name.length) return false;
  for (let at = 0; at < name.length; at++) if ((bytes[from + at]! | 0x20) !== name.charCodeAt(at)) return false;
  return true;
}
